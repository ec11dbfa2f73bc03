// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/comparecontroller.h"
#include "engine/compare/foldercalibration.h"
#include "engine/quant/quantizedmodel.h"
#include "tests/app/gui/desk.h"

#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace bitlens;
using app::CompareController;
using test::Desk;

/// A packed file brings its own ranges and integer weights: the window shows what `bitlens upscale` makes with it.
class TestPackedModel : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_model;
    QString m_picture;

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        qputenv("BITLENS_DATA_DIR", m_folder.filePath("data").toUtf8());
        // Calibrated on a dim picture: ranges that the bright one would not have.
        const QString dim = test::writeNoise(m_folder.filePath("dim.png"), {40, 30}, 3, 0, 60);
        m_picture = test::writeNoise(m_folder.filePath("bright.png"), {48, 36}, 4);
        const model::GeneratorPtr generator = test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 8});
        const base::ThreadPool pool(2);
        const auto calibration = compare::calibrateOn(dim.toStdString(), generator, pool, {});
        const quant::QuantizedModelPtr packed =
            quant::quantize(generator, quant::BitPlan::fromRules("*=5/6,tail=8/12", *generator), *calibration);
        m_model = m_folder.filePath("packed.safetensors");
        quant::writePacked(*packed, m_model.toStdString());
    }

    void theWindowShowsWhatUpscaleMakes()
    {
        const QString output = m_folder.filePath("upscaled.png");
        QProcess upscale;
        upscale.start(BITLENS_PROGRAM, {"upscale", m_picture, "-o", output, "--model", m_model, "--threads", "2"});
        QVERIFY(upscale.waitForFinished(test::kWaitMilliseconds));
        QVERIFY2(upscale.exitCode() == 0, upscale.readAllStandardError().constData());
        const image::Image expected = image::readImage(output.toStdString());

        Desk desk(m_folder.path());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QVERIFY(test::dropFiles(desk.view, {m_model}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), test::kWaitMilliseconds);
        QVERIFY(desk.session->plan() == desk.session->model().packed->plan);
        QSignalSpy finished(desk.window->comparisons(), &CompareController::finished);
        QVERIFY(test::dropFiles(desk.view, {m_picture}));
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, test::kWaitMilliseconds);
        QVERIFY(desk.session->result()->quantized.samePixels(expected));
        QCOMPARE(desk.session->result()->model.get(), desk.session->model().packed.get());

        // Ranges of the picture itself give other pixels, or this test could not fail.
        compare::Request own;
        own.input = image::readImage(m_picture.toStdString());
        own.generator = desk.session->model().generator;
        own.plan = desk.session->plan();
        own.runFloat = false;
        own.measureQuality = false;
        const base::ThreadPool pool(2);
        QVERIFY(!compare::Comparison(pool).run(own, {}).quantized.samePixels(expected));

        // Another plan keeps the file's ranges; back again, the file's own weights are used.
        const quant::BitPlan packed = desk.session->plan();
        desk.session->editPlan(quant::BitPlan(packed.size(), {8, 8}), "all to 8 bits");
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
        QVERIFY(!desk.session->result()->quantized.samePixels(expected));
        QCOMPARE(desk.session->result()->calibration.get(), &desk.session->model().packed->calibration);
        desk.session->editPlan(packed, "back");
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
        QVERIFY(desk.session->result()->quantized.samePixels(expected));
    }

    /// As when the result of tuning is used: generator, plan and picture stay, the weights and ranges are others.
    void anotherPackedModelOfTheSamePlanIsShown()
    {
        Desk desk(m_folder.path());
        QVERIFY(QTest::qWaitForWindowExposed(desk.window.get()));
        QVERIFY(test::dropFiles(desk.view, {test::writeSmallModel(m_folder.filePath("plain.safetensors"))}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->hasModel(), test::kWaitMilliseconds);
        QVERIFY(test::dropFiles(desk.view, {m_picture}));
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
        const compare::Result before = *desk.session->result();

        app::OpenedModel other = desk.session->model();
        const base::ThreadPool pool(2);
        const auto calibration =
            compare::calibrateOn(m_folder.filePath("dim.png").toStdString(), other.generator, pool, {});
        other.plan = desk.session->plan();
        other.packed = quant::quantize(other.generator, *other.plan, *calibration);
        desk.session->setModel(other);
        QVERIFY(!desk.session->result());
        QTRY_VERIFY_WITH_TIMEOUT(desk.session->isResultCurrent(), test::kWaitMilliseconds);
        QCOMPARE(desk.session->result()->model, other.packed);
        QVERIFY(!desk.session->result()->quantized.samePixels(before.quantized));
        QVERIFY(desk.session->result()->fp32.samePixels(before.fp32));
    }
};

QTEST_MAIN(TestPackedModel)
#include "tst_packedmodel.moc"
