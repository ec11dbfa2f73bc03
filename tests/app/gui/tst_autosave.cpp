// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/autosave.h"
#include "app/gui/sessionfile.h"
#include "app/gui/statefile.h"
#include "engine/base/error.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>
#include <random>
#include <unistd.h>

using namespace bitlens;
using app::Autosave;
using app::SessionFile;

namespace {

constexpr int kKills = 50;
constexpr int kWaitMilliseconds = 60000; // a bound for hangs
/// Long enough for several saves, so that kills fall before, into and after one.
constexpr unsigned kKillWindowMicroseconds = 30'000;

/// The session number `n`: large enough that its writing takes a while, and every one different.
SessionFile sessionNumber(int n)
{
    SessionFile session;
    session.picture = {"/pictures/cat.png", {}, QString::number(n)};
    session.zoom = n + 1.0;
    QJsonArray tried;
    for (int i = 0; i < 2000; ++i)
        tried.append(QJsonObject{{"plan", QStringLiteral("*=8/8,up2=8/12")}, {"number", n}});
    session.triedPlans = tried;
    return session;
}

/// Zoom and the tried plans were written together: a mixture of two saves would show.
bool isWhole(const SessionFile &session)
{
    const QJsonArray tried = session.triedPlans.toArray();
    return tried.size() == 2000 && tried.first().toObject()["number"].toInt() + 1.0 == session.zoom
           && tried.last().toObject()["number"].toInt() + 1.0 == session.zoom;
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Changes the session and saves it, again and again, until it is killed; tells when the first save is done.
int saveForEver(const QString &folder)
{
    int number = 0;
    Autosave autosave(folder, [&number] { return sessionNumber(number).toJson(); });
    bool told = false;
    QObject::connect(&autosave, &Autosave::saved, &autosave, [&] {
        if (!std::exchange(told, true)) {
            std::puts("ready");
            std::fflush(stdout);
        }
        ++number;
        autosave.saveNow();
    });
    autosave.saveNow();
    return QCoreApplication::exec();
}

} // namespace

/// What is autosaved is there after any end of the program.
class TestAutosave : public QObject {
    Q_OBJECT

private slots:
    void savesSoonAfterAChange()
    {
        const QTemporaryDir folder;
        Autosave autosave(folder.path(), [] { return sessionNumber(1).toJson(); });
        QSignalSpy saved(&autosave, &Autosave::saved);
        autosave.noteChange();
        QCOMPARE(saved.count(), 0);
        QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 1, kWaitMilliseconds);
        QVERIFY(SessionFile::fromJson(contentOf(autosave.path()), "x") == sessionNumber(1));
        // Nothing new: nothing is written.
        autosave.saveNow();
        QTest::qWait(50);
        QCOMPARE(saved.count(), 1);
        QVERIFY(Autosave::kDelayMilliseconds <= 5000); // what the design asks for
    }

    void changesDoNotPutItOff()
    {
        const QTemporaryDir folder;
        int number = 0;
        Autosave autosave(folder.path(), [&] { return sessionNumber(number).toJson(); });
        QSignalSpy saved(&autosave, &Autosave::saved);
        QTimer changes;
        connect(&changes, &QTimer::timeout, &autosave, [&] {
            ++number;
            autosave.noteChange();
        });
        changes.start(20); // never a pause as long as the delay
        QTRY_VERIFY_WITH_TIMEOUT(saved.count() >= 1, kWaitMilliseconds);
    }

    void aRegularEndLeavesTheLastSession()
    {
        const QTemporaryDir folder;
        {
            Autosave autosave(folder.path(), [] { return sessionNumber(2).toJson(); });
            autosave.saveNow();
            autosave.close();
        }
        Autosave next(folder.path(), [] { return QByteArray(); });
        QVERIFY(next.leftBehind().isEmpty());
        QVERIFY(SessionFile::fromJson(contentOf(next.lastSession()), "x") == sessionNumber(2));
        // Nothing to keep: the older last session stays.
        next.close();
        QVERIFY(!contentOf(folder.filePath("last.bitlens")).isEmpty());
    }

    void twoProgramsDoNotMeet()
    {
        const QTemporaryDir folder;
        Autosave first(folder.path(), [] { return sessionNumber(1).toJson(); });
        Autosave second(folder.path(), [] { return sessionNumber(2).toJson(); });
        QVERIFY(first.path() != second.path());
        QSignalSpy saved(&first, &Autosave::saved);
        first.saveNow();
        QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 1, kWaitMilliseconds);
        const Autosave third(folder.path(), [] { return QByteArray(); });
        QVERIFY(third.leftBehind().isEmpty()); // the first one still runs
    }

    /// kill -9 at 50 random moments while it saves without a pause.
    void killedItLosesNothing()
    {
        const QTemporaryDir folder;
        const QString last = folder.filePath("last.bitlens");
        QFile file(last);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(sessionNumber(77).toJson());
        file.close();
        std::mt19937 random(1);
        int interrupted = 0;
        for (int kill = 0; kill < kKills; ++kill) {
            QProcess child;
            child.start(QCoreApplication::applicationFilePath(), {"--save-for-ever", folder.path()});
            QVERIFY(child.waitForReadyRead(kWaitMilliseconds));
            ::usleep(static_cast<useconds_t>(random() % kKillWindowMicroseconds));
            child.kill(); // SIGKILL
            QVERIFY(child.waitForFinished(kWaitMilliseconds));
            QCOMPARE(child.exitStatus(), QProcess::CrashExit);
            interrupted +=
                static_cast<int>(QDir(folder.path()).entryList({"*.part"}, QDir::Files | QDir::Hidden).size());

            Autosave next(folder.path(), [] { return QByteArray(); });
            const QString left = next.leftBehind();
            QVERIFY2(!left.isEmpty(), qPrintable(QStringLiteral("kill %1").arg(kill)));
            try {
                QVERIFY(isWhole(SessionFile::fromJson(contentOf(left), left)));
            } catch (const base::Error &error) {
                QFAIL(error.what());
            }
            next.forget(left);
            QVERIFY(next.leftBehind().isEmpty());
            QVERIFY(SessionFile::fromJson(contentOf(last), last) == sessionNumber(77));
            for (const QString &part : QDir(folder.path()).entryList({"*.part"}, QDir::Files | QDir::Hidden))
                QFile::remove(folder.filePath(part));
        }
        qInfo("%d of %d kills hit while a temporary was there", interrupted, kKills);
    }

    /// The same check sees a file that was cut off: it can fail.
    void aTornFileWouldBeNoticed()
    {
        const QByteArray whole = sessionNumber(3).toJson();
        QVERIFY_EXCEPTION_THROWN((void)SessionFile::fromJson(whole.left(whole.size() / 2), "torn"), base::Error);
        SessionFile mixed = sessionNumber(3);
        mixed.zoom = 9.0;
        QVERIFY(!isWhole(mixed));
    }
};

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == "--save-for-ever")
        return saveForEver(arguments.value(2));
    TestAutosave test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_autosave.moc"
