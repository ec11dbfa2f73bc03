// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QObject>
#include <QVariant>

class QDBusPendingCallWatcher;
class QDBusVariant;

namespace bitlens::ui {

/// What the desktop says about light and dark, by the settings portal (org.freedesktop.appearance, color-scheme).
/// Silent where there is no portal. Never waits for an answer.
class SystemAppearance : public QObject {
    Q_OBJECT
public:
    explicit SystemAppearance(QObject *parent = nullptr);

    /// The portal's number for "prefer dark" is 1; it may be wrapped in variants. Anything else is not dark.
    static bool meansDark(QVariant value);

signals:
    /// Sent for the first answer, and whenever the desktop changes.
    void darkReported(bool dark);

private slots:
    void readAnswer(QDBusPendingCallWatcher *watcher);
    void readChange(const QString &group, const QString &key, const QDBusVariant &value);
};

} // namespace bitlens::ui
