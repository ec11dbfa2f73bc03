// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// Starts itself as the processes that analyse together: "tst_sensitivityranks worker …" is one rank.

#include "engine/base/error.h"
#include "engine/compare/sensitivityanalysis.h"
#include "engine/compare/sharedwork.h"
#include "engine/search/sensitivityfile.h"
#include "engine/train/ranks.h"
#include "tests/engine/search/analysiscase.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "tests/engine/train/rankprocesses.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace bitlens;
using search::Method;

namespace {

/// Sums of the same doubles in another order: some units of the last of sixteen digits.
constexpr double kEstimateTolerance = 1e-10;
constexpr int kFailedExit = 3;
constexpr int kCancelledExit = 4;

struct Run {
    Method method = Method::Measured;
    std::string file = {};
    int stopAfter = -1;    ///< answers, then the process ends…
    bool isCancel = false; ///< …or rather is interrupted
    std::uint32_t pictureSeed = 1;
};

search::SensitivityReport analyse(const Run &run, const std::shared_ptr<const train::Ranks> &ranks)
{
    const base::ThreadPool pool(1);
    compare::SensitivityRequest request;
    request.ranks = ranks;
    request.method = run.method;
    request.probes = 2;
    request.bits = {{8, 8}, {4, quant::kFloatBits}};
    request.resumeFile = run.file;
    const train::Ranks alone;
    const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
    const std::vector<image::Image> pictures{test::texturedPicture(60, 50, run.pictureSeed)};
    const auto settingWith = [&](const std::shared_ptr<const quant::Calibration> &calibration) {
        return compare::makeAnalysisSetting(generator, pictures, calibration, search::ProbeShape{3, 16}, pool, {});
    };
    request.setting = settingWith(compare::sharedCalibration(ranks ? *ranks : alone, *generator,
                                                             [&] { return settingWith(nullptr).calibration; }));
    int answers = 0;
    const base::Job job;
    return compare::analyseSensitivity(request, pool, job, [&](const search::Sensitivity &) {
        if (++answers != run.stopAfter)
            return;
        if (!run.isCancel)
            std::_Exit(9);
        job.cancel.cancel();
    });
}

/// worker RANK PORT METHOD FILE STOP_AFTER CANCEL SEED
int work(char **arguments)
{
    train::RankOptions options;
    options.count = 2;
    options.rank = std::atoi(arguments[0]);
    options.port = std::atoi(arguments[1]);
    options.timeoutSeconds = 60;
    const bool isSecond = options.rank == 1;
    Run run;
    run.method = std::string(arguments[2]) == "measured" ? Method::Measured : Method::Estimated;
    run.file = arguments[3];
    run.stopAfter = isSecond ? std::atoi(arguments[4]) : -1;
    run.isCancel = std::atoi(arguments[5]) != 0;
    run.pictureSeed = isSecond ? static_cast<std::uint32_t>(std::atoi(arguments[6])) : 1;
    try {
        std::printf("%s", analyse(run, std::make_shared<const train::Ranks>(options)).toJson().c_str());
        return 0;
    } catch (const base::Cancelled &) {
        return kCancelledExit;
    } catch (const base::Error &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return kFailedExit;
    }
}

} // namespace

class TestSensitivityRanks : public QObject {
    Q_OBJECT

    static std::vector<test::EndedRank> runBoth(const Run &run)
    {
        return test::runTwoRanks(QCoreApplication::applicationFilePath(), [&](int rank, int port) {
            return QStringList{"worker",
                               QString::number(rank),
                               QString::number(port),
                               QString::fromStdString(search::methodName(run.method)),
                               QString::fromStdString(run.file),
                               QString::number(run.stopAfter),
                               QString::number(run.isCancel ? 1 : 0),
                               QString::number(run.pictureSeed)};
        });
    }

    /// The largest relative difference of the entries' errors; infinite when they answer other questions.
    static double difference(const search::SensitivityReport &expected, const QString &json)
    {
        const auto report = search::SensitivityReport::fromJson(json.toStdString(), expected.generator, "rank");
        double worst = expected.entries.empty() || report.entries.size() != expected.entries.size() ? INFINITY : 0.0;
        for (const search::Sensitivity &entry : expected.entries) {
            const search::Sensitivity *other = report.find(entry.target, entry.bits, entry.method);
            worst = std::max(worst, other ? std::fabs(other->squaredError / entry.squaredError - 1.0) : INFINITY);
        }
        return worst;
    }

private slots:
    void twoRanksFindWhatOneFinds_data()
    {
        QTest::addColumn<bool>("measured");
        QTest::newRow("measured") << true;
        QTest::newRow("estimated") << false; // of three pictures rank 0 takes two
    }
    void twoRanksFindWhatOneFinds()
    {
        QFETCH(bool, measured);
        const QTemporaryDir folder;
        Run run{.method = measured ? Method::Measured : Method::Estimated};
        const search::SensitivityReport expected = analyse(run, nullptr);
        run.file = folder.filePath("found.json").toStdString();
        for (const test::EndedRank &ended : runBoth(run)) {
            QVERIFY2(ended.exitCode == 0, qPrintable(ended.errors));
            QVERIFY(difference(expected, ended.output) <= kEstimateTolerance); // all ranks know everything
        }
        QFile kept(QString::fromStdString(run.file));
        QVERIFY(kept.open(QIODevice::ReadOnly));
        QVERIFY(difference(expected, kept.readAll()) <= kEstimateTolerance);
        // The comparison bites: another picture gives other numbers.
        run.file.clear();
        run.pictureSeed = 2;
        QVERIFY(!(difference(expected, QString::fromStdString(analyse(run, nullptr).toJson())) < 1e-3));
    }

    void aLostRankLeavesWhatWasFoundToGoOnFrom()
    {
        const QTemporaryDir folder;
        Run run{.file = folder.filePath("found.json").toStdString(), .stopAfter = 4};
        std::vector<test::EndedRank> ended = runBoth(run);
        QCOMPARE(ended[1].exitCode, 9);
        QCOMPARE(ended[0].exitCode, kFailedExit);
        QVERIFY2(ended[0].errors.contains("lost the connection to another rank"), qPrintable(ended[0].errors));
        QVERIFY2(ended[0].errors.contains("found.json") && ended[0].errors.contains("what was found is kept here"),
                 qPrintable(ended[0].errors));
        const search::SensitivityReport expected = analyse({}, nullptr);
        QFile kept(QString::fromStdString(run.file));
        QVERIFY(kept.open(QIODevice::ReadOnly));
        const std::size_t before =
            search::SensitivityReport::fromJson(kept.readAll().toStdString(), expected.generator, "f").entries.size();
        QVERIFY2(before >= 4 && before < expected.entries.size(), qPrintable(QString::number(before)));
        run.stopAfter = -1;
        ended = runBoth(run); // rank 1 learns from rank 0 what is known
        QVERIFY2(ended[0].exitCode == 0 && ended[1].exitCode == 0, qPrintable(ended[0].errors + ended[1].errors));
        QVERIFY(difference(expected, ended[0].output) <= kEstimateTolerance);
        QVERIFY(difference(expected, ended[1].output) <= kEstimateTolerance);
    }

    void anInterruptionOfOneEndsAll()
    {
        for (const test::EndedRank &ended : runBoth({.stopAfter = 2, .isCancel = true}))
            QCOMPARE(ended.exitCode, kCancelledExit);
    }

    void ranksThatDifferAreRefused()
    {
        for (const test::EndedRank &ended : runBoth({.pictureSeed = 2})) {
            QCOMPARE(ended.exitCode, kFailedExit);
            QVERIFY2(ended.errors.contains("their models, pictures or ranges differ"), qPrintable(ended.errors));
        }
    }
};

int main(int count, char **arguments)
{
    if (count == 9 && std::string(arguments[1]) == "worker")
        return work(arguments + 2);
    QCoreApplication application(count, arguments);
    TestSensitivityRanks test;
    return QTest::qExec(&test, count, arguments);
}

#include "tst_sensitivityranks.moc"
