// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// bitlens tune: bad input by name, and the modes and ranks that the command line adds to the engine.

#include "engine/base/file.h"
#include "engine/base/filelock.h"
#include "engine/image/codec.h"
#include "engine/quant/quantizedmodel.h"
#include "tests/app/cli/programrunner.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "tests/engine/train/rankprocesses.h"
#include "tests/engine/train/trainpictures.h"

#include <QDir>
#include <QFileInfo>
#include <QTest>

#include <csignal>
#include <sys/resource.h>

using namespace bitlens;

class TestCliTune : public QObject {
    Q_OBJECT

    test::ProgramRunner m_program;

    QString folder(const QString &name) const
    {
        const QString path = m_program.path(name);
        return QDir().mkpath(path) ? path : QString();
    }

    static void writeCorrupt(const QString &path)
    {
        QFile corrupt(path);
        QVERIFY(corrupt.open(QIODevice::WriteOnly));
        corrupt.write("\x89PNG\r\n\x1a\nand no more");
    }

    QStringList tuneOf(const QString &photos, const QString &output, const QStringList &more = {}) const
    {
        return QStringList{
                   "tune", m_program.model(), "--photos", photos,    "-o", output,      "--plan", "*=4/6", "--steps",
                   "2",    "--crop",          "8",        "--batch", "2",  "--threads", "1"}
               + more;
    }

    test::ProgramResult tune(const QString &photos, const QString &output, const QStringList &more = {}) const
    {
        return m_program.run(tuneOf(photos, output, more));
    }

private slots:
    void initTestCase()
    {
        image::writeImage(test::edgePattern(96), (folder("photos") + "/pattern.png").toStdString());
        image::writeImage(test::edgePattern(96), (folder("mixed") + "/a.png").toStdString());
        writeCorrupt(m_program.path("mixed/b-corrupt.png"));
        image::writeImage(test::edgePattern(24), m_program.path("mixed/c-small.png").toStdString());
        image::writeImage(test::edgePattern(96), m_program.path("mixed/d.png").toStdString());
        folder("empty");
        folder("texts");
        QFile text(m_program.path("texts/notes.txt"));
        QVERIFY(text.open(QIODevice::WriteOnly));
        folder("corrupt");
        writeCorrupt(m_program.path("corrupt/only.png"));
        image::writeImage(test::edgePattern(24), (folder("small") + "/only.png").toStdString());
    }

    void aFolderThatIsOfNoUseIsNamedWithTheReason_data()
    {
        QTest::addColumn<QString>("photos");
        QTest::addColumn<QStringList>("messages");
        QTest::newRow("missing") << "nowhere" << QStringList{"nowhere", "No such file or directory"};
        QTest::newRow("empty") << "empty" << QStringList{"empty", "there are no images in this folder"};
        QTest::newRow("no images") << "texts" << QStringList{"texts", "there are no images in this folder"};
        QTest::newRow("unreadable") << "corrupt" << QStringList{"corrupt", "no image here can be used", "only.png"};
        QTest::newRow("too small") << "small"
                                   << QStringList{"no image here can be used", "only.png",
                                                  "smaller than the crop of 32"};
    }
    void aFolderThatIsOfNoUseIsNamedWithTheReason()
    {
        QFETCH(QString, photos);
        QFETCH(QStringList, messages);
        const QString output = m_program.path("none.safetensors");
        const test::ProgramResult result = tune(m_program.path(photos), output);
        QVERIFY(result.exitCode > 0);
        for (const QString &message : messages)
            QVERIFY2(result.messages.contains(message), qPrintable(result.messages));
        QVERIFY(!QFile::exists(output));
    }

    void whatCannotBeUsedAmongPhotosIsLeftOutByName()
    {
        const QString output = m_program.path("mixed.safetensors");
        const test::ProgramResult result = tune(m_program.path("mixed"), output);
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QVERIFY2(result.messages.contains("left out") && result.messages.contains("b-corrupt.png"),
                 qPrintable(result.messages));
        QVERIFY2(result.messages.contains("c-small.png: smaller than the crop"), qPrintable(result.messages));
        QVERIFY2(result.output.contains("2 photos to learn from"), qPrintable(result.output));
        QVERIFY(QFile::exists(output));

        // What came out is quantized: it is not learned from again.
        const test::ProgramResult again = m_program.run(
            {"tune", output, "--photos", m_program.path("photos"), "-o", m_program.path("twice.safetensors")});
        QVERIFY(again.exitCode > 0);
        QVERIFY2(again.messages.contains("is quantized already") && again.messages.contains("--start"),
                 qPrintable(again.messages));
    }

    /// Where nothing better is found (the rates are far too large), the start comes back, bit for bit.
    void aPackedFileIsGoneOnFrom()
    {
        const QString start = m_program.path("start.safetensors");
        const test::ProgramResult made =
            m_program.run({"quantize", m_program.model(), "--plan", "*=5/7", "--rounding", "feedback", "--calibrate",
                           m_program.path("photos"), "-o", start, "--threads", "1"});
        QVERIFY2(made.exitCode == 0, qPrintable(made.messages));
        const QString output = m_program.path("onward.safetensors");
        const auto onward = [&](const QString &rate, const QString &from) {
            return m_program.run({"tune",
                                  m_program.model(),
                                  "--start",
                                  from,
                                  "--photos",
                                  m_program.path("photos"),
                                  "-o",
                                  output,
                                  "--steps",
                                  "4",
                                  "--crop",
                                  "8",
                                  "--batch",
                                  "2",
                                  "--threads",
                                  "1",
                                  "--scale-rate",
                                  rate,
                                  "--weight-rate",
                                  rate});
        };
        const test::ProgramResult still = onward("3", start);
        QVERIFY2(still.exitCode == 0, qPrintable(still.messages));
        QVERIFY2(still.output.contains("plan *=5/7"), qPrintable(still.output));
        QVERIFY2(still.output.contains("this is the start"), qPrintable(still.output));
        QCOMPARE(base::readFile(output.toStdString()), base::readFile(start.toStdString()));
        const test::ProgramResult nothing = onward("0.005", m_program.model());
        QVERIFY(nothing.exitCode > 0);
        QVERIFY2(nothing.messages.contains(m_program.model()), qPrintable(nothing.messages));
        const QString other = m_program.path("other.safetensors");
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 8});
        const quant::BitPlan float32(generator->layers.size(), {quant::kFloatBits, quant::kFloatBits});
        quant::writePacked(*quant::quantize(generator, float32, {}), other.toStdString());
        const test::ProgramResult different = onward("0.005", other);
        QVERIFY(different.exitCode > 0);
        QVERIFY2(different.messages.contains(other) && different.messages.contains("not of the same structure"),
                 qPrintable(different.messages));
    }

    void senselessCallsAreUsageErrors_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("message");
        QTest::newRow("no backbone") << QStringList{"--adversarial"} << "--backbone";
        QTest::newRow("a rank alone") << QStringList{"--rank", "1"} << "--ranks";
        QTest::newRow("no meeting place") << QStringList{"--ranks", "2"} << "--rendezvous";
        QTest::newRow("no port") << QStringList{"--ranks", "2", "--rank", "0", "--rendezvous", "here"} << "HOST:PORT";
        QTest::newRow("weight") << QStringList{"--photo-weight", "-1"} << "--photo-weight";
        QTest::newRow("a start with a plan") << QStringList{"--start", m_program.model()} << "leave out --plan";
        QTest::newRow("plan") << QStringList{"--plan", "nothing=8/8"} << "--plan";
    }
    void senselessCallsAreUsageErrors()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, message);
        const test::ProgramResult result =
            tune(m_program.path("photos"), m_program.path("refused.safetensors"), arguments);
        QVERIFY(result.exitCode > 0);
        QVERIFY2(result.messages.contains(message), qPrintable(result.messages));
        QVERIFY(!QFile::exists(m_program.path("refused.safetensors")));
    }

    void aFolderThatCannotBeWrittenIsNamed()
    {
        const QString blocked = m_program.model() + "/run"; // below a file
        const test::ProgramResult result =
            tune(m_program.path("photos"), m_program.path("none.safetensors"), {"--resume", blocked});
        QVERIFY(result.exitCode > 0);
        QVERIFY2(result.messages.contains(blocked), qPrintable(result.messages));
    }

    void aFolderInUseIsLeftAlone()
    {
        const QString folder = m_program.path("busy");
        const QString output = m_program.path("second.safetensors");
        const base::FileLock other((folder + "/run.lock").toStdString());
        const test::ProgramResult result = tune(m_program.path("photos"), output, {"--resume", folder});
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.messages.contains(folder) && result.messages.contains("in use by another run"),
                 qPrintable(result.messages));
        QVERIFY(!QFile::exists(output));
        QCOMPARE(QDir(folder).entryList(QDir::Files), QStringList{"run.lock"});
    }

    void anErrorWhileItTrainsWritesTheBestSoFar()
    {
        const QString output = m_program.path("rescued.safetensors");
        const auto arguments = [&](const QString &run) {
            QStringList list = tuneOf(m_program.path("photos"), output, {"--resume", m_program.path(run)});
            list[list.indexOf("--steps") + 1] = "6";
            return list;
        };
        const test::ProgramResult reference = m_program.run(arguments("whole"));
        QVERIFY2(reference.exitCode == 0, qPrintable(reference.messages));
        // The checkpoint grows when something better than the start is found.
        const qint64 size = QFileInfo(m_program.path("whole/checkpoint.safetensors")).size();
        QVERIFY(size > 2 * QFileInfo(output).size());
        QVERIFY(QFile::remove(output));

        QProcess process;
        m_program.prepare(process, arguments("limited"));
        // Writing past a limit on file sizes fails as on a full disk.
        process.setChildProcessModifier([size] {
            const rlimit limit{static_cast<rlim_t>(size) - 1, static_cast<rlim_t>(size) - 1};
            setrlimit(RLIMIT_FSIZE, &limit);
            std::signal(SIGXFSZ, SIG_IGN);
        });
        process.start();
        QVERIFY(process.waitForFinished(test::ProgramRunner::kTimeoutMs));
        const QString messages = QString::fromUtf8(process.readAllStandardError());
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 1);
        QVERIFY2(messages.contains("the best so far was written (step ") && messages.contains(output),
                 qPrintable(messages));
        QVERIFY2(messages.contains("limited/checkpoint.safetensors"), qPrintable(messages));
        const test::ProgramResult inspected = m_program.run({"inspect", output});
        QVERIFY2(inspected.exitCode == 0, qPrintable(inspected.messages));
    }

    void theAdversarialModeTrainsAndResumes()
    {
        const QString output = m_program.path("gan.safetensors");
        const QStringList mode{
            "--adversarial", "--perceptual-weight", "0", "--discriminator-channels", "4", "--discriminator-limit", "8",
            "--resume",      m_program.path("gan")};
        const test::ProgramResult result = tune(m_program.path("photos"), output, mode);
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        const test::ProgramResult resumed = tune(m_program.path("photos"), output, mode);
        QVERIFY2(resumed.output.contains("resuming at step 2"), qPrintable(resumed.output));
        const test::ProgramResult plain = tune(m_program.path("photos"), output, {"--resume", m_program.path("gan")});
        QVERIFY(plain.exitCode > 0);
        QVERIFY2(plain.messages.contains("started with the adversarial mode"), qPrintable(plain.messages));
    }

    void ranksWorkTogether_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("output");
        const QStringList sensitivity{"sensitivity", m_program.model(),
                                      "--images",    m_program.path("photos"),
                                      "--crops",     "1",
                                      "--crop-size", "16",
                                      "--threads",   "1",
                                      "--no-cache"};
        QTest::newRow("tune") << tuneOf(m_program.path("photos"), m_program.path("both.safetensors"))
                              << "PSNR to FP32 on held-out crops";
        QTest::newRow("measured") << sensitivity + QStringList{"--bits", "8"} << "body/block1/conv1";
        QTest::newRow("estimated") << sensitivity + QStringList{"--estimated"} << "body/block1/conv1";
    }
    void ranksWorkTogether()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, output);
        const auto ended = test::runTwoRanks(QStringLiteral(BITLENS_PROGRAM), [&](int rank, int port) {
            return arguments + QStringList{"--ranks",        "2",  "--rank",       QString::number(rank),
                                           "--rank-timeout", "60", "--rendezvous", QString("127.0.0.1:%1").arg(port)};
        });
        QVERIFY2(ended[0].exitCode == 0 && ended[1].exitCode == 0, qPrintable(ended[0].errors + ended[1].errors));
        QVERIFY2(ended[0].output.contains(output), qPrintable(ended[0].output));
        QVERIFY2(ended[1].output.isEmpty(), qPrintable(ended[1].output)); // rank 0 tells and writes
    }
};

QTEST_GUILESS_MAIN(TestCliTune)
#include "tst_clitune.moc"
