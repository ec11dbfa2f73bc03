// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/codec.h"
#include "tests/app/cli/programrunner.h"
#include "tests/engine/search/analysiscase.h"

#include <QFile>
#include <QTest>

using namespace bitlens;

/// bitlens sensitivity and allocate, as people call them.
class TestCliSearch : public QObject {
    Q_OBJECT

    test::ProgramRunner m_program;
    QString m_images;

    test::ProgramResult run(const QString &command, const QStringList &more) const
    {
        return m_program.run(QStringList{command, m_program.model(), "--images", m_images, "--crops", "2",
                                         "--crop-size", "16", "--threads", "1"}
                             + more);
    }

private slots:
    void initTestCase()
    {
        m_images = m_program.path("images");
        QVERIFY(QDir().mkpath(m_images));
        image::writeImage(test::texturedPicture(40, 30, 1), (m_images + "/a.png").toStdString());
        image::writeImage(test::texturedPicture(32, 48, 2), (m_images + "/b.png").toStdString());
    }

    void sensitivityHasItsNames()
    {
        const auto measured = run("sensitivity", {"--by", "stage", "--bits", "8,4/fp32", "--json"});
        QVERIFY2(measured.exitCode == 0, qPrintable(measured.messages));
        const auto json = measured.json();
        QCOMPARE(json["schema"].get<int>(), 1);
        QCOMPARE(json["entries"].size() % 2, std::size_t{0});
        QVERIFY(json["entries"].size() >= 10);
        for (const auto &entry : json["entries"]) {
            for (const char *name : {"stage", "layer", "weight_bits", "activation_bits", "psnr_fp32", "method"})
                QVERIFY2(entry.contains(name), name);
            QVERIFY(entry["layer"].is_null());
            QCOMPARE(entry["method"].get<std::string>(), std::string("measured"));
        }
        const auto estimated = run("sensitivity", {"--estimated", "--probes", "2", "--csv", m_program.path("e.csv")});
        QVERIFY2(estimated.exitCode == 0, qPrintable(estimated.messages));
        QVERIFY(estimated.output.contains("body/block1/conv1"));
        QFile csv(m_program.path("e.csv"));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QVERIFY(csv.readAll().startsWith("stage,layer,weight_bits,activation_bits,psnr_fp32"));
    }

    void niqeIsMeasuredWithoutChoosingCrops()
    {
        const QString picture = m_program.path("large.png");
        image::writeImage(test::texturedPicture(60, 52, 3), picture.toStdString());
        const QStringList arguments{"sensitivity", m_program.model(), "--images", picture,   "--by",
                                    "stage",       "--bits",          "4",        "--crops", "1",
                                    "--niqe",      "--threads",       "1"};
        const auto result = m_program.run(arguments + QStringList{"--json"});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QCOMPARE(result.json()["side"].get<int>(), 50);
        for (const auto &entry : result.json()["entries"]) {
            QVERIFY(entry["niqe_change"].is_number());
            QVERIFY(entry["pi_change"].is_null());
        }
        QVERIFY2(result.messages.contains("Ma model not installed"), qPrintable(result.messages));
        const auto small = run("sensitivity", {"--niqe"}); // 16 pixels are asked for
        QCOMPARE(small.exitCode, 1);
        QVERIFY2(small.messages.contains("at least 50x50"), qPrintable(small.messages));
    }

    void anEstimateIsKeptToo()
    {
        const QString file = m_program.path("estimate.json");
        const QStringList arguments{"--estimated", "--probes", "2", "--resume", file, "--json"};
        const auto first = run("sensitivity", arguments);
        QVERIFY2(first.exitCode == 0, qPrintable(first.messages));
        const auto second = run("sensitivity", arguments);
        QVERIFY2(second.exitCode == 0, qPrintable(second.messages));
        QVERIFY(second.json()["entries"] == first.json()["entries"]);
        QVERIFY2(first.messages.contains("picture 1 of 2") || !first.messages.contains("picture"),
                 qPrintable(first.messages));
        QVERIFY2(!second.messages.contains("picture 1 of 2"), qPrintable(second.messages));
    }

    void resumingFindsTheSame()
    {
        const QString file = m_program.path("kept.json");
        const QStringList arguments{"--bits", "6", "--resume", file, "--json"};
        const auto first = run("sensitivity", arguments);
        QVERIFY2(first.exitCode == 0, qPrintable(first.messages));
        const auto second = run("sensitivity", arguments);
        QVERIFY(second.json()["entries"] == first.json()["entries"]);
        // Another crop size are other pictures: refused, and the file stays.
        const auto other = m_program.run(
            {"sensitivity", m_program.model(), "--images", m_images, "--crops", "1", "--bits", "6", "--resume", file});
        QCOMPARE(other.exitCode, 1);
        QVERIFY2(other.messages.contains("kept.json") && other.messages.contains("other pictures"),
                 qPrintable(other.messages));
    }

    void allocateWritesAPlanThatCanBeUsed()
    {
        const QString plan = m_program.path("plan.json");
        const auto allocated = run("allocate", {"--budget-size", "-50%", "--points", "3", "-o", plan, "--json"});
        QVERIFY2(allocated.exitCode == 0, qPrintable(allocated.messages));
        const auto json = allocated.json();
        QVERIFY(json["front"].size() >= 2);
        for (const char *name : {"plan", "bytes", "seconds", "psnr_fp32"}) {
            QVERIFY2(json["chosen"].contains(name), name);
            QVERIFY2(json["front"][0].contains(name), name);
        }
        QVERIFY(json["chosen"]["bytes"].get<double>() <= 0.5 * json["fp32_bytes"].get<double>());
        const auto compared = m_program.run(
            {"compare", m_images + "/a.png", "--model", m_program.model(), "--plan", plan, "--threads", "1", "--json"});
        QVERIFY2(compared.exitCode == 0, qPrintable(compared.messages));
    }

    void wrongUseIsExplained_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QString>("message");
        QTest::newRow("bad size") << QStringList{"allocate", "--budget-size", "much"} << 2 << "--budget-size much";
        QTest::newRow("too small") << QStringList{"allocate", "--budget-size", "1k", "--no-times"} << 1
                                   << "the nearest has";
        QTest::newRow("bad bits") << QStringList{"sensitivity", "--bits", "9"} << 2 << "\"9\"";
        QTest::newRow("estimated stages")
            << QStringList{"sensitivity", "--estimated", "--by", "stage"} << 2 << "needs --measured";
    }

    void wrongUseIsExplained()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, exitCode);
        QFETCH(QString, message);
        const auto result = run(arguments.first(), arguments.mid(1));
        QCOMPARE(result.exitCode, exitCode);
        QVERIFY2(result.messages.contains(message), qPrintable(result.messages));
    }

    /// A folder of any size starts at once: 32 of its images stand for it. The broken one is not among them.
    void aLargeFolderIsNotReadAsAWhole()
    {
        const QString many = m_program.path("many");
        QVERIFY(QDir().mkpath(many));
        for (int i = 0; i < 40; ++i)
            image::writeImage(test::texturedPicture(24, 20, static_cast<std::uint32_t>(i + 1)),
                              QStringLiteral("%1/%2.png").arg(many).arg(i, 2, 10, QLatin1Char('0')).toStdString());
        QFile broken(many + "/04.png");
        QVERIFY(broken.open(QIODevice::WriteOnly | QIODevice::Truncate) && broken.write("broken") > 0);
        broken.close();
        const auto result = m_program.run({"sensitivity", m_program.model(), "--images", many, "--crops", "2",
                                           "--crop-size", "16", "--by", "stage", "--bits", "8", "--threads", "1"});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QVERIFY2(result.output.contains("2 crops of 16x16 from 2 of 40 images, ranges min-max, 32 images"),
                 qPrintable(result.output.left(300)));
    }

    void badPicturesAreNamed()
    {
        const QString empty = m_program.path("empty");
        QVERIFY(QDir().mkpath(empty));
        const auto none = m_program.run({"sensitivity", m_program.model(), "--images", empty});
        QCOMPARE(none.exitCode, 1);
        QVERIFY(none.messages.contains("empty"));
        const QString small = m_program.path("small.png");
        image::writeImage(test::texturedPicture(10, 40, 1), small.toStdString());
        const auto result = m_program.run({"sensitivity", m_program.model(), "--images", small});
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.messages.contains("small.png") && result.messages.contains("too small"),
                 qPrintable(result.messages));
    }
};

QTEST_GUILESS_MAIN(TestCliSearch)
#include "tst_clisearch.moc"
