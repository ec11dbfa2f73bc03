// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/clock.h"
#include "engine/base/command.h"
#include "tests/engine/model/comparegenerators.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <thread>

using namespace bitlens;
using namespace bitlens::test;

class TestCommand : public QObject {
    Q_OBJECT

private slots:
    void outputAndCodeComeBack()
    {
        const auto result = base::runCommand({{"sh", "-c", "echo out; echo err >&2; exit 3"}, {}, {}, {}}, {});
        QCOMPARE(result.output, "out\n");
        QCOMPARE(result.errors, "err\n");
        QCOMPARE(result.exitCode, 3);
        QCOMPARE(base::runCommand({{"sh", "-c", "kill -9 $$"}, {}, {}, {}}, {}).exitCode, 137);
    }

    void argumentsAreNotInterpreted()
    {
        const auto result = base::runCommand({{"printf", "%s|", "a b", "$HOME", "; rm -rf x", "'\""}, {}, {}, {}}, {});
        QCOMPARE(result.output, "a b|$HOME|; rm -rf x|'\"|");
    }

    void outputGoesToAFileInAFolder()
    {
        const QTemporaryDir folder;
        base::Command command{{"pwd"}, folder.path().toStdString(), folder.filePath("out").toStdString(), {}};
        QCOMPARE(base::runCommand(command, {}).exitCode, 0);
        QFile file(folder.filePath("out"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll().trimmed(), folder.path().toUtf8());
    }

    void muchOutputDoesNotBlock()
    {
        const auto result =
            base::runCommand({{"sh", "-c", "yes | head -c 3000000; yes | head -c 3000000 >&2"}, {}, {}, {}}, {});
        QCOMPARE(result.exitCode, 0);
        QVERIFY(result.output.size() >= 1'000'000);
        QVERIFY(result.output.size() < 1'100'000);
    }

    void absentProgramsAreNamed()
    {
        const auto error = errorOf([] { base::runCommand({{"no-such-program-anywhere"}, {}, {}, {}}, {}); });
        QCOMPARE(error->code(), base::ErrorCode::NotFound);
        QVERIFY(QString(error->what()).contains("no-such-program-anywhere"));
    }

    void cancellingEndsTheProgramAndItsChildren()
    {
        const QTemporaryDir folder;
        const QString pidFile = folder.filePath("pid");
        const base::CancelToken cancel;
        std::atomic<int> ticks = 0;
        base::Command command{{"sh", "-c", "sleep 1000 & echo $! > pid; wait"}, folder.path().toStdString(), {}, {}};
        command.onTick = [&] {
            if (++ticks >= 2 && QFile::exists(pidFile))
                cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(base::runCommand(command, cancel), base::Cancelled);
        QFile file(pidFile);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString status = "/proc/" + QString::fromUtf8(file.readAll().trimmed()) + "/stat";
        // Gone, or a zombie that nobody has collected yet.
        QTRY_VERIFY([&] {
            QFile process(status);
            return !process.open(QIODevice::ReadOnly) || process.readAll().contains(") Z");
        }());
    }
};

QTEST_APPLESS_MAIN(TestCommand)
#include "tst_command.moc"
