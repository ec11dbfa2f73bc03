// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/figure/figurepreview.h"

#include "ui/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr QSize kUsual{720, 520};
constexpr QSize kSmallest{240, 180};
constexpr int kMargin = 2 * kGrid;
/// A shorter drag is a click, in pixels of the screen.
constexpr double kShortestDrag = 4.0;
constexpr double kDimmed = 0.55;

} // namespace

FigurePreview::FigurePreview(QWidget *parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Preview of the figure"));
    setError({});
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QSize FigurePreview::sizeHint() const { return kUsual; }

QSize FigurePreview::minimumSizeHint() const { return kSmallest; }

void FigurePreview::setDrawing(const FigureDrawing &drawing)
{
    m_drawing = drawing;
    setError({});
    if (m_selected >= static_cast<int>(drawing.regions.size()))
        m_selected = -1;
    update();
}

void FigurePreview::setSelected(int region)
{
    m_selected = region;
    update();
}

void FigurePreview::setUpdating(bool updating)
{
    setError({});
    m_updating = updating;
}

void FigurePreview::setError(const QString &reason)
{
    m_error = reason;
    setAccessibleDescription(
        reason.isEmpty() ? tr("Drag on the whole picture to enlarge a part; Delete takes the selected part away")
                         : reason);
    m_updating = !reason.isEmpty(); // an old drawing is not of these choices
    update();
}

double FigurePreview::scale() const
{
    const QSize figure = m_drawing.layout.size;
    if (figure.isEmpty())
        return 1.0;
    const double width = std::max(1, this->width() - 2 * kMargin);
    const double height = std::max(1, this->height() - 2 * kMargin);
    return std::min({width / figure.width(), height / figure.height(), 1.0 / devicePixelRatioF()});
}

QRectF FigurePreview::target() const
{
    const QSizeF size = QSizeF(m_drawing.layout.size) * scale();
    return {std::round((width() - size.width()) / 2.0), std::round((height() - size.height()) / 2.0), size.width(),
            size.height()};
}

QRectF FigurePreview::boxOf(const image::Rect &region) const
{
    if (m_drawing.layout.overview.isEmpty() || m_drawing.picture.isEmpty())
        return {};
    const QRectF box = m_drawing.layout.inOverview(region, m_drawing.picture);
    return {target().topLeft() + box.topLeft() * scale(), box.size() * scale()};
}

QPointF FigurePreview::toFigure(const QPointF &position) const { return (position - target().topLeft()) / scale(); }

image::Rect FigurePreview::dragged() const
{
    const QPoint from = m_drawing.layout.pictureAt(*m_dragFrom, m_drawing.picture);
    const QPoint to = m_drawing.layout.pictureAt(m_dragTo, m_drawing.picture);
    const int x = std::min(from.x(), to.x());
    const int y = std::min(from.y(), to.y());
    return {x, y, std::abs(from.x() - to.x()) + 1, std::abs(from.y() - to.y()) + 1};
}

void FigurePreview::paintError(QPainter *painter) const
{
    const QRect room = rect().adjusted(2 * kMargin, 2 * kMargin, -2 * kMargin, -2 * kMargin);
    const QRect text = painter->boundingRect(room, Qt::AlignCenter | Qt::TextWordWrap, m_error);
    painter->setPen(QPen(tone(Tone::Warning, palette()), 1.0));
    painter->setBrush(palette().color(QPalette::Base));
    painter->drawRect(QRectF(text.adjusted(-kMargin, -kMargin, kMargin, kMargin)).adjusted(0.5, 0.5, -0.5, -0.5));
    painter->setPen(palette().color(QPalette::Text));
    painter->drawText(room, Qt::AlignCenter | Qt::TextWordWrap, m_error);
}

void FigurePreview::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), tone(Tone::Surround, palette()));
    if (m_drawing.image.isNull() && !m_error.isEmpty()) {
        paintError(&painter);
        return;
    }
    if (m_drawing.image.isNull()) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(rect(), Qt::AlignCenter, tr("Drawing the figure…"));
        return;
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.setOpacity(m_updating ? kDimmed : 1.0);
    // Shrunk with all pixels taken into account: thin letters stay readable.
    const QRectF where = target();
    const QSize device = (where.size() * devicePixelRatioF()).toSize();
    painter.drawImage(where, device.width() < m_drawing.image.width()
                                 ? m_drawing.image.scaled(device, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
                                 : m_drawing.image);
    painter.setOpacity(1.0);
    painter.setBrush(Qt::NoBrush);
    if (m_selected >= 0 && m_selected < static_cast<int>(m_drawing.regions.size())) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 2.0));
        painter.drawRect(boxOf(m_drawing.regions[static_cast<std::size_t>(m_selected)]).adjusted(-3, -3, 3, 3));
    }
    if (m_dragFrom) {
        painter.setPen(QPen(Qt::black, 1.0));
        painter.drawRect(boxOf(dragged()));
        painter.setPen(QPen(Qt::white, 1.0, Qt::DashLine));
        painter.drawRect(boxOf(dragged()));
    }
    if (!m_error.isEmpty())
        paintError(&painter);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.0));
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void FigurePreview::mousePressEvent(QMouseEvent *event)
{
    const QPointF figure = toFigure(event->position());
    if (event->button() != Qt::LeftButton || !QRectF(m_drawing.layout.overview).contains(figure))
        return;
    m_dragFrom = figure;
    m_dragTo = figure;
}

void FigurePreview::mouseMoveEvent(QMouseEvent *event)
{
    const QPointF figure = toFigure(event->position());
    setCursor(QRectF(m_drawing.layout.overview).contains(figure) ? Qt::CrossCursor : Qt::ArrowCursor);
    if (!m_dragFrom)
        return;
    m_dragTo = figure;
    update();
}

void FigurePreview::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || !m_dragFrom)
        return;
    m_dragTo = toFigure(event->position());
    const image::Rect region = dragged();
    const QPointF way = (m_dragTo - *m_dragFrom) * scale();
    m_dragFrom.reset();
    update();
    if (std::hypot(way.x(), way.y()) >= kShortestDrag) {
        emit regionDrawn(region);
        return;
    }
    for (std::size_t i = 0; i < m_drawing.regions.size(); ++i)
        if (boxOf(m_drawing.regions[i]).contains(event->position())) {
            emit regionClicked(static_cast<int>(i));
            return;
        }
    emit regionClicked(-1);
}

void FigurePreview::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace)
        emit removeRequested();
    else if (event->key() == Qt::Key_Escape && m_dragFrom) {
        m_dragFrom.reset();
        update();
    } else
        QWidget::keyPressEvent(event);
}

} // namespace bitlens::ui
