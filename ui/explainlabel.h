// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QLabel>

namespace bitlens::ui {

/// A label that explains itself when it is clicked, or when Enter or Space is pressed on it: shows its "What's this"
/// text beside it. Without such a text it is a plain one.
class ExplainLabel : public QLabel {
    Q_OBJECT
public:
    explicit ExplainLabel(const QString &text, QWidget *parent = nullptr);

    /// What it says when asked; empty: nothing, and its text can be selected instead.
    void setExplanation(const QString &explanation);

protected:
    void mouseReleaseEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    void explain();
};

} // namespace bitlens::ui
