// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QObject>
#include <QStringList>

class QWidget;

namespace bitlens::app {

/// Asks what the queue is to enlarge and where the results go. None of the dialogs holds the window up.
class QueueDialogs : public QObject {
    Q_OBJECT

public:
    /// `window`: parent of the dialogs.
    explicit QueueDialogs(QWidget *window, QObject *parent = nullptr);

    void askForPictures();
    void askForFolder();
    /// `now`: where the results go at present; may be empty.
    void askForTarget(const QString &now);

signals:
    void chosen(const QStringList &paths); ///< pictures, or a folder of them
    void targetChosen(const QString &folder);

private:
    QWidget *m_window;
};

} // namespace bitlens::app
