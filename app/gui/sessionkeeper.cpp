// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/sessionkeeper.h"

#include "app/gui/autosave.h"
#include "app/gui/sessioncontroller.h"
#include "app/gui/tunedfiles.h"
#include "ui/messagebar.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLocale>

#include <utility>

namespace bitlens::app {

namespace {

/// Younger ones may belong to a session that is not written yet.
constexpr qint64 kDaysOfPictures = 1;

/// Takes away kept pictures and tuned models that neither a session in the folder nor the queue names any more.
void removeForgotten(const QString &path, const QString &queueFile)
{
    const QDir folder(path);
    QByteArray sessions;
    QFileInfoList mentions = folder.entryInfoList({QStringLiteral("*.bitlens")}, QDir::Files);
    mentions << QFileInfo(queueFile);
    for (const QFileInfo &mention : std::as_const(mentions)) {
        QFile file(mention.filePath());
        if (file.open(QIODevice::ReadOnly))
            sessions += file.readAll();
        else if (file.exists())
            return; // what it names is not known
    }
    TunedFiles::removeForgotten(path, sessions);
    const QDateTime limit = QDateTime::currentDateTime().addDays(-kDaysOfPictures);
    for (const QFileInfo &picture : folder.entryInfoList({QStringLiteral("pasted-*.png")}, QDir::Files))
        if (picture.lastModified() < limit && !sessions.contains(picture.fileName().toUtf8()))
            QFile::remove(picture.filePath());
}

} // namespace

SessionKeeper::SessionKeeper(const Parts &parts, const QString &folder, QObject *parent)
    : QObject(parent), m_parts(parts), m_folder(folder)
{
    parts.sessions->setKeepFolder(folder);
    const SessionController *sessions = parts.sessions;
    const auto capture = [sessions] {
        return sessions->isWorthKeeping() && !sessions->isRestoring() ? sessions->capture().toJson() : QByteArray();
    };
    m_autosave = new Autosave(folder, capture, this);
    removeForgotten(folder, parts.queueFile);
    connect(sessions, &SessionController::changed, m_autosave, &Autosave::noteChange);
    connect(m_autosave, &Autosave::failed, parts.messages,
            [this](const QString &message) { m_parts.messages->postWarning(message); });
}

void SessionKeeper::begin(bool openLast)
{
    if (const QString crashed = m_autosave->leftBehind(); !crashed.isEmpty())
        offer(crashed);
    else if (const QString last = m_autosave->lastSession(); openLast && !last.isEmpty())
        m_parts.sessions->open(last);
}

void SessionKeeper::offer(const QString &crashed)
{
    const QString when = QLocale().toString(QFileInfo(crashed).lastModified(), QLocale::ShortFormat);
    m_offer =
        m_parts.messages->post({ui::MessageBar::Severity::Warning,
                                tr("Bitlens did not end by itself the last time. Its session of %1 is kept.").arg(when),
                                tr("Bring it back"), 0});
    connect(m_parts.messages, &ui::MessageBar::actionTriggered, this, [this, crashed](int message) {
        if (message != m_offer)
            return;
        m_offer = 0;
        m_parts.sessions->open(crashed);
    });
    // It stays until what it held is in this window's own file, or somebody closed the message.
    connect(m_parts.sessions, &SessionController::opened, this, [this, crashed](const QString &path) {
        if (path == crashed)
            connect(m_autosave, &Autosave::saved, this, [this, crashed] { m_autosave->forget(crashed); });
    });
    connect(m_parts.messages, &ui::MessageBar::dismissed, this, [this, crashed](int message) {
        if (m_offer != 0 && message == m_offer)
            m_autosave->forget(crashed);
    });
}

bool SessionKeeper::owns(const QString &path) const { return QFileInfo(path).absoluteDir() == QDir(m_folder); }

void SessionKeeper::close()
{
    m_offer = 0;
    m_autosave->close();
}

} // namespace bitlens::app
