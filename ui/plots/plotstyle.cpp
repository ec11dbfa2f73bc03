// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/plots/plotstyle.h"

#include "ui/plots/plotlibrary.h"

#include "ui/theme.h"

namespace bitlens::ui {

void stylePlot(QCustomPlot *plot, const QPalette &palette)
{
    const QColor text = palette.color(QPalette::WindowText);
    const QColor secondary = tone(Tone::Secondary, palette);
    const QColor line = tone(Tone::Separator, palette);
    plot->setBackground(palette.color(QPalette::Window));
    plot->axisRect()->setBackground(palette.color(QPalette::Base));
    for (QCPAxis *axis : {plot->xAxis, plot->yAxis, plot->xAxis2, plot->yAxis2}) {
        axis->setBasePen(QPen(line));
        axis->setTickPen(QPen(line));
        axis->setSubTickPen(QPen(line));
        axis->setTickLabelColor(secondary);
        axis->setLabelColor(text);
        axis->setTickLabelFont(textFont(TextSize::Small));
        axis->setLabelFont(textFont(TextSize::Small));
        axis->grid()->setPen(QPen(line, 0));
        axis->grid()->setZeroLinePen(QPen(line));
        axis->setTickLengthIn(0);
        axis->setTickLengthOut(kHalfGrid);
        axis->setSubTickLengthIn(0);
        axis->setSubTickLengthOut(2);
    }
    plot->legend->setBrush(Qt::NoBrush);
    plot->legend->setBorderPen(Qt::NoPen);
    plot->legend->setTextColor(text);
    plot->legend->setFont(textFont(TextSize::Small));
}

void paintPlot(QCustomPlot *plot, QPaintDevice *device, QSize size, bool vector)
{
    stylePlot(plot, lightPalette());
    {
        QCPPainter painter(device);
        painter.setMode(QCPPainter::pmVectorized, vector);
        painter.setMode(QCPPainter::pmNoCaching);
        painter.fillRect(QRect(QPoint(0, 0), size), lightPalette().color(QPalette::Window));
        plot->toPainter(&painter, size.width(), size.height());
    }
    stylePlot(plot, plot->palette());
    plot->replot(QCustomPlot::rpQueuedReplot);
}

QString plotLibraryVersion() { return QStringLiteral(QCUSTOMPLOT_VERSION_STR); }

} // namespace bitlens::ui
