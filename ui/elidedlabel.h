// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QLabel>

namespace bitlens::ui {

/// Plain text that ends with "…" where it does not fit: in one line, or, with word wrap, in as many as its height has.
/// text() stays the whole, and so does what is spoken.
class ElidedLabel : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget *parent = nullptr);

    /// The lines that are drawn in a rectangle of this size.
    QStringList linesIn(const QSize &size) const;

protected:
    void paintEvent(QPaintEvent *event) override;
};

} // namespace bitlens::ui
