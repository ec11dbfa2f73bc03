// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QObject>
#include <QString>

#include <functional>

namespace bitlens::ui {
class MessageBar;
}

namespace bitlens::app {

class Session;

/// Bit plans that come from files and the clipboard and go there: JSON, or rules such as "*=8/8,up2=8/12". A plan
/// belongs to a model, and waits for the one that is being opened. GUI thread.
class PlanFiles : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        ui::MessageBar *messages = nullptr;
        std::function<bool()> isModelComing; ///< one is being opened, or about to be
    };
    explicit PlanFiles(Parts parts, QObject *parent = nullptr);

public slots:
    void open(const QString &path);
    /// No model is being opened any more: the plan that waits is for the one that is there.
    void openWaiting();
    /// The model that it waits for does not come.
    void dropWaiting();
    /// The session's plan as JSON on the clipboard, and back from there.
    void copy();
    void paste();

signals:
    /// The plan in this file is the session's now.
    void opened(const QString &path);

private:
    /// False when there is nothing to be applied to, or it is wrong: a message says so.
    bool apply(const QString &text, const QString &source);

    Parts m_parts;
    QString m_waiting; ///< a file for the model that is being opened
};

} // namespace bitlens::app
