// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/bitplanview.h"

#include "ui/bitplanmodel.h"
#include "ui/bitwidthdelegate.h"
#include "ui/layernamedelegate.h"
#include "ui/theme.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QSvgRenderer>
#include <QWheelEvent>

#include <algorithm>

namespace bitlens::ui {

namespace {

/// Digits typed within this time belong to one number.
constexpr int kTypingMs = 1200;
constexpr int kWheelStep = 120;
constexpr int kIndentation = kGrid + kHalfGrid;
constexpr int kNarrowestSlider = 8 * kGrid + kHalfGrid + 2; // leaves "block23" its room in a narrow panel
constexpr int kWidestSlider = 18 * kGrid;

QList<int> choicesOf(const QModelIndex &index) { return index.data(BitPlanModel::ChoicesRole).value<QList<int>>(); }

} // namespace

BitPlanView::BitPlanView(QWidget *parent) : QTreeView(parent)
{
    setItemDelegateForColumn(BitPlanModel::NameColumn, new LayerNameDelegate(this));
    setItemDelegateForColumn(BitPlanModel::WeightColumn, new BitWidthDelegate(this));
    setItemDelegateForColumn(BitPlanModel::ActivationColumn, new BitWidthDelegate(this));
    setEditTriggers(NoEditTriggers);
    setSelectionMode(NoSelection);
    setUniformRowHeights(true);
    setMouseTracking(true);
    setFrameShape(NoFrame);
    setIndentation(kIndentation);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(ScrollPerPixel);
    setTabKeyNavigation(true);
    setTextElideMode(Qt::ElideRight);
    header()->setStretchLastSection(false);
    header()->setSectionsMovable(false);
    header()->setSectionResizeMode(QHeaderView::Fixed);
    header()->setMinimumSectionSize(2 * kGrid);
    header()->setHighlightSections(false);
    setAccessibleName(tr("Bit plan"));
}

bool BitPlanView::event(QEvent *event)
{
    // While a slider is dragged Escape gives the drag up; to the window it would be the key that cancels.
    if (event->type() == QEvent::ShortcutOverride && isDragging()
        && static_cast<QKeyEvent *>(event)->key() == Qt::Key_Escape) {
        event->accept();
        return true;
    }
    return QTreeView::event(event);
}

bool BitPlanView::isSlider(const QModelIndex &index) const
{
    return index.isValid() && index.column() != BitPlanModel::NameColumn;
}

void BitPlanView::dragTo(int x)
{
    const QModelIndex index = m_dragged;
    model()->setData(index, BitWidthDelegate::bitsAt(visualRect(index), x, choicesOf(index)));
}

void BitPlanView::mousePressEvent(QMouseEvent *event)
{
    const QModelIndex index = indexAt(event->position().toPoint());
    if (event->button() != Qt::LeftButton || !isSlider(index)) {
        QTreeView::mousePressEvent(event);
        return;
    }
    setCurrentIndex(index);
    m_dragged = index;
    emit dragStarted();
    dragTo(event->position().toPoint().x());
}

void BitPlanView::mouseMoveEvent(QMouseEvent *event)
{
    if (isDragging())
        dragTo(event->position().toPoint().x());
    else
        QTreeView::mouseMoveEvent(event);
}

void BitPlanView::mouseReleaseEvent(QMouseEvent *event)
{
    if (!isDragging()) {
        QTreeView::mouseReleaseEvent(event);
        return;
    }
    if (event->button() != Qt::LeftButton)
        return;
    m_dragged = QModelIndex();
    emit dragFinished(true);
}

void BitPlanView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (isSlider(indexAt(event->position().toPoint())))
        mousePressEvent(event); // two quick clicks on a slider are two clicks
    else
        QTreeView::mouseDoubleClickEvent(event);
}

void BitPlanView::wheelEvent(QWheelEvent *event)
{
    const QModelIndex index = indexAt(event->position().toPoint());
    if (!hasFocus() || !isSlider(index) || index != currentIndex() || event->angleDelta().y() == 0) {
        m_wheel = 0;
        QTreeView::wheelEvent(event);
        return;
    }
    m_wheel += event->angleDelta().y();
    const int stops = m_wheel / kWheelStep;
    m_wheel -= stops * kWheelStep;
    step(index, stops);
    event->accept();
}

void BitPlanView::step(const QModelIndex &index, int stops)
{
    if (stops == 0)
        return;
    const QList<int> choices = choicesOf(index);
    // A mixed parent starts from the end that the step leads away from.
    const int from = index.data(stops > 0 ? BitPlanModel::LowestBitsRole : BitPlanModel::HighestBitsRole).toInt();
    const qsizetype stop = std::clamp<qsizetype>(choices.indexOf(from) + stops, 0, choices.size() - 1);
    model()->setData(index, choices.at(stop));
}

bool BitPlanView::typeDigit(const QString &text)
{
    if (text.size() != 1 || !text.front().isDigit())
        return false;
    if (!m_typing.isValid() || m_typing.elapsed() > kTypingMs)
        m_typed.clear();
    m_typing.start();
    const QList<int> choices = choicesOf(currentIndex());
    for (const QString &number : {m_typed + text, text}) { // "1", "2" is 12; "8", "4" is 8, then 4
        const bool leads = std::any_of(choices.begin(), choices.end(),
                                       [&](int choice) { return QString::number(choice).startsWith(number); });
        if (!leads)
            continue;
        m_typed = number;
        model()->setData(currentIndex(), number.toInt());
        return true;
    }
    m_typed.clear();
    return true;
}

void BitPlanView::keyPressEvent(QKeyEvent *event)
{
    if (isDragging()) {
        if (event->key() == Qt::Key_Escape) {
            m_dragged = QModelIndex();
            emit dragFinished(false);
        }
        return;
    }
    const QModelIndex current = currentIndex();
    if (!isSlider(current) || (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier)) != 0) {
        QTreeView::keyPressEvent(event);
        return;
    }
    const QList<int> choices = choicesOf(current);
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Minus:
        step(current, -1);
        break;
    case Qt::Key_Right:
    case Qt::Key_Plus:
        step(current, +1);
        break;
    case Qt::Key_Home:
        model()->setData(current, choices.first());
        break;
    case Qt::Key_End:
        model()->setData(current, choices.last());
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space: {
        const QModelIndex node = current.siblingAtColumn(BitPlanModel::NameColumn);
        setExpanded(node, !isExpanded(node));
        break;
    }
    default:
        if (!typeDigit(event->text()))
            QTreeView::keyPressEvent(event);
        break;
    }
}

void BitPlanView::focusInEvent(QFocusEvent *event)
{
    QTreeView::focusInEvent(event);
    // The keyboard lands on a slider, not on a name that it cannot change.
    if (event->reason() != Qt::MouseFocusReason && model() && model()->rowCount() > 0
        && (!currentIndex().isValid() || currentIndex().column() == BitPlanModel::NameColumn)) {
        const QModelIndex row = currentIndex().isValid() ? currentIndex() : model()->index(0, 0);
        setCurrentIndex(row.siblingAtColumn(BitPlanModel::WeightColumn));
    }
}

bool BitPlanView::focusNextPrevChild(bool next)
{
    // Tab goes W, A, and then on to the next widget.
    const QModelIndex current = currentIndex();
    const int column = current.column() + (next ? 1 : -1);
    if (current.isValid() && column >= BitPlanModel::WeightColumn && column <= BitPlanModel::ActivationColumn) {
        setCurrentIndex(current.siblingAtColumn(column));
        return true;
    }
    return QWidget::focusNextPrevChild(next);
}

void BitPlanView::layoutColumns()
{
    const int width = viewport()->width();
    const int slider = std::clamp(width * 34 / 100, kNarrowestSlider, kWidestSlider);
    header()->resizeSection(BitPlanModel::WeightColumn, slider);
    header()->resizeSection(BitPlanModel::ActivationColumn, slider);
    header()->resizeSection(BitPlanModel::NameColumn, std::max(4 * kGrid, width - 2 * slider));
}

void BitPlanView::resizeEvent(QResizeEvent *event)
{
    QTreeView::resizeEvent(event);
    if (model())
        layoutColumns();
}

void BitPlanView::drawBranches(QPainter *painter, const QRect &rect, const QModelIndex &index) const
{
    if (!model()->hasChildren(index))
        return;
    const QString direction = isExpanded(index) ? QStringLiteral("down") : QStringLiteral("right");
    const QString mode = isDark(palette()) ? QStringLiteral("dark") : QStringLiteral("light");
    QSvgRenderer arrow(QStringLiteral(":/bitlens/icons/arrow-%1-%2.svg").arg(direction, mode));
    constexpr int kArrow = kGrid + kHalfGrid;
    const QPointF center(rect.right() - kIndentation / 2.0 + 1.0, rect.center().y() + 0.5);
    arrow.render(painter, QRectF(center.x() - kArrow / 2.0, center.y() - kArrow / 2.0, kArrow, kArrow));
}

} // namespace bitlens::ui
