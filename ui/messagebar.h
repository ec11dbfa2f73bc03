// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QWidget>

#include <memory>

namespace bitlens::ui {

/// Messages that do not block: up to three at a time above the picture, further ones wait. Takes no room when empty.
class MessageBar : public QWidget {
    Q_OBJECT
public:
    enum class Severity { Info, Warning, Error };
    Q_ENUM(Severity)

    struct Message {
        Severity severity = Severity::Info;
        QString text;       ///< one sentence: what happened, to which file, and why
        QString actionText; ///< of an optional button, e.g. "Open without limit"; empty for none
        int timeoutMs = 0;  ///< closes by itself after this time; 0 stays until closed
    };

    explicit MessageBar(QWidget *parent = nullptr);
    ~MessageBar() override;

    /// Messages shown or waiting.
    int count() const;

public slots:
    /// Shows a message and returns its number. The same text again replaces the earlier one.
    int post(const bitlens::ui::MessageBar::Message &message);
    int postError(const QString &text);
    int postWarning(const QString &text);
    int postInfo(const QString &text); ///< closes by itself after 8 s
    void dismiss(int id);
    void dismissAll();

signals:
    /// The button of a message was pressed; the message closes.
    void actionTriggered(int id);
    /// A message was closed, by whatever means.
    void dismissed(int id);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
