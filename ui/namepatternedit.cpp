// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/namepatternedit.h"

#include "ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>

namespace bitlens::ui {

NamePatternEdit::NamePatternEdit(QWidget *parent)
    : QWidget(parent), m_edit(new QLineEdit(this)), m_note(new QLabel(this))
{
    m_edit->setObjectName(QStringLiteral("namePattern"));
    m_edit->setAccessibleName(tr("Names of the results"));
    m_edit->setToolTip(tr("{name}: of the picture, {scale}: the factor, {model}, {plan}: what it is made with"));
    m_edit->setMinimumWidth(24 * kGrid);
    m_note->setObjectName(QStringLiteral("namePatternNote"));
    m_note->setMinimumWidth(1); // gives way, not the rest of the row
    m_note->setTextFormat(Qt::PlainText);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kGrid);
    row->addWidget(m_edit);
    row->addWidget(m_note, 1);
    setFocusProxy(m_edit);
    connect(m_edit, &QLineEdit::textEdited, this, &NamePatternEdit::patternChanged);
}

QString NamePatternEdit::pattern() const { return m_edit->text(); }

void NamePatternEdit::setPattern(const QString &pattern)
{
    if (pattern == m_edit->text())
        return; // the cursor stays
    const QSignalBlocker blocker(m_edit);
    m_edit->setText(pattern);
}

void NamePatternEdit::setUsual(const QString &pattern) { m_edit->setPlaceholderText(pattern); }

void NamePatternEdit::setExample(const QString &name) { show(tr("for example %1").arg(name), false); }

void NamePatternEdit::setProblem(const QString &reason) { show(reason, true); }

void NamePatternEdit::show(const QString &text, bool isProblem)
{
    m_isProblem = isProblem;
    m_note->setText(text);
    m_note->setToolTip(text);
    QPalette colours = palette();
    colours.setColor(QPalette::WindowText, tone(isProblem ? Tone::Warning : Tone::Secondary, palette()));
    m_note->setPalette(colours);
    m_edit->setAccessibleDescription(text);
}

void NamePatternEdit::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        show(m_note->text(), m_isProblem);
}

} // namespace bitlens::ui
