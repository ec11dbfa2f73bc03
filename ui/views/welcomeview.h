// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace bitlens::ui {

/// What stands in the place of the picture until there is one: says what to do, and offers it.
class WelcomeView : public QWidget {
    Q_OBJECT
public:
    explicit WelcomeView(QWidget *parent = nullptr);

    /// Something that can be dropped is over it.
    void setHighlighted(bool highlighted);

signals:
    void openRequested();
    void sampleRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void applyPalette();
    QRect frame() const;

    QLabel *m_symbol = nullptr;
    QLabel *m_title = nullptr;
    QLabel *m_text = nullptr;
    QPushButton *m_open = nullptr;
    QPushButton *m_sample = nullptr;
    bool m_highlighted = false;
};

} // namespace bitlens::ui
