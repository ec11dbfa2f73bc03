// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "analysiscase.h"

#include "engine/base/error.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/run/fakequantrunner.h"
#include "engine/score/mamodel.h"
#include "engine/search/measure.h"
#include "engine/search/planmeter.h"
#include "engine/search/sensitivityfile.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace bitlens;
using quant::kFloatBits;
using search::Method;
using search::Sensitivity;
using search::SensitivityReport;

namespace {

/// Simulation in float against exact integers: both sums round differently, in the last bits of float32; an error of
/// 50 dB is some thousand times larger. Twice this is seen (see below).
constexpr double kSimulationTolerance = 0.01;

SensitivityReport reportFor(const test::AnalysisCase &on)
{
    SensitivityReport report;
    report.generator = on.generator;
    report.conditions = search::conditionsOf(*on.generator, on.pictures, *on.calibration);
    report.calibration = on.calibration->description;
    report.pictures = static_cast<int>(on.pictures.size());
    report.side = on.pictures.front().width();
    return report;
}

std::vector<Sensitivity> measure(const test::AnalysisCase &on, std::vector<quant::LayerBits> bits, bool byStage = false)
{
    const base::ThreadPool pool(1);
    return search::measureSensitivity({on.generator, on.calibration, on.pictures, byStage, std::move(bits), false, {}},
                                      pool, {});
}

/// Trees of a single leaf: every picture has the same Ma.
score::MaModelPtr modelOfOneOpinion()
{
    const score::Forest::Tree leaf{{5.0}, {0}, {score::Forest::kLeaf}};
    const score::MaFeatures shape;
    return std::make_shared<score::MaModel>(std::array{score::Forest(shape.block.size(), {leaf}),
                                                       score::Forest(shape.wavelet.size(), {leaf}),
                                                       score::Forest(shape.singular.size(), {leaf})},
                                            std::array{0.0, 0.5, 0.25, 0.25});
}

/// The error when only some layers are quantized, from the exact simulation of the integer runner.
double exactError(const test::AnalysisCase &on, const std::vector<std::size_t> &layers, quant::LayerBits bits)
{
    quant::BitPlan plan(on.generator->layers.size(), {kFloatBits, kFloatBits});
    for (const std::size_t layer : layers)
        plan.set(layer, bits);
    run::FakeQuantRunner quantized(quant::quantize(on.generator, plan, *on.calibration), 1);
    run::FloatRunner original(on.generator, 1);
    double sum = 0.0;
    for (const image::Planes &picture : on.pictures)
        sum += search::lumaSquaredError(quantized.runObserved(picture, {}, {}), original.run(picture, {}),
                                        on.generator->scale);
    return sum / static_cast<double>(on.pictures.size());
}

} // namespace

class TestSensitivity : public QObject {
    Q_OBJECT

private slots:
    void oneLayerAgreesWithTheExactRunner_data()
    {
        QTest::addColumn<int>("family");
        QTest::addColumn<bool>("byStage");
        QTest::newRow("SRGAN by layer") << 0 << false;
        QTest::newRow("SRGAN by stage") << 0 << true;
        QTest::newRow("RRDBNet by layer") << 1 << false;
        QTest::newRow("RRDBNet by stage") << 1 << true;
        QTest::newRow("SRVGG by layer") << 2 << false;
    }

    void oneLayerAgreesWithTheExactRunner()
    {
        QFETCH(int, family);
        QFETCH(bool, byStage);
        const test::AnalysisCase on = test::analysisCase(family == 0   ? test::syntheticGenerator(test::SrganShape{})
                                                         : family == 1 ? test::syntheticGenerator(test::RrdbShape{})
                                                                       : test::syntheticGenerator(test::SrvggShape{}));
        const quant::LayerBits bits{6, 6};
        const auto found = measure(on, {bits}, byStage);
        QCOMPARE(found.size(), search::allTargets(*on.generator, byStage).size());
        for (const Sensitivity &entry : found) {
            const double exact = exactError(on, search::layersOf(*on.generator, entry.target), bits);
            QVERIFY(exact > 0.0);
            const double off = std::fabs(entry.squaredError / exact - 1.0);
            QVERIFY2(off < kSimulationTolerance, qPrintable(QString("layer %1: %2").arg(entry.target.layer).arg(off)));
            // The tolerance bites: one bit less is far away.
            const double other = exactError(on, search::layersOf(*on.generator, entry.target), {5, 5});
            QVERIFY(std::fabs(entry.squaredError / other - 1.0) > 2.0 * kSimulationTolerance);
        }
    }

    void oneSideAloneAddsUp()
    {
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrganShape{}));
        const auto found = measure(on, {{6, 6}, {6, kFloatBits}, {kFloatBits, 6}});
        const std::size_t layers = on.generator->layers.size();
        QCOMPARE(found.size(), 3 * layers);
        double both = 0.0;
        double apart = 0.0;
        for (std::size_t i = 0; i < layers; ++i) {
            both += found[i].squaredError;
            apart += found[layers + i].squaredError + found[2 * layers + i].squaredError;
        }
        // Independent errors: over all layers their squares add up within 1 dB.
        QVERIFY(std::fabs(10.0 * std::log10(both / apart)) < 1.0);
    }

    void answersComeFromTheLastLayerOnWidthByWidth()
    {
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrganShape{}), {1, 16});
        const base::ThreadPool pool(1);
        std::vector<Sensitivity> seen;
        search::measureSensitivity({on.generator, on.calibration, on.pictures, false, {{8, 8}, {4, 8}}, false, {}},
                                   pool, {}, [&](const Sensitivity &entry) { seen.push_back(entry); });
        const int layers = static_cast<int>(on.generator->layers.size());
        QCOMPARE(static_cast<int>(seen.size()), 2 * layers);
        for (int i = 0; i < layers; ++i) {
            QCOMPARE(seen[static_cast<std::size_t>(i)].target.layer, layers - 1 - i);
            QCOMPARE(seen[static_cast<std::size_t>(i)].bits.weight, 8);
            QCOMPARE(seen[static_cast<std::size_t>(layers + i)].bits.weight, 4);
        }
    }

    void cancelledAndResumedGivesTheSame()
    {
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrganShape{}), {1, 16});
        const base::ThreadPool pool(1);
        const std::vector<quant::LayerBits> bits{{8, 8}, {4, kFloatBits}};
        const auto whole = measure(on, bits);
        QTemporaryDir folder;
        const std::string path = folder.filePath("found.json").toStdString();
        const base::Job job;
        std::size_t first = 0;
        {
            search::SensitivityFile file(path, reportFor(on));
            QVERIFY_THROWS_EXCEPTION(
                base::Cancelled,
                search::measureSensitivity({on.generator, on.calibration, on.pictures, false, bits, false, {}}, pool,
                                           job, [&](const Sensitivity &entry) {
                                               file.add(entry);
                                               if (++first == 5)
                                                   job.cancel.cancel();
                                           }));
            file.flush();
        }
        QCOMPARE(first, std::size_t{5});
        const search::SensitivityFile file(path, reportFor(on));
        QCOMPARE(file.report().entries.size(), std::size_t{5});
        int measured = 0;
        base::Job counting;
        counting.progress = [&](double, const std::string &) { ++measured; };
        const auto resumed = search::measureSensitivity(
            {on.generator, on.calibration, on.pictures, false, bits, false, file.report().entries}, pool, counting);
        // One report for FP32, one per answer, one at the end.
        QCOMPARE(measured, static_cast<int>(whole.size()) - 5 + 2);
        QCOMPARE(resumed.size(), whole.size());
        for (std::size_t i = 0; i < whole.size(); ++i) {
            QCOMPARE(resumed[i].target.layer, whole[i].target.layer);
            QVERIFY(std::fabs(resumed[i].squaredError / whole[i].squaredError - 1.0) < 1.0e-6);
        }
    }

    void aFileOfOtherConditionsIsRefused_data()
    {
        QTest::addColumn<QByteArray>("change");
        QTest::addColumn<QString>("message");
        QTest::newRow("model") << QByteArray("model") << "another model";
        QTest::newRow("pictures") << QByteArray("pictures") << "other pictures";
        QTest::newRow("ranges") << QByteArray("calibration") << "other activation ranges";
        QTest::newRow("no JSON") << QByteArray("{") << "not a JSON file";
        QTest::newRow("schema") << QByteArray("{\"schema\":7}") << "another schema";
        QTest::newRow("nothing in it") << QByteArray("{\"schema\":1}") << "\"conditions\" or \"entries\" is missing";
        QTest::newRow("layer") << QByteArray("layer") << "layer body/block99/conv1 does not exist";
        QTest::newRow("bits") << QByteArray("bits") << "9/8 are not bit-widths";
        QTest::newRow("error") << QByteArray("error") << "under \"squared_error\"";
    }

    void aFileOfOtherConditionsIsRefused()
    {
        QFETCH(QByteArray, change);
        QFETCH(QString, message);
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrganShape{}), {1, 16});
        SensitivityReport report = reportFor(on);
        report.entries.push_back({{1, 1}, {8, 8}, 1.0e-5, std::nullopt, Method::Measured});
        SensitivityReport other = report;
        if (change == "model")
            other.conditions.model = "0";
        if (change == "pictures")
            other.conditions.pictures = "0";
        if (change == "calibration")
            other.conditions.calibration = "0";
        QByteArray text = QByteArray::fromStdString(other.toJson());
        if (change.startsWith('{'))
            text = change;
        if (change == "layer")
            text.replace(QByteArray::fromStdString(on.generator->layers[1].path), "body/block99/conv1");
        if (change == "bits")
            text.replace("\"weight_bits\": 8", "\"weight_bits\": 9");
        if (change == "error")
            text.replace("\"squared_error\": 1e-05", "\"squared_error\": -1");
        QTemporaryDir folder;
        QFile file(folder.filePath("kept.json"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
        file.close();
        try {
            const search::SensitivityFile opened(file.fileName().toStdString(), report);
            QFAIL("accepted");
        } catch (const base::Error &error) {
            QVERIFY2(QString::fromStdString(error.detail()).contains(message), error.detail().c_str());
            QCOMPARE(error.file(), file.fileName().toStdString());
        }
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), text); // left as it is
    }

    void jsonAndCsvHoldEverything()
    {
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrganShape{}), {1, 16});
        SensitivityReport report = reportFor(on);
        report.entries.push_back({{1, 1}, {8, kFloatBits}, 1.0e-5, 0.25, Method::Measured, -0.125});
        report.estimate = {2, 1, std::vector<double>(search::estimateSumCount(*on.generator), 1.0 / 3.0)};
        report.entries.push_back({{2, -1}, {4, 8}, 0.0, std::nullopt, Method::Estimated});
        const SensitivityReport read = SensitivityReport::fromJson(report.toJson(), on.generator, "file");
        QCOMPARE(read.entries.size(), std::size_t{2});
        QVERIFY(read.conditions == report.conditions);
        QVERIFY(read.estimate == report.estimate);
        for (std::size_t i = 0; i < 2; ++i) {
            QVERIFY(read.entries[i].target == report.entries[i].target);
            QVERIFY(read.entries[i].bits == report.entries[i].bits);
            QVERIFY(read.entries[i].method == report.entries[i].method);
            QCOMPARE(read.entries[i].squaredError, report.entries[i].squaredError);
            QVERIFY(read.entries[i].niqeChange == report.entries[i].niqeChange);
            QVERIFY(read.entries[i].piChange == report.entries[i].piChange);
        }
        QCOMPARE(read.entries[0].psnrFp32().value(), 50.0);
        QVERIFY(!read.entries[1].psnrFp32());
        const QStringList lines = QString::fromStdString(report.toCsv()).split('\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 3);
        QCOMPARE(lines[1].count(','), lines[0].count(','));
        QVERIFY(lines[1].contains(",8,32,50.000,"));
        QVERIFY(lines[0].contains(",niqe_change,pi_change,") && lines[1].contains(",0.25000,-0.12500,"));
    }

    void niqeAndPiAreMeasuredOnLargeEnoughCrops()
    {
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        const search::ProbeShape shape{2, search::suitableShapeForNiqe(*generator).side};
        const test::AnalysisCase on =
            test::analysisCase(generator, {test::texturedPicture(70, 60, 1), test::texturedPicture(60, 70, 9)}, shape);
        const base::ThreadPool pool(1);
        search::MeasureRequest request{on.generator, on.calibration, on.pictures, true, {{3, 4}}, true, {}};
        const auto plain = search::measureSensitivity(request, pool, {});
        request.maModel = modelOfOneOpinion();
        request.known = plain; // has no PI: asked again
        const auto found = search::measureSensitivity(request, pool, {});
        QCOMPARE(found.size(), generator->stages.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            QVERIFY(plain[i].niqeChange && !plain[i].piChange);
            QVERIFY(found[i].niqeChange && found[i].piChange);
            QVERIFY(*found[i].niqeChange != 0.0);
            QCOMPARE(*found[i].niqeChange, *plain[i].niqeChange);
            // PI = ((10 - Ma) + NIQE) / 2, and this model's Ma never changes.
            QVERIFY(std::fabs(*found[i].piChange - *found[i].niqeChange / 2.0) < 1.0e-9);
        }
        // What is known is not measured again.
        int reports = 0;
        base::Job counting;
        counting.progress = [&](double, const std::string &) { ++reports; };
        request.known = found;
        QCOMPARE(search::measureSensitivity(request, pool, counting).size(), found.size());
        QCOMPARE(reports, 0);
    }

    void cropsTooSmallForNiqeAreRefused()
    {
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        QCOMPARE(search::niqeProbeSide(*generator), 50); // 2 x 96 and 2 x 4 shaved, of 4 times 50
        const test::AnalysisCase on = test::analysisCase(generator, {test::texturedPicture(70, 60, 1)}, {1, 48});
        const base::ThreadPool pool(1);
        try {
            search::measureSensitivity({on.generator, on.calibration, on.pictures, true, {{8, 8}}, true, {}}, pool, {});
            QFAIL("accepted");
        } catch (const base::Error &error) {
            QVERIFY2(error.detail().find("at least 50x50 pixels, these have 48x48") != std::string::npos,
                     error.detail().c_str());
        }
    }

    void flatCropsHaveNoNiqeAndSayWhy()
    {
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        const test::AnalysisCase on = test::analysisCase(generator, {test::texturedPicture(70, 60, 1)}, {1, 50});
        // A generator that paints everything in one colour.
        auto flat = std::make_shared<model::Generator>(*generator);
        flat->layers.back().weight = std::make_shared<std::vector<float>>(flat->layers.back().weight->size(), 0.0F);
        const base::ThreadPool pool(1);
        try {
            search::measureSensitivity({flat, on.calibration, on.pictures, true, {{8, 8}}, true, {}}, pool, {});
            QFAIL("accepted");
        } catch (const base::Error &error) {
            QVERIFY2(error.detail().find("flat image") != std::string::npos, error.detail().c_str());
        }
    }

    void aCacheThatCannotBeUsedIsDoneWithout()
    {
        const test::AnalysisCase on = test::analysisCase(test::syntheticGenerator(test::SrganShape{}), {1, 16});
        using Purpose = search::SensitivityFile::Purpose;
        QTemporaryDir folder;
        QFile broken(folder.filePath("kept.json"));
        QVERIFY(broken.open(QIODevice::WriteOnly) && broken.write("{") == 1);
        broken.close();
        const std::string path = broken.fileName().toStdString();
        const Sensitivity entry{{1, 1}, {8, 8}, 1.0e-5, std::nullopt, Method::Measured};
        QVERIFY_THROWS_EXCEPTION(base::Error, search::SensitivityFile(path, reportFor(on)));
        search::SensitivityFile replaced(path, reportFor(on), Purpose::Cache);
        replaced.add(entry);
        replaced.flush();
        QCOMPARE(search::SensitivityFile(path, reportFor(on)).report().entries.size(), std::size_t{1});
        const std::string nowhere = folder.filePath("missing/kept.json").toStdString();
        search::SensitivityFile done(nowhere, reportFor(on), Purpose::Cache);
        done.add(entry);
        done.flush(); // does not throw
        search::SensitivityFile asked(nowhere, reportFor(on));
        asked.add(entry);
        QVERIFY_THROWS_EXCEPTION(base::Error, asked.flush());
    }

    void bitsAreRead()
    {
        QCOMPARE(search::parseBits("8,4/fp32,fp32/6,8"),
                 (std::vector<quant::LayerBits>{{8, 8}, {4, kFloatBits}, {kFloatBits, 6}}));
        for (const char *wrong : {"", "9", "8/3", "x", "8,", "fp32", "fp32/fp32", "8/8/8"})
            QVERIFY_THROWS_EXCEPTION(base::Error, search::parseBits(wrong));
    }

    void cropsAreSpreadAndFit()
    {
        const auto generator = test::syntheticGenerator(test::RrdbShape{.unshuffle = 2});
        const auto crops = search::probePictures(
            std::vector{test::texturedPicture(33, 90, 1), test::texturedPicture(200, 100, 2)}, *generator, {6, 48});
        QCOMPARE(crops.size(), std::size_t{6});
        for (const image::Planes &crop : crops) {
            QCOMPARE(crop.width(), 32); // of the narrower picture, in whole blocks of the unshuffling
            QCOMPARE(crop.height(), 32);
        }
    }

    void pictureTooSmallIsAnError()
    {
        const auto generator = test::syntheticGenerator(test::SrganShape{});
        QVERIFY_THROWS_EXCEPTION(base::Error,
                                 search::probePictures(std::vector{test::texturedPicture(15, 90, 1)}, *generator, {}));
        QVERIFY_THROWS_EXCEPTION(base::Error, search::probePictures({}, *generator, {}));
    }
};

QTEST_APPLESS_MAIN(TestSensitivity)
#include "tst_sensitivity.moc"
