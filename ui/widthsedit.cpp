// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/widthsedit.h"

#include "ui/theme.h"

#include <QRegularExpression>

namespace bitlens::ui {

namespace {

constexpr int kShownCharacters = 9; ///< "8, 6, 4" and some air

QString listed(const QList<int> &widths)
{
    QStringList texts;
    for (const int width : widths)
        texts << QString::number(width);
    return texts.join(QStringLiteral(", "));
}

} // namespace

WidthsEdit::WidthsEdit(const QList<int> &choices, QWidget *parent) : QLineEdit(parent), m_choices(choices)
{
    connect(this, &QLineEdit::textChanged, this, &WidthsEdit::showValidity);
}

bool WidthsEdit::read(QList<int> &widths) const
{
    static const QRegularExpression separators(QStringLiteral("[,;\\s]+"));
    for (const QString &item : text().split(separators, Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const int width = item.toInt(&isNumber);
        if (!isNumber || !m_choices.contains(width))
            return false;
        if (!widths.contains(width))
            widths << width;
    }
    return true;
}

QList<int> WidthsEdit::widths() const
{
    QList<int> widths;
    return read(widths) ? widths : QList<int>();
}

void WidthsEdit::setWidths(const QList<int> &widths) { setText(listed(widths)); }

bool WidthsEdit::isValid() const
{
    QList<int> widths;
    return read(widths);
}

QSize WidthsEdit::sizeHint() const
{
    const int text = fontMetrics().horizontalAdvance(QString(kShownCharacters, QLatin1Char('8')));
    return {text + 2 * kGrid, QLineEdit::sizeHint().height()};
}

void WidthsEdit::showValidity()
{
    QPalette marked;
    if (!isValid())
        marked.setColor(QPalette::Text, kQuantizedColor);
    setPalette(marked);
    setAccessibleDescription(isValid() ? QString() : tr("Not a list of these widths: %1").arg(listed(m_choices)));
}

} // namespace bitlens::ui
