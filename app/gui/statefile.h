// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>

#include <memory>

namespace bitlens::app {

class RequestQueue;

/// A small file that is written again whenever something changes: in a thread of its own, atomically, the newest
/// content wins. At no moment is there less on disk than an older content. GUI thread.
class StateFile : public QObject {
    Q_OBJECT

public:
    explicit StateFile(const QString &path, QObject *parent = nullptr);
    /// As flush().
    ~StateFile() override;

    QString path() const { return m_path; }
    /// Returns at once.
    void write(const QByteArray &content);
    /// What was given to write() is on disk, or has failed to get there, when this returns. Waits.
    void flush();
    /// Takes the file away; what was not written yet never will be.
    void discard();

signals:
    void written();
    void failed(const QString &message);

private:
    void stopWriting();

    QString m_path;
    QByteArray m_latest;
    bool m_unwritten = false;
    std::unique_ptr<RequestQueue> m_queue; ///< made at the first write
};

} // namespace bitlens::app
