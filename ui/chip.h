// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QColor>
#include <QLabel>

namespace bitlens::ui {

/// A short name on a rounded patch of an identity colour, in whichever of black and white reads better on it.
class Chip : public QLabel {
    Q_OBJECT
public:
    Chip(const QString &text, const QColor &color, QWidget *parent = nullptr);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QColor m_color;
};

} // namespace bitlens::ui
