// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QList>
#include <QRect>

namespace bitlens::ui {

/// Cuts an area of that size into `count` panes of exactly equal size, `gap` apart: two or three of them in a row
/// (Qt::Horizontal) or a column, four as two by two. Pixels that are left over make gaps wider, so that no pane differs
/// from another.
QList<QRect> paneRects(const QSize &whole, int count, Qt::Orientation orientation, int gap);

} // namespace bitlens::ui
