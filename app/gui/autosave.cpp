// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/autosave.h"

#include "app/gui/sessionfile.h"
#include "app/gui/statefile.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLockFile>

#include <cstdio>
#include <utility>

namespace bitlens::app {

namespace {

constexpr int kMostPrograms = 64; ///< that share a folder; further ones do not save by themselves

QString nameOf(const QString &stem) { return stem + QLatin1Char('.') + QLatin1String(kSessionSuffix); }

/// Null while a running program holds it.
std::unique_ptr<QLockFile> lockOf(const QString &autosave)
{
    auto lock = std::make_unique<QLockFile>(autosave + QStringLiteral(".lock"));
    lock->setStaleLockTime(0); // stale only when its program is gone
    return lock->tryLock(0) ? std::move(lock) : nullptr;
}

} // namespace

Autosave::Autosave(const QString &folder, std::function<QByteArray()> capture, QObject *parent)
    : QObject(parent), m_folder(folder), m_capture(std::move(capture))
{
    QDir().mkpath(folder);
    setAside();
    takeSlot();
    m_delay.setSingleShot(true);
    m_delay.setInterval(kDelayMilliseconds);
    connect(&m_delay, &QTimer::timeout, this, &Autosave::saveNow);
}

Autosave::~Autosave() = default;

void Autosave::setAside() const
{
    const QDir folder(m_folder);
    for (const QString &name : folder.entryList({nameOf(QStringLiteral("autosave-*"))}, QDir::Files)) {
        const QString path = folder.filePath(name);
        const auto lock = lockOf(path);
        if (!lock)
            continue;
        const QString stem =
            QStringLiteral("crashed-%1")
                .arg(QFileInfo(path).lastModified().toUTC().toString(QStringLiteral("yyyyMMdd-HHmmsszzz")));
        QString aside = folder.filePath(nameOf(stem));
        for (int number = 2; QFileInfo::exists(aside); ++number)
            aside = folder.filePath(nameOf(stem + QStringLiteral("-%1").arg(number)));
        QFile::rename(path, aside);
    }
}

void Autosave::takeSlot()
{
    for (int slot = 1; slot <= kMostPrograms && !m_lock; ++slot) {
        const QString path = QDir(m_folder).filePath(nameOf(QStringLiteral("autosave-%1").arg(slot)));
        m_lock = lockOf(path);
        if (!m_lock)
            continue;
        m_file = std::make_unique<StateFile>(path);
        connect(m_file.get(), &StateFile::written, this, &Autosave::saved);
        connect(m_file.get(), &StateFile::failed, this, &Autosave::failed);
    }
}

QString Autosave::path() const { return m_file ? m_file->path() : QString(); }

QString Autosave::leftBehind() const
{
    const QDir folder(m_folder);
    const QStringList names = folder.entryList({nameOf(QStringLiteral("crashed-*"))}, QDir::Files, QDir::Name);
    return names.isEmpty() ? QString() : folder.filePath(names.last());
}

QString Autosave::lastSession() const
{
    const QString path = QDir(m_folder).filePath(nameOf(QStringLiteral("last")));
    return QFileInfo::exists(path) ? path : QString();
}

void Autosave::noteChange()
{
    // Not started anew by each change: a slider that never rests would put it off for ever.
    if (!m_delay.isActive())
        m_delay.start();
}

void Autosave::saveNow()
{
    if (!m_file)
        return;
    const QByteArray content = m_capture();
    if (content.isEmpty() || content == m_written)
        return;
    m_written = content;
    m_file->write(content);
}

void Autosave::forget(const QString &leftBehind)
{
    if (!leftBehind.isEmpty() && QFileInfo(leftBehind).absoluteDir() == QDir(m_folder))
        QFile::remove(leftBehind);
}

void Autosave::close()
{
    m_delay.stop();
    if (!m_file)
        return;
    saveNow();
    m_file->flush();
    const QString last = QDir(m_folder).filePath(nameOf(QStringLiteral("last")));
    // Renamed over the older one: at no moment is there none.
    if (!m_written.isEmpty() && std::rename(QFile::encodeName(m_file->path()), QFile::encodeName(last)) != 0)
        emit failed(tr("%1: the session could not be kept").arg(last));
    m_file.reset();
    m_lock.reset();
}

} // namespace bitlens::app
