// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/overlay.h"

#include "ui/theme.h"
#include "ui/views/falsecolour.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>

#include <algorithm>
#include <utility>

namespace bitlens::ui::overlay {

namespace {

constexpr QColor kShade{0x14, 0x14, 0x14, 0xD0};
constexpr QColor kOnShade{0xF2, 0xF2, 0xF2};
constexpr QChar kFigureSpace(0x2007);

constexpr int kAmounts = 256;
constexpr int kLegendBarHeight = kGrid;

QString signedSamples(const std::array<int, 3> &difference)
{
    QString text = QStringLiteral("Δ");
    for (const int value : difference) {
        const QString number = value > 0   ? QStringLiteral("+%1").arg(value)
                               : value < 0 ? QStringLiteral("−%1").arg(-value)
                                           : QStringLiteral("0");
        text += QLatin1Char(' ') + number.rightJustified(4, kFigureSpace);
    }
    return text;
}

QString samples(const QColor &color)
{
    if (!color.isValid())
        return QStringLiteral("–").rightJustified(11, kFigureSpace);
    QString text = QStringLiteral("%1 %2 %3")
                       .arg(color.red(), 3, 10, kFigureSpace)
                       .arg(color.green(), 3, 10, kFigureSpace)
                       .arg(color.blue(), 3, 10, kFigureSpace);
    if (color.alpha() != 255)
        text += QStringLiteral(" %1").arg(color.alpha(), 3, 10, kFigureSpace);
    return text;
}

} // namespace

QSize pillSize(const QString &text)
{
    const QFontMetrics metrics(strongFont(TextSize::Small));
    return {metrics.horizontalAdvance(text) + 2 * kGrid + kHalfGrid, metrics.height() + kGrid - 2};
}

void drawPill(QPainter &painter, const QPoint &topLeft, const QString &text, const QColor &color)
{
    const QRectF rect(topLeft, pillSize(text));
    painter.setPen(QPen(QColor(0, 0, 0, 60), 1));
    painter.setBrush(color);
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), rect.height() / 2.0, rect.height() / 2.0);
    painter.setFont(strongFont(TextSize::Small));
    painter.setPen(readableOn(color));
    painter.drawText(rect, Qt::AlignCenter, text);
}

void drawDivider(QPainter &painter, const Divider &divider, const QPalette &palette)
{
    // Drawn as if upright; a horizontal line is the same turned.
    painter.save();
    QRectF view(divider.view);
    if (divider.orientation == Qt::Vertical) {
        painter.translate(0, divider.position);
        painter.rotate(90);
        view = QRectF(-divider.view.height(), -divider.view.right() - 1, divider.view.height(), divider.view.width());
    } else {
        painter.translate(divider.position, 0);
    }
    const double top = view.top();
    const double bottom = view.top() + view.height();
    painter.fillRect(QRectF(-2, top, 4, bottom - top), QColor(0, 0, 0, 90));
    painter.fillRect(QRectF(-1, top, 2, bottom - top), QColor(255, 255, 255));
    const QPointF middle(0, (top + bottom) / 2.0);
    const double radius = divider.hovered ? kHandleRadius + 1.0 : kHandleRadius;
    painter.setPen(QPen(QColor(0, 0, 0, 90), 1));
    painter.setBrush(QColor(255, 255, 255));
    painter.drawEllipse(middle, radius, radius);
    if (divider.focused) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette.color(QPalette::Highlight), 2));
        painter.drawEllipse(middle, radius - 2.0, radius - 2.0);
    }
    // Each arrow has the colour of the side that it points to.
    const auto arrow = [&](double direction, const QColor &color) {
        QPainterPath path;
        path.moveTo(middle + QPointF(direction * 3.5, -4.5));
        path.lineTo(middle + QPointF(direction * 8.0, 0.0));
        path.lineTo(middle + QPointF(direction * 3.5, 4.5));
        path.closeSubpath();
        painter.fillPath(path, color);
    };
    arrow(-1.0, kFp32Color);
    arrow(+1.0, kQuantizedColor);
    painter.restore();
}

void drawPixelValues(QPainter &painter, const QRect &view, const PixelValues &values)
{
    const QFont font = numberFont(TextSize::Small);
    const QFontMetrics metrics(font);
    const QString position = QStringLiteral("%1, %2").arg(values.position.x()).arg(values.position.y());
    const int positionWidth =
        metrics.horizontalAdvance(QStringLiteral("%1, %2").arg(values.canvas.width()).arg(values.canvas.height()));
    const QString delta = values.difference ? signedSamples(*values.difference) : QString();
    const int deltaWidth = delta.isEmpty() ? 0 : 2 * kGrid + metrics.horizontalAdvance(delta);
    const int swatch = metrics.ascent();
    const int side = swatch + kHalfGrid;
    const auto widthOf = [&](const QList<PixelValues::Entry> &entries) {
        int width = kGrid + positionWidth + deltaWidth + kGrid + kHalfGrid;
        for (const PixelValues::Entry &entry : entries)
            width += kGrid + kHalfGrid + side + metrics.horizontalAdvance(samples(entry.value));
        return width;
    };
    QList<PixelValues::Entry> entries = values.entries;
    if (widthOf(entries) > view.width())
        entries.removeIf([](const PixelValues::Entry &entry) { return !entry.main; });
    const int width = widthOf(entries);
    const int height = metrics.height() + kGrid;
    if (width > view.width())
        return;
    const QRect box(view.center().x() - width / 2, view.bottom() - height - kGrid, width, height);
    painter.setPen(Qt::NoPen);
    painter.setBrush(kShade);
    painter.drawRoundedRect(box, kHalfGrid, kHalfGrid);
    painter.setFont(font);
    int x = box.left() + kGrid;
    const auto text = [&](const QString &what, int room) {
        painter.setPen(kOnShade);
        painter.drawText(QRect(x, box.top(), room, height), Qt::AlignLeft | Qt::AlignVCenter, what);
        x += room;
    };
    text(position, positionWidth);
    for (const PixelValues::Entry &entry : std::as_const(entries)) {
        x += kGrid + kHalfGrid;
        const QRectF rect(x, box.center().y() - swatch / 2.0 + 0.5, swatch, swatch);
        painter.setPen(QPen(entry.identity, 2));
        painter.setBrush(entry.value.isValid() ? QBrush(entry.value.rgb()) : QBrush(Qt::NoBrush));
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 2, 2);
        x += side;
        text(samples(entry.value), metrics.horizontalAdvance(samples(entry.value)));
    }
    if (!delta.isEmpty()) {
        x += 2 * kGrid;
        text(delta, metrics.horizontalAdvance(delta));
    }
}

QRect legendBar(const QPoint &topLeft) { return {topLeft + QPoint(kGrid, kGrid), QSize(kAmounts, kLegendBarHeight)}; }

QString legendLabel(int tick, int ticks, int gain)
{
    const int level = tick * kAmounts / ticks / gain;
    if (tick < ticks)
        return QString::number(level);
    // Unmagnified, the scale ends where differences do.
    return gain > 1 ? QStringLiteral("≥ %1").arg(level) : QString::number(kAmounts - 1);
}

void drawLegend(QPainter &painter, const QPoint &topLeft, const Legend &legend)
{
    constexpr int kTicks = 4;
    constexpr int kTickLength = 3;
    const QRect bar = legendBar(topLeft);
    const QFont font = numberFont(TextSize::Small);
    const QFontMetrics metrics(font);
    const QString unit = QCoreApplication::translate("bitlens::ui::Overlay", "of 255");
    const auto label = [&](int tick) { return legendLabel(tick, kTicks, legend.gain); };
    const int unitWidth = metrics.horizontalAdvance(label(kTicks)) / 2 + kGrid + metrics.horizontalAdvance(unit);
    const QRect box(
        topLeft, QSize(bar.width() + 2 * kGrid + unitWidth, bar.height() + kTickLength + metrics.height() + 2 * kGrid));
    painter.setPen(Qt::NoPen);
    painter.setBrush(kShade);
    painter.drawRoundedRect(box, kHalfGrid, kHalfGrid);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (int amount = 0; amount < kAmounts; ++amount)
        painter.fillRect(bar.left() + amount, bar.top(), 1, bar.height(),
                         QColor(legend.falseColour ? falseColour(amount) : qRgb(amount, amount, amount)));
    painter.setPen(kOnShade);
    painter.setFont(font);
    for (int tick = 0; tick <= kTicks; ++tick) {
        const int x = bar.left() + std::min(tick * kAmounts / kTicks, kAmounts - 1);
        painter.drawLine(x, bar.bottom() + 1, x, bar.bottom() + kTickLength);
        const QString text = label(tick);
        const int width = metrics.horizontalAdvance(text);
        const int left = tick == 0 ? x : x - width / 2;
        painter.drawText(QRect(left, bar.bottom() + kTickLength + 1, width + 2, metrics.height()), Qt::AlignLeft, text);
    }
    painter.drawText(QRect(bar.right() + kGrid, bar.top() - kHalfGrid, unitWidth + kGrid, bar.height() + kGrid),
                     Qt::AlignLeft | Qt::AlignVCenter, unit);
    painter.restore();
}

void drawFrame(QPainter &painter, const QRectF &rect)
{
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(0, 0, 0, 160), 3));
    painter.drawRect(rect);
    painter.setPen(QPen(QColor(255, 255, 255), 1));
    painter.drawRect(rect);
}

void drawCursor(QPainter &painter, const QPointF &position)
{
    constexpr double kArm = 7.0;
    constexpr double kHole = 2.0;
    for (const QPen &pen : {QPen(QColor(0, 0, 0, 160), 3), QPen(QColor(255, 255, 255), 1)}) {
        painter.setPen(pen);
        for (const QPointF &way : {QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)})
            painter.drawLine(position + way * kHole, position + way * kArm);
    }
}

void drawDropHint(QPainter &painter, const QRect &view, const QString &text, const QPalette &palette)
{
    painter.fillRect(view, QColor(0, 0, 0, 110));
    QPen pen(QColor(255, 255, 255), 2);
    pen.setDashPattern({4.0, 3.0});
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(view).adjusted(12, 12, -12, -12), kGrid, kGrid);
    painter.setFont(strongFont(TextSize::Title));
    const QSize size = QFontMetrics(painter.font()).size(Qt::TextSingleLine, text) + QSize(4 * kGrid, 2 * kGrid);
    QRect box(QPoint(0, 0), size);
    box.moveCenter(view.center());
    painter.setPen(Qt::NoPen);
    painter.setBrush(palette.color(QPalette::Window));
    painter.drawRoundedRect(box, kGrid, kGrid);
    painter.setPen(palette.color(QPalette::WindowText));
    painter.drawText(box, Qt::AlignCenter, text);
}

} // namespace bitlens::ui::overlay
