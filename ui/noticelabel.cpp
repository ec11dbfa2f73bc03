// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/noticelabel.h"

#include "ui/theme.h"

#include <QEvent>

namespace bitlens::ui {

NoticeLabel::NoticeLabel(QWidget *parent) : QLabel(parent)
{
    setWordWrap(true);
    setTextFormat(Qt::PlainText);
    setAutoFillBackground(true);
    hide();
    applyPalette();
}

void NoticeLabel::setNotice(const QString &text)
{
    setText(text);
    setAccessibleName(text);
    setVisible(!text.isEmpty());
}

void NoticeLabel::applyPalette()
{
    const QPalette around = parentWidget() ? parentWidget()->palette() : palette();
    QPalette colors = around;
    colors.setColor(QPalette::Window, tone(Tone::WarningBack, around));
    if (colors != palette())
        setPalette(colors);
}

void NoticeLabel::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyPalette();
}

} // namespace bitlens::ui
