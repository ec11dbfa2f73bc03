// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/elidedlabel.h"

#include <QPainter>
#include <QTextLayout>

#include <algorithm>

namespace bitlens::ui {

ElidedLabel::ElidedLabel(QWidget *parent) : QLabel(parent) { setTextFormat(Qt::PlainText); }

QStringList ElidedLabel::linesIn(const QSize &size) const
{
    const QFontMetrics metrics = fontMetrics();
    const qsizetype room = wordWrap() ? std::max(1, size.height() / metrics.lineSpacing()) : 1;
    QTextLayout layout(text(), font());
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere); // rules have no spaces
    layout.setTextOption(option);
    layout.beginLayout();
    QStringList lines;
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(size.width());
        if (lines.size() + 1 == room) {
            lines << metrics.elidedText(text().mid(line.textStart()), Qt::ElideRight, size.width());
            break;
        }
        lines << text().mid(line.textStart(), line.textLength());
    }
    layout.endLayout();
    return lines;
}

void ElidedLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    const QRect room = contentsRect().adjusted(margin(), margin(), -margin(), -margin());
    const QStringList lines = linesIn(room.size());
    const int height = static_cast<int>(lines.size()) * fontMetrics().lineSpacing();
    int top = alignment().testFlag(Qt::AlignVCenter) ? room.top() + (room.height() - height) / 2 : room.top();
    for (const QString &line : lines) {
        painter.drawText(QRect(room.left(), top, room.width(), fontMetrics().lineSpacing()),
                         Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, line);
        top += fontMetrics().lineSpacing();
    }
}

} // namespace bitlens::ui
