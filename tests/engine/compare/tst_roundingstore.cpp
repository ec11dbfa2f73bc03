// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/roundingstore.h"

#include "engine/base/error.h"
#include "engine/run/floatrunner.h"
#include "engine/run/roundingfeedback.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <stdexcept>

using namespace bitlens;

namespace {

constexpr std::uintmax_t kLimit = std::uintmax_t{1} << 20;

image::Planes gradient(float top)
{
    image::Planes picture(3, 20, 20);
    float *out = picture.mutableData();
    for (std::size_t i = 0; i < picture.count(); ++i)
        out[i] = top * static_cast<float>(i % 37) / 37.0F;
    return picture;
}

quant::QuantizedModelPtr startOf(std::uint64_t seed, const char *plan, const image::Planes &picture)
{
    const model::GeneratorPtr generator =
        test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8, .outerKernel = 5, .seed = seed});
    run::FloatRunner runner(generator, 1);
    return quant::quantize(
        generator, quant::BitPlan::fromRules(plan, *generator),
        quant::calibrateMinMax(*generator, run::floatForward(runner, {}), std::span(&picture, 1), {}));
}

} // namespace

class TestRoundingStore : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{1};
    QTemporaryDir m_folder;
    int m_made = 0;

    quant::QuantizedModelPtr kept(const quant::QuantizedModelPtr &start, const image::Planes &picture,
                                  const std::string &method = "feedback", int threads = 1)
    {
        const compare::SealedFolder files(m_folder.path().toStdString(), kLimit);
        return compare::keptRounding(files, start, std::span(&picture, 1), method, threads, [&] {
            ++m_made;
            return run::roundWithFeedback(start, std::span(&picture, 1), m_pool, {});
        });
    }

private slots:
    void init()
    {
        QDir(m_folder.path()).removeRecursively();
        QVERIFY(QDir().mkpath(m_folder.path()));
        m_made = 0;
    }

    void givesTheSameBits()
    {
        const image::Planes picture = gradient(1.0F);
        const quant::QuantizedModelPtr start = startOf(1, "*=4/8,up1=fp32/fp32", picture);
        const quant::QuantizedModelPtr made = kept(start, picture);
        const quant::QuantizedModelPtr known = kept(start, picture);
        QCOMPARE(m_made, 1);
        QVERIFY(made->layers.front().weights.values != start->layers.front().weights.values);
        QVERIFY(quant::pack(*known) == quant::pack(*made));
        // Of the float generator, not of what the file's integers stand for.
        QCOMPARE(known->generator, start->generator);
        QCOMPARE(known->calibration.channelMeans, made->calibration.channelMeans);
    }

    void everyInputCounts()
    {
        const image::Planes picture = gradient(1.0F);
        const quant::QuantizedModelPtr start = startOf(1, "*=4/8", picture);
        kept(start, picture);
        kept(start, gradient(0.9F));
        QCOMPARE(m_made, 2);
        kept(start, picture, "blocks");
        QCOMPARE(m_made, 3);
        kept(start, picture, "feedback", 2);
        QCOMPARE(m_made, 4);
        kept(startOf(2, "*=4/8", picture), picture);
        QCOMPARE(m_made, 5);
        kept(startOf(1, "*=5/8", picture), picture);
        QCOMPARE(m_made, 6);
        kept(startOf(1, "*=4/8", gradient(0.8F)), picture); // other ranges
        QCOMPARE(m_made, 7);
        kept(start, picture);
        QCOMPARE(m_made, 7);
    }

    /// Two generators may round to the same levels: their float weights count, for what is nearest to them differs.
    void floatWeightsCount()
    {
        const image::Planes picture = gradient(1.0F);
        const quant::QuantizedModelPtr start = startOf(1, "*=4/8", picture);
        auto generator = std::make_shared<model::Generator>(*start->generator);
        auto weights = std::make_shared<std::vector<float>>(*generator->layers[1].weight);
        weights->front() *= 1.0001F;
        generator->layers[1].weight = weights;
        auto other = std::make_shared<quant::QuantizedModel>(*start);
        other->generator = generator;
        QVERIFY(quant::pack(*other) == quant::pack(*start));
        kept(start, picture);
        kept(other, picture);
        QCOMPARE(m_made, 2);
    }

    void damagedFilesAreMadeAgain()
    {
        const image::Planes picture = gradient(1.0F);
        const quant::QuantizedModelPtr start = startOf(1, "*=4/8", picture);
        const quant::QuantizedModelPtr made = kept(start, picture);
        const QStringList names = QDir(m_folder.path()).entryList({"*.rounding"});
        QCOMPARE(names.size(), 1);
        QFile file(m_folder.filePath(names.front()));
        QVERIFY(file.open(QIODevice::ReadWrite));
        QByteArray bytes = file.readAll();
        bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] ^ 1);
        file.seek(0);
        file.write(bytes);
        file.close();
        QVERIFY(quant::pack(*kept(start, picture)) == quant::pack(*made));
        QCOMPARE(m_made, 2);
        kept(start, picture);
        QCOMPARE(m_made, 2);
    }

    void nothingIsKeptOfWhatFails()
    {
        const image::Planes picture = gradient(1.0F);
        const quant::QuantizedModelPtr start = startOf(1, "*=4/8", picture);
        const compare::SealedFolder files(m_folder.path().toStdString(), kLimit);
        const auto cancelled = [&] {
            compare::keptRounding(files, start, std::span(&picture, 1), "blocks", 1,
                                  []() -> quant::QuantizedModelPtr { throw base::Cancelled(); });
        };
        QVERIFY_EXCEPTION_THROWN(cancelled(), base::Cancelled);
        QVERIFY(QDir(m_folder.path()).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestRoundingStore)
#include "tst_roundingstore.moc"
