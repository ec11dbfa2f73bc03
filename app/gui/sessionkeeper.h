// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QObject>
#include <QString>

namespace bitlens::ui {
class MessageBar;
}

namespace bitlens::app {

class Autosave;
class SessionController;

/// Saves the window's session by itself, begins with the last one, and offers the one that a crash has left, in a
/// message that blocks nothing. GUI thread.
class SessionKeeper : public QObject {
    Q_OBJECT

public:
    struct Parts {
        SessionController *sessions = nullptr;
        ui::MessageBar *messages = nullptr;
        QString queueFile; ///< the queue's, which may name tuned models
    };
    /// `folder`: where its files lie.
    SessionKeeper(const Parts &parts, const QString &folder, QObject *parent = nullptr);

    /// Offers what a crash has left; else, if wanted, opens the session of the last regular end.
    void begin(bool openLast);
    /// A file of its own, which is none that the user has opened.
    bool owns(const QString &path) const;
    /// The program ends by itself.
    void close();

private:
    void offer(const QString &crashed);

    Parts m_parts;
    QString m_folder;
    Autosave *m_autosave;
    int m_offer = 0; ///< number of the message
};

} // namespace bitlens::app
