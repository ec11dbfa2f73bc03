// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/parallel.h"
#include "engine/image/codec.h"
#include "engine/model/catalogue.h"
#include "engine/model/reader.h"
#include "engine/quant/calibration.h"
#include "engine/run/fakequantrunner.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"
#include "tests/engine/run/mapagreement.h"
#include "tests/engine/run/naivelayer.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QFile>
#include <QTest>

#include <cmath>

using namespace bitlens;
using namespace bitlens::run;
using test::disagreement;

namespace {

std::vector<image::Planes> mapsOf(const std::function<void(const quant::MapObserver &)> &run)
{
    std::vector<image::Planes> maps;
    run([&](int, const image::Planes &values) { maps.push_back(values); });
    return maps;
}

quant::QuantizedModelPtr calibrated(const model::GeneratorPtr &generator, const char *rules,
                                    const image::Planes &picture)
{
    FloatRunner runner(generator, 2);
    const std::vector<image::Planes> pictures{picture};
    const quant::Calibration calibration =
        quant::calibrateMinMax(*generator, floatForward(runner, {}), pictures, base::Job());
    return quant::quantize(generator, quant::BitPlan::fromRules(rules, *generator), calibration);
}

} // namespace

/// The integer runner against its twin on LibTorch, which computes the same in floating point.
class TestIntegerTwin : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{2};

    void compare(const model::GeneratorPtr &generator, const char *rules, const image::Planes &picture)
    {
        const quant::QuantizedModelPtr model = calibrated(generator, rules, picture);
        IntegerRunner integer(model, m_pool);
        FakeQuantRunner fake(model, 2);
        const std::vector<image::Planes> actual =
            mapsOf([&](const quant::MapObserver &observer) { integer.runObserved(picture, observer, {}); });
        const std::vector<image::Planes> expected =
            mapsOf([&](const quant::MapObserver &observer) { fake.runObserved(picture, observer, {}); });
        QCOMPARE(actual.size(), generator->layers.size() + 1);
        QCOMPARE(expected.size(), actual.size());
        for (std::size_t map = 0; map < actual.size(); ++map) {
            const QString wrong = disagreement(*model, static_cast<int>(map), actual[map], expected[map]);
            QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
        }
    }

    static image::Planes photo(int side)
    {
        const QString path = QString::fromLocal8Bit(qgetenv("BITLENS_SHARED")) + "/data/sets/Set5/LRx4/butterfly.png";
        if (!QFile::exists(path))
            return test::syntheticPicture(side, side);
        const image::Planes planes = image::toPlanes(image::readImage(path.toStdString()));
        return planes.cropped({8, 8, std::min(side, planes.width() - 8), std::min(side, planes.height() - 8)});
    }

private slots:
    void syntheticGenerators_data()
    {
        QTest::addColumn<QString>("family");
        QTest::addColumn<QByteArray>("rules");
        for (const char *family : {"srgan", "rrdb", "srvgg", "msr"})
            for (const char *rules : {"*=8/8", "*=8/12", "*=4/6,tail=16/16,head=fp32/fp32"})
                QTest::addRow("%s %s", family, rules) << family << QByteArray(rules);
    }
    void syntheticGenerators()
    {
        QFETCH(QString, family);
        QFETCH(QByteArray, rules);
        model::GeneratorPtr generator;
        if (family == "srgan")
            generator = test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 32});
        else if (family == "rrdb")
            generator = test::syntheticGenerator(test::RrdbShape{.blocks = 2, .channels = 32, .growth = 16});
        else if (family == "srvgg")
            generator = test::syntheticGenerator(test::SrvggShape{});
        else
            generator = test::syntheticGenerator(test::MsrShape{});
        compare(generator, rules.constData(), test::syntheticPicture(24, 21));
    }

    void realWeights_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QByteArray>("rules");
        QTest::addColumn<int>("side");
        QTest::addRow("SRGAN W8 A8") << "srgan5_leftthomas_x4.pth" << QByteArray("*=8/8") << 40;
        QTest::addRow("SRGAN W8 A12") << "srgan5_leftthomas_x4.pth" << QByteArray("*=8/12") << 24;
        QTest::addRow("SRGAN W16 A16") << "srgan5bn_lizhuoq_x4_zip.pth" << QByteArray("*=16/16") << 24;
        QTest::addRow("RRDB W8 A8") << "nmkd-superlite" << QByteArray("*=8/8") << 20;
        QTest::addRow("RRDB-23 W8 A8") << "realesrgan-x4plus" << QByteArray("*=8/8") << 12;
    }
    void realWeights()
    {
        QFETCH(QString, model);
        QFETCH(QByteArray, rules);
        QFETCH(int, side);
        QString path = QString::fromLocal8Bit(qgetenv("BITLENS_SHARED")) + "/data/weights/" + model;
        if (!model.endsWith(".pth"))
            path = QString::fromStdString(model::modelPath(model.toStdString()));
        if (path.isEmpty() || !QFile::exists(path))
            QSKIP(qPrintable(model + " is not on this machine"));
        compare(model::readGenerator(path.toStdString()), rules.constData(), photo(side));
    }

    void mistakesBreakTheRule_data()
    {
        QTest::addColumn<int>("mistake");
        QTest::addRow("half up") << static_cast<int>(test::Mistake::RoundHalfUp);
        QTest::addRow("truncated") << static_cast<int>(test::Mistake::Truncate);
        QTest::addRow("zero point") << static_cast<int>(test::Mistake::ZeroPoint);
        QTest::addRow("padding") << static_cast<int>(test::Mistake::Padding);
    }
    void mistakesBreakTheRule()
    {
        QFETCH(int, mistake);
        const model::GeneratorPtr generator =
            test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 16, .growth = 8});
        const quant::QuantizedModelPtr model = calibrated(generator, "*=8/8", test::syntheticPicture(24, 24));
        // Every value lies half-way between two quantization steps, so that the direction of rounding matters.
        image::Planes picture(3, 24, 24);
        const quant::ActivationQuantizer quantizer = model->activationQuantizer(0, 8);
        for (int c = 0; c < 3; ++c)
            for (int i = 0; i < 24 * 24; ++i)
                picture.mutablePlane(c)[i] =
                    (static_cast<float>(i % 200) + 0.5F) * quantizer.scale[static_cast<std::size_t>(c)];
        IntegerRunner integer(model, m_pool);
        const std::vector<image::Planes> maps =
            mapsOf([&](const quant::MapObserver &observer) { integer.runObserved(picture, observer, {}); });
        // The picture's zero point is 0, where padding cannot go wrong: later layers see that.
        bool isSeen = false;
        for (int layer = 0; layer < 3; ++layer) {
            const image::Planes &actual = maps[static_cast<std::size_t>(layer) + 1];
            QCOMPARE(disagreement(*model, layer + 1, actual, test::naiveLayer(*model, layer, maps)), QString());
            const image::Planes wrong = test::naiveLayer(*model, layer, maps, static_cast<test::Mistake>(mistake));
            isSeen |= !disagreement(*model, layer + 1, actual, wrong).isEmpty();
        }
        QVERIFY(isSeen);
    }
};

QTEST_GUILESS_MAIN(TestIntegerTwin)
#include "tst_integertwin.moc"
