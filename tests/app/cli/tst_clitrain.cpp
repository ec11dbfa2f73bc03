// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/filelock.h"
#include "engine/image/codec.h"
#include "tests/app/cli/programrunner.h"
#include "tests/engine/train/trainpictures.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace bitlens;

class TestCliTrain : public QObject {
    Q_OBJECT

    test::ProgramRunner m_program;
    QTemporaryDir m_folder;
    QString m_photos;
    QString m_set;

    QStringList tinyRun(const QString &output, int steps) const
    {
        return {"train",      m_photos, "-o",        output, "--blocks", "1",
                "--channels", "8",      "--batch",   "2",    "--phase",  QString("%1:32").arg(steps),
                "--validate", m_set,    "--threads", "1"};
    }

    static QByteArray contents(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

private slots:
    void initTestCase()
    {
        m_photos = m_folder.filePath("photos");
        m_set = m_folder.filePath("TinySet");
        for (const QString &folder : {m_photos, m_set + "/HR", m_set + "/LRx4"})
            QVERIFY(QDir().mkpath(folder));
        image::writeImage(test::edgePattern(96), (m_photos + "/pattern.png").toStdString());
        image::writeImage(test::edgePattern(64), (m_set + "/HR/a.png").toStdString());
        image::writeImage(test::edgePattern(16), (m_set + "/LRx4/a.png").toStdString());
        QFile corrupt(m_photos + "/corrupt.png");
        QVERIFY(corrupt.open(QIODevice::WriteOnly));
        corrupt.write("\x89PNG\r\n\x1a\nand no more");
    }

    void aRunTrainsResumesAndExports()
    {
        const QString run = m_folder.filePath("run");
        const test::ProgramResult trained = m_program.run(tinyRun(run, 4));
        QVERIFY2(trained.exitCode == 0, qPrintable(trained.messages));
        QVERIFY2(trained.output.contains("PSNR"), qPrintable(trained.output));
        QVERIFY2(trained.messages.contains("corrupt.png"), qPrintable(trained.messages)); // named, and left out

        {
            const base::FileLock other((run + "/run.lock").toStdString());
            const test::ProgramResult second = m_program.run(tinyRun(run, 6));
            QCOMPARE(second.exitCode, 1);
            QVERIFY2(second.messages.contains("in use by another run"), qPrintable(second.messages));
        }
        const test::ProgramResult resumed = m_program.run(tinyRun(run, 6));
        QVERIFY2(resumed.output.contains("resuming at step 4"), qPrintable(resumed.output));

        const QString model = m_folder.filePath("tiny.safetensors");
        const test::ProgramResult exported =
            m_program.run({"train", m_photos, "-o", run, "--export-only", "--export", model, "--card-set", m_set});
        QVERIFY2(exported.exitCode == 0, qPrintable(exported.messages));
        QFile card(m_folder.filePath("tiny.md"));
        QVERIFY(card.open(QIODevice::ReadOnly));
        const QString text = QString::fromUtf8(card.readAll());
        QVERIFY2(text.contains("| steps | 6 |"), qPrintable(text));
        QVERIFY2(text.contains("| TinySet | bicubic |"), qPrintable(text));
        QVERIFY2(!text.contains(m_folder.path()), qPrintable(text)); // names, no folders of this machine
        const test::ProgramResult inspected = m_program.run({"inspect", model});
        QVERIFY2(inspected.output.contains("FP16"), qPrintable(inspected.output));

        // A model mixed with itself is itself; with a file that is not there it is nothing.
        const QString mixed = m_folder.filePath("mixed.safetensors");
        const QStringList mix{"train", m_photos, "-o", run, "--export-only", "--export", mixed, "--mix-with"};
        QCOMPARE(m_program.run(mix + QStringList{run + "/best.safetensors"}).exitCode, 0);
        QCOMPARE(contents(mixed), contents(model));
        const test::ProgramResult refused = m_program.run(mix + QStringList{m_folder.filePath("absent.safetensors")});
        QCOMPARE(refused.exitCode, 1);
        QVERIFY2(refused.messages.contains("absent.safetensors"), qPrintable(refused.messages));
    }

    void senselessCallsAreUsageErrors_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("message");
        QTest::newRow("no backbone") << QStringList{"--gan-phase", "4:32"} << "--backbone";
        QTest::newRow("a rank alone") << QStringList{"--rank", "1"} << "--ranks";
        QTest::newRow("no meeting place") << QStringList{"--ranks", "2"} << "--rendezvous";
        QTest::newRow("export nowhere") << QStringList{"--export-only"} << "--export";
        QTest::newRow("a phase") << QStringList{"--phase", "many"} << "STEPS:CROP";
    }
    void senselessCallsAreUsageErrors()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, message);
        const test::ProgramResult result =
            m_program.run(QStringList{"train", m_photos, "-o", m_folder.filePath("refused")} + arguments);
        QCOMPARE(result.exitCode, 2);
        QVERIFY2(result.messages.contains(message), qPrintable(result.messages));
    }

    void badInputIsNamed()
    {
        const QString empty = m_folder.filePath("empty");
        QVERIFY(QDir().mkpath(empty));
        const test::ProgramResult noPhotos = m_program.run({"train", empty, "-o", m_folder.filePath("none")});
        QVERIFY(noPhotos.exitCode != 0);
        QVERIFY2(noPhotos.messages.contains(empty), qPrintable(noPhotos.messages));
        const test::ProgramResult small =
            m_program.run({"train", m_photos, "-o", m_folder.filePath("none"), "--phase", "4:128"});
        QVERIFY(small.exitCode != 0);
        QVERIFY2(small.messages.contains("no image here can be used"), qPrintable(small.messages));
        const test::ProgramResult device =
            m_program.run(tinyRun(m_folder.filePath("none"), 2) + QStringList{"--device", "gpu"});
        QVERIFY(device.exitCode != 0);
        QVERIFY2(device.messages.contains("cuda"), qPrintable(device.messages));
    }
};

QTEST_GUILESS_MAIN(TestCliTrain)
#include "tst_clitrain.moc"
