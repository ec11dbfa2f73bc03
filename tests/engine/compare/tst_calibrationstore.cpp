// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/calibrationstore.h"

#include "engine/base/error.h"
#include "engine/compare/comparison.h"
#include "engine/compare/foldercalibration.h"
#include "engine/compare/sensitivityanalysis.h"
#include "engine/image/codec.h"
#include "tests/engine/compare/testpictures.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

using namespace bitlens;
using compare::CalibrationInputs;
using compare::CalibrationStore;

namespace {

model::GeneratorPtr smallGenerator(std::uint64_t seed = 1)
{
    test::SrganShape shape;
    shape.blocks = 1;
    shape.channels = 8;
    shape.outerKernel = 5;
    shape.seed = seed;
    return test::syntheticGenerator(shape);
}

/// Odd numbers that only survive when every bit does.
quant::Calibration someCalibration(const model::Generator &generator)
{
    quant::Calibration calibration;
    for (int map = 0; map <= static_cast<int>(generator.layers.size()); ++map) {
        const auto channels = static_cast<std::size_t>(generator.mapChannels(map));
        quant::Range range;
        range.low = -1.0F / static_cast<float>(map + 3);
        range.high = 0.1F + static_cast<float>(map) / 7.0F;
        range.channelLow.assign(channels, range.low / 3.0F);
        range.channelHigh.assign(channels, range.high / 3.0F);
        calibration.ranges.push_back(range);
        calibration.channelExponents.push_back(0.3F);
        calibration.channelMeans.emplace_back(channels, 1.0e-9F / 3.0F);
    }
    calibration.description = "made by a test";
    return calibration;
}

bool same(const quant::Calibration &a, const quant::Calibration &b)
{
    return a.ranges == b.ranges && a.channelExponents == b.channelExponents && a.channelMeans == b.channelMeans
           && a.description == b.description;
}

bool areCounts(const CalibrationStore::Counts &counts, int found, int made, int damaged)
{
    return counts.found == found && counts.made == made && counts.damaged == damaged;
}

} // namespace

class TestCalibrationStore : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{2};
    std::unique_ptr<QTemporaryDir> m_folder;

    std::string path(const QString &name) const { return m_folder->filePath(name).toStdString(); }
    CalibrationInputs inputs(const model::GeneratorPtr &generator) const { return {generator, {"one", "two"}, 100, 2}; }
    static compare::Request request(const model::GeneratorPtr &generator, const image::Image &picture)
    {
        compare::Request request;
        request.input = picture;
        request.generator = generator;
        request.plan = quant::presetPlan("int8", *generator);
        request.runFloat = false;
        request.measureQuality = false;
        return request;
    }

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void whatWasMadeIsFoundBitForBit()
    {
        const model::GeneratorPtr generator = smallGenerator();
        const quant::Calibration made = someCalibration(*generator);
        int calls = 0;
        const auto make = [&] {
            ++calls;
            return made;
        };
        QVERIFY(same(*CalibrationStore(path("")).obtain(inputs(generator), make), made));
        CalibrationStore later(path(""));
        QVERIFY(same(*later.obtain(inputs(generator), make), made));
        QCOMPARE(calls, 1);
        QVERIFY(areCounts(later.counts(), 1, 0, 0));
        // The same weights from another file.
        auto renamed = std::make_shared<model::Generator>(*generator);
        renamed->name = "other";
        renamed->source = "/elsewhere/other.pth";
        later.obtain(inputs(renamed), make);
        QCOMPARE(calls, 1);
    }

    void eachInputCounts()
    {
        const model::GeneratorPtr generator = smallGenerator();
        CalibrationStore store(path(""));
        const CalibrationInputs start = inputs(generator);
        std::vector<CalibrationInputs> others(6, start);
        others[0].pictures = {"two", "one"};
        others[1].pictures = {"one"};
        others[2].pixels = 101;
        others[3].threads = 1;
        others[4].generator = smallGenerator(2); // other weights
        auto structure = std::make_shared<model::Generator>(*generator);
        structure->output = model::OutputTransform::LinearToUnit;
        others[5].generator = structure;
        std::set<std::string> names{store.fileName(start)};
        for (const CalibrationInputs &other : others)
            names.insert(store.fileName(other));
        QCOMPARE(names.size(), others.size() + 1);
        auto bias = std::make_shared<model::Generator>(*generator);
        bias->layers.back().bias.back() += 1.0e-6F;
        auto weight = std::make_shared<model::Generator>(*generator);
        auto weights = std::make_shared<std::vector<float>>(*weight->layers[1].weight);
        weights->at(3) += 1.0e-6F;
        weight->layers[1].weight = weights;
        names.insert(store.fileName(inputs(bias)));
        names.insert(store.fileName(inputs(weight)));
        QCOMPARE(names.size(), others.size() + 3);
        QCOMPARE(store.fileName(inputs(generator)), store.fileName(start));
    }

    void picturesDifferInAnything()
    {
        const image::Image picture = test::patternPicture({20, 10});
        image::Image pixel = picture;
        pixel.mutableBytes()[77] ^= 1;
        image::Image shape({10, 20}, 3, image::SampleType::U8);
        std::copy_n(picture.bytes(), picture.byteCount(), shape.mutableBytes());
        image::Image profile = picture;
        profile.setIccProfile({1, 2, 3});
        const std::set<std::string> digests{compare::pictureDigest(picture), compare::pictureDigest(pixel),
                                            compare::pictureDigest(shape), compare::pictureDigest(profile)};
        QCOMPARE(digests.size(), std::size_t{4});
        QCOMPARE(compare::pictureDigest(test::patternPicture({20, 10})), compare::pictureDigest(picture));
    }

    void damagedFilesAreMadeAnew_data()
    {
        QTest::addColumn<int>("damage");
        for (const auto &[name, damage] :
             {std::pair("empty", 0), std::pair("cut off", 1), std::pair("a digit changed", 2),
              std::pair("other text", 3), std::pair("another's file", 4)})
            QTest::newRow(name) << damage;
    }

    void damagedFilesAreMadeAnew()
    {
        QFETCH(int, damage);
        const model::GeneratorPtr generator = smallGenerator();
        const auto make = [&] { return someCalibration(*generator); };
        CalibrationStore store(path(""));
        store.obtain(inputs(generator), make);
        const QString name = m_folder->filePath(QString::fromStdString(store.fileName(inputs(generator))));
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadWrite));
        const QByteArray whole = file.readAll();
        QByteArray bytes = whole;
        if (damage == 0)
            bytes.clear();
        else if (damage == 1)
            bytes.chop(bytes.size() / 2);
        else if (damage == 2) {
            const qsizetype at = bytes.indexOf("0.3333");
            QVERIFY(at > 0);
            bytes[at + 5] = '4';
        } else if (damage == 3)
            bytes = "{\"schema\": 1}\n";
        else {
            CalibrationInputs other = inputs(generator);
            other.pixels = 7;
            store.obtain(other, make);
            QFile file2(m_folder->filePath(QString::fromStdString(store.fileName(other))));
            QVERIFY(file2.open(QIODevice::ReadOnly));
            bytes = file2.readAll();
        }
        file.resize(0);
        file.seek(0);
        file.write(bytes);
        file.close();
        CalibrationStore later(path(""));
        QVERIFY(same(*later.obtain(inputs(generator), make), make()));
        QVERIFY(areCounts(later.counts(), 0, 1, 1));
        QFile again(name);
        QVERIFY(again.open(QIODevice::ReadOnly));
        QCOMPARE(again.readAll(), whole);
        later.obtain(inputs(generator), make);
        QVERIFY(areCounts(later.counts(), 1, 1, 1));
    }

    void theOnesUsedLastStay()
    {
        const model::GeneratorPtr generator = smallGenerator();
        const auto make = [&] { return someCalibration(*generator); };
        const auto of = [&](std::size_t pixels) {
            CalibrationInputs numbered = inputs(generator);
            numbered.pixels = pixels;
            return numbered;
        };
        CalibrationStore first(path(""));
        first.obtain(of(1), make);
        const qint64 size = QFile(m_folder->filePath(QString::fromStdString(first.fileName(of(1))))).size();
        CalibrationStore store(path(""), static_cast<std::uintmax_t>(size * 5 / 2)); // two, and a half to spare
        store.obtain(of(2), make);
        const auto setAge = [&](std::size_t pixels, int hours) {
            std::filesystem::last_write_time(path(QString::fromStdString(store.fileName(of(pixels)))),
                                             std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours));
        };
        setAge(1, 2);
        setAge(2, 1);
        store.obtain(of(1), make); // now the younger one
        store.obtain(of(3), make);
        QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files).size(), 2);
        store.obtain(of(1), make);
        store.obtain(of(3), make);
        QVERIFY(areCounts(store.counts(), 3, 2, 0));
        store.obtain(of(2), make);
        QVERIFY(areCounts(store.counts(), 3, 3, 0));
        // One that is larger than the limit is kept alone.
        CalibrationStore(path(""), 1).obtain(of(4), make);
        QCOMPARE(QDir(m_folder->path()).entryList(QDir::Files).size(), 1);
    }

    void aPlaceThatCannotBeWrittenIsNoError()
    {
        const model::GeneratorPtr generator = smallGenerator();
        CalibrationStore store(path("absent/folder"));
        const auto make = [&] { return someCalibration(*generator); };
        QVERIFY(same(*store.obtain(inputs(generator), make), make()));
        QVERIFY(areCounts(store.counts(), 0, 1, 0));
    }

    void nothingIsKeptOfAFailure()
    {
        const model::GeneratorPtr generator = smallGenerator();
        CalibrationStore store(path(""));
        QVERIFY_EXCEPTION_THROWN(
            store.obtain(inputs(generator), []() -> quant::Calibration { throw base::Cancelled(); }), base::Cancelled);
        QVERIFY(areCounts(store.counts(), 0, 0, 0));
        QVERIFY(QDir(m_folder->path()).isEmpty());
    }

    /// A comparison, a folder and an analysis: the second time from the disk, with the same pixels and ranges.
    void comparisonsUseIt()
    {
        const model::GeneratorPtr generator = smallGenerator();
        const image::Image picture = test::patternPicture({40, 30});
        const compare::Result plain = compare::Comparison(m_pool).run(request(generator, picture), {});
        const auto store = std::make_shared<CalibrationStore>(path(""));
        const compare::Result first = compare::Comparison(m_pool, store).run(request(generator, picture), {});
        QVERIFY(areCounts(store->counts(), 0, 1, 0));
        compare::Comparison later(m_pool, store);
        const compare::Result second = later.run(request(generator, picture), {});
        QVERIFY(areCounts(store->counts(), 1, 1, 0));
        QVERIFY(same(*first.calibration, *plain.calibration));
        QVERIFY(same(*second.calibration, *plain.calibration));
        QVERIFY(second.quantized.samePixels(plain.quantized));
        // Another plan has the same ranges, from memory here and from the disk in a new comparison.
        compare::Request wide = request(generator, picture);
        wide.plan = quant::presetPlan("multi", *generator);
        later.run(wide, {});
        QVERIFY(areCounts(store->counts(), 1, 1, 0));
        compare::Comparison(m_pool, store).run(wide, {});
        QVERIFY(areCounts(store->counts(), 2, 1, 0));
        image::Image changed = picture;
        changed.mutableBytes()[50] ^= 1;
        later.run(request(generator, changed), {});
        QVERIFY(areCounts(store->counts(), 2, 2, 0));
    }

    void foldersUseIt()
    {
        const model::GeneratorPtr generator = smallGenerator();
        QDir().mkpath(m_folder->filePath("photos"));
        image::writeImage(test::patternPicture({40, 30}), path("photos/a.png"));
        image::writeImage(test::patternPicture({30, 40}), path("photos/b.png"));
        QDir().mkpath(m_folder->filePath("store"));
        CalibrationStore store(path("store"));
        const auto plain = compare::calibrateOn(path("photos"), generator, m_pool, {});
        compare::calibrateOn(path("photos"), generator, m_pool, {}, &store);
        QVERIFY(same(*compare::calibrateOn(path("photos"), generator, m_pool, {}, &store), *plain));
        QVERIFY(areCounts(store.counts(), 1, 1, 0));
        image::writeImage(test::patternPicture({30, 41}), path("photos/b.png"));
        compare::calibrateOn(path("photos"), generator, m_pool, {}, &store);
        QVERIFY(areCounts(store.counts(), 1, 2, 0));
        compare::calibrateOn(path("photos/a.png"), generator, m_pool, {}, &store);
        QVERIFY(areCounts(store.counts(), 1, 3, 0));
    }

    void searchedRangesAreKeptApart()
    {
        const model::GeneratorPtr generator = smallGenerator();
        image::writeImage(test::patternPicture({40, 30}), path("a.png"));
        QDir().mkpath(m_folder->filePath("store"));
        CalibrationStore store(path("store"));
        const auto found = [&](const compare::RangeWish &ranges) {
            return compare::calibrateOn(path("a.png"), generator, m_pool, {}, &store, ranges);
        };
        const auto plain = found({});
        const auto exponents = found({quant::RangeMethod::Exponents, {8, 8}});
        const auto clipped = found({quant::RangeMethod::Mse, {8, 4}});
        QVERIFY(areCounts(store.counts(), 0, 3, 0));
        QVERIFY(exponents->ranges == plain->ranges);
        QVERIFY(exponents->channelExponents != plain->channelExponents);
        QVERIFY(clipped->ranges != plain->ranges);
        found({quant::RangeMethod::Mse, {8, 5}}); // another width is another search
        QVERIFY(areCounts(store.counts(), 0, 4, 0));
        QVERIFY(same(*found({quant::RangeMethod::Mse, {8, 4}}), *clipped));
        QVERIFY(same(*found({}), *plain));
        QVERIFY(areCounts(store.counts(), 2, 4, 0));
    }

    void analysesUseIt()
    {
        const model::GeneratorPtr generator = smallGenerator();
        const std::vector<image::Image> pictures{test::patternPicture({40, 30})};
        CalibrationStore store(path(""));
        const auto setting = [&] {
            return compare::makeAnalysisSetting(generator, pictures, nullptr, std::nullopt, m_pool, {}, &store);
        };
        const compare::AnalysisSetting first = setting();
        QVERIFY(same(*setting().calibration, *first.calibration));
        QVERIFY(areCounts(store.counts(), 1, 1, 0));
    }
};

QTEST_GUILESS_MAIN(TestCalibrationStore)
#include "tst_calibrationstore.moc"
