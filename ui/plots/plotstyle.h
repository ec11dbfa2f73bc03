// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <qcustomplot.h>

class QPaintDevice;

namespace bitlens::ui {

/// Colours, fonts and lines of a plot after a palette; call it again when the palette changes. No replot.
void stylePlot(QCustomPlot *plot, const QPalette &palette);

/// Draws a plot on a picture or a page, in light colours whatever the window's are, so that it can be printed.
void paintPlot(QCustomPlot *plot, QPaintDevice *device, QSize size, bool vector);

} // namespace bitlens::ui
