// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/evaluation.h"

#include "engine/base/error.h"
#include "engine/image/codec.h"
#include "engine/image/resample.h"
#include "tests/engine/compare/testpictures.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QDir>
#include <QStringList>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace bitlens;

namespace {

model::GeneratorPtr smallGenerator()
{
    test::SrganShape shape;
    shape.blocks = 1;
    shape.channels = 8;
    shape.outerKernel = 3;
    return test::syntheticGenerator(shape);
}

/// HR and LRx4 of two pictures.
void writePairs(const QString &folder)
{
    QDir(folder).mkpath("HR");
    QDir(folder).mkpath("LRx4");
    for (const int side : {48, 64}) {
        const image::Image high = test::patternPicture({side * 2, side});
        const std::string name = "picture" + std::to_string(side);
        image::writeImage(high, (folder + "/HR/").toStdString() + name + ".png");
        image::writeImage(image::resizeBicubic(high, {side / 2, side / 4}),
                          (folder + "/LRx4/").toStdString() + name + (side == 48 ? "x4.png" : ".png"));
    }
}

compare::EvaluationRequest makeRequest(const QString &folder)
{
    compare::EvaluationRequest request;
    request.folder = folder.toStdString();
    request.generator = smallGenerator();
    request.plan = quant::planFromArgument("int8", *request.generator);
    request.planName = "int8";
    return request;
}

/// Means are sums of two doubles: exact to a few units in the last place.
constexpr double kMeanTolerance = 1e-12;

} // namespace

class TestEvaluation : public QObject {
    Q_OBJECT
    base::ThreadPool m_pool{2};

private slots:
    void meansAreMeans()
    {
        QTemporaryDir folder;
        writePairs(folder.path());
        compare::Comparison comparison(m_pool);
        QStringList rows;
        const compare::Evaluation evaluation =
            compare::evaluate(comparison, makeRequest(folder.path()), m_pool, {},
                              [&](const compare::EvaluationRow &row) { rows << QString::fromStdString(row.file); });
        QCOMPARE(rows, QStringList({"picture48.png", "picture64.png"}));
        QCOMPARE(evaluation.images.size(), std::size_t{2});
        const auto &[a, b] = std::tie(evaluation.images[0], evaluation.images[1]);
        QVERIFY(std::abs(*evaluation.mean.fp32.psnrHr.value - (*a.fp32.psnrHr.value + *b.fp32.psnrHr.value) / 2)
                < kMeanTolerance);
        QVERIFY(std::abs(*evaluation.mean.bicubicPsnrHr.value - (*a.bicubicPsnrHr.value + *b.bicubicPsnrHr.value) / 2)
                < kMeanTolerance);
        QVERIFY(std::abs(evaluation.mean.quantized.seconds - (a.quantized.seconds + b.quantized.seconds) / 2)
                < kMeanTolerance);
        QVERIFY(!evaluation.mean.fp32.niqe.value); // pictures of 128x64 are too small for it
        QVERIFY(!evaluation.mean.fp32.niqe.reason.empty());

        const nlohmann::json json = nlohmann::json::parse(evaluation.toJson());
        QCOMPARE(json["schema"].get<int>(), 1);
        QCOMPARE(json["images"].size(), std::size_t{2});
        QCOMPARE(json["images"][0]["file"].get<std::string>(), std::string("picture48.png"));
        for (const char *side : {"fp32", "quantized"})
            for (const char *name : {"seconds", "bytes", "psnr_hr", "ssim_hr", "niqe", "ma", "pi"}) {
                QVERIFY2(json["images"][1][side].contains(name), name);
                QVERIFY2(json["mean"][side].contains(name), name);
            }
        QVERIFY(json["mean"]["quantized"]["psnr_fp32"].is_number());
        QVERIFY(json["mean"]["fp32"]["niqe"].is_null());

        const QStringList lines = QString::fromStdString(evaluation.toCsv()).split('\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 4);
        for (const QString &line : lines)
            QCOMPARE(line.count(','), lines[0].count(','));
        QVERIFY(lines[0].startsWith("file,fp32_seconds,fp32_bytes,fp32_psnr_hr"));
        QVERIFY(lines[3].startsWith("mean,"));
    }

    void missingPartnersAreNamed()
    {
        QTemporaryDir folder;
        writePairs(folder.path());
        QVERIFY(QFile::remove(folder.path() + "/LRx4/picture64.png"));
        try {
            compare::evaluationPairs(folder.path().toStdString(), 4);
            QFAIL("a picture without partner was accepted");
        } catch (const base::Error &error) {
            QVERIFY(QString::fromStdString(error.file()).endsWith("picture64.png"));
        }
        QVERIFY_EXCEPTION_THROWN(compare::evaluationPairs(folder.path().toStdString(), 2), base::Error);
        QVERIFY_EXCEPTION_THROWN(compare::evaluationPairs("/nonexistent", 4), base::Error);
    }

    void cancels()
    {
        QTemporaryDir folder;
        writePairs(folder.path());
        compare::Comparison comparison(m_pool);
        base::Job job;
        int rows = 0;
        QVERIFY_EXCEPTION_THROWN(compare::evaluate(comparison, makeRequest(folder.path()), m_pool, job,
                                                   [&](const compare::EvaluationRow &) {
                                                       ++rows;
                                                       job.cancel.cancel();
                                                   }),
                                 base::Cancelled);
        QCOMPARE(rows, 1);
    }
};

QTEST_GUILESS_MAIN(TestEvaluation)
#include "tst_evaluation.moc"
