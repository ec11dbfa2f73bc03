// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>
#include <QTimer>

#include <functional>
#include <memory>

class QLockFile;

namespace bitlens::app {

class StateFile;

/// Keeps the session of one running window on disk, a few seconds behind at most: what is there when the program is
/// killed can be brought back. Several programs may share the folder; each has a file of its own, held by a lock.
///
/// Files: autosave-N.bitlens (of a running program), crashed-TIME.bitlens (left by one that did not end by itself),
/// last.bitlens (of the last one that did). GUI thread.
class Autosave : public QObject {
    Q_OBJECT

public:
    /// A change is on disk after this, at most, and the time that one small file takes.
    static constexpr int kDelayMilliseconds = 2000;

    /// `capture` gives the session as a file's content; empty: there is nothing to keep. Files of programs that are no
    /// longer running are set aside here.
    Autosave(const QString &folder, std::function<QByteArray()> capture, QObject *parent = nullptr);
    ~Autosave() override;

    /// The newest session that a crash has left; empty when there is none.
    QString leftBehind() const;
    /// The session of the last regular end; empty when there is none.
    QString lastSession() const;
    /// The file that this one writes.
    QString path() const;

public slots:
    /// Something that the session holds has changed.
    void noteChange();
    /// What has changed is on its way to the disk when this returns.
    void saveNow();
    /// Takes away what a crash has left: it was brought back, or is not wanted.
    void forget(const QString &leftBehind);
    /// The program ends by itself: the session becomes the last one. Nothing is written after this.
    void close();

signals:
    void saved();
    void failed(const QString &message);

private:
    void setAside() const;
    void takeSlot();

    QString m_folder;
    std::function<QByteArray()> m_capture;
    std::unique_ptr<QLockFile> m_lock;
    std::unique_ptr<StateFile> m_file; ///< null when the folder cannot be used, and after close()
    QByteArray m_written;
    QTimer m_delay;
};

} // namespace bitlens::app
