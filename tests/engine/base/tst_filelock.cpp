// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/filelock.h"

#include <QFile>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

#include <string>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace bitlens::base;

class TestFileLock : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string path(const char *name) const { return m_folder.filePath(name).toStdString(); }

    static QString refusal(const std::string &file)
    {
        try {
            const FileLock lock(file);
        } catch (const Error &error) {
            return QString::fromStdString(error.what());
        }
        return {};
    }

private slots:
    void oneHasItAtATime()
    {
        const std::string file = path("run/lock");
        QVERIFY(!FileLock::isHeld(file));
        {
            FileLock first(file);
            QVERIFY(first.isHeld() && FileLock::isHeld(file));
            QVERIFY2(refusal(file).contains("in use") && refusal(file).contains(QString::number(getpid())),
                     qPrintable(refusal(file)));
            FileLock moved = std::move(first);
            QVERIFY(moved.isHeld() && FileLock::isHeld(file));
        }
        QVERIFY(!FileLock::isHeld(file));
        QVERIFY(!QFile::exists(QString::fromStdString(file)));
        QCOMPARE(refusal(file), QString());
    }

    void itEndsWithItsProcess()
    {
        const std::string file = path("killed");
        int ready[2];
        QCOMPARE(pipe(ready), 0);
        const pid_t child = fork();
        if (child == 0) { // nothing but system calls and the lock: the parent may have threads
            const FileLock lock(file);
            (void)!write(ready[1], "x", 1);
            for (;;)
                pause();
        }
        auto end = qScopeGuard([child] { // also where something is wrong
            kill(child, SIGKILL);
            waitpid(child, nullptr, 0);
        });
        char told = 0;
        QCOMPARE(read(ready[0], &told, 1), ssize_t(1));
        QVERIFY2(refusal(file).contains(QString::number(child)), qPrintable(refusal(file)));
        kill(child, SIGKILL);
        QCOMPARE(waitpid(child, nullptr, 0), child);
        end.dismiss();
        QVERIFY(QFile::exists(QString::fromStdString(file))); // it could not take it away
        const FileLock mine(file);
        QVERIFY(mine.isHeld());
        close(ready[0]);
        close(ready[1]);
    }

    void aPlaceThatIsNoneIsSaid()
    {
        const std::string inTheWay = path("file");
        const FileLock lock(inTheWay);
        QVERIFY(!refusal(inTheWay + "/below").isEmpty());
        QVERIFY(!refusal(inTheWay + "/below").contains("in use"));
    }
};

QTEST_GUILESS_MAIN(TestFileLock)
#include "tst_filelock.moc"
