// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/explainlabel.h"

#include <QEnterEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QStyleOptionFocusRect>
#include <QWhatsThis>

namespace bitlens::ui {

ExplainLabel::ExplainLabel(const QString &text, QWidget *parent) : QLabel(text, parent)
{
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::WhatsThisCursor);
}

void ExplainLabel::setExplanation(const QString &explanation)
{
    setWhatsThis(explanation);
    setAccessibleDescription(explanation);
    // Selecting text and explaining would both want the mouse.
    setTextInteractionFlags(explanation.isEmpty() ? Qt::TextSelectableByMouse : Qt::NoTextInteraction);
    setFocusPolicy(explanation.isEmpty() ? Qt::NoFocus : Qt::TabFocus);
    if (explanation.isEmpty())
        unsetCursor();
    else
        setCursor(Qt::WhatsThisCursor);
}

void ExplainLabel::explain()
{
    if (!whatsThis().isEmpty())
        QWhatsThis::showText(mapToGlobal(rect().bottomLeft()), whatsThis(), this);
}

void ExplainLabel::mouseReleaseEvent(QMouseEvent *event)
{
    if (whatsThis().isEmpty())
        QLabel::mouseReleaseEvent(event);
    else if (event->button() == Qt::LeftButton && rect().contains(event->position().toPoint()))
        explain();
}

void ExplainLabel::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space)
        explain();
    else
        QLabel::keyPressEvent(event);
}

void ExplainLabel::enterEvent(QEnterEvent *event)
{
    QLabel::enterEvent(event);
    update();
}

void ExplainLabel::leaveEvent(QEvent *event)
{
    QLabel::leaveEvent(event);
    update();
}

void ExplainLabel::paintEvent(QPaintEvent *event)
{
    QLabel::paintEvent(event);
    if (whatsThis().isEmpty() || (!hasFocus() && !underMouse()))
        return;
    // A dotted line under the words, as under an abbreviation.
    QPainter painter(this);
    QPen pen(palette().color(QPalette::WindowText), 1.0, hasFocus() ? Qt::SolidLine : Qt::DotLine);
    painter.setPen(pen);
    const int below = height() - 1;
    const int width = fontMetrics().horizontalAdvance(text());
    const int left = alignment().testFlag(Qt::AlignRight) ? contentsRect().right() - width : contentsRect().left();
    painter.drawLine(left, below, left + width, below);
}

} // namespace bitlens::ui
