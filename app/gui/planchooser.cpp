// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/planchooser.h"

#include "ui/icons.h"

#include <QSignalBlocker>

namespace bitlens::app {

namespace {

constexpr int kKindRole = Qt::UserRole;
constexpr int kKeyRole = Qt::UserRole + 1;
constexpr int kWidestInCharacters = 12;
constexpr qsizetype kLongestText = 40;

QIcon iconOf(PlanChooser::Kind kind)
{
    switch (kind) {
    case PlanChooser::Kind::Preset:
        return ui::icon(ui::Icon::Plan);
    case PlanChooser::Kind::Tried:
        return ui::icon(ui::Icon::Reset);
    case PlanChooser::Kind::File:
    case PlanChooser::Kind::Open:
        return ui::icon(ui::Icon::Open);
    }
    return {};
}

} // namespace

PlanChooser::PlanChooser(QWidget *parent) : QComboBox(parent)
{
    setObjectName(QStringLiteral("planChooser"));
    setAccessibleName(tr("Plan"));
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(kWidestInCharacters);
    setMaxVisibleItems(30);
    connect(this, &QComboBox::activated, this, &PlanChooser::choose);
    fill();
}

void PlanChooser::setEntries(const QList<Entry> &entries)
{
    m_entries = entries;
    fill();
}

void PlanChooser::setCurrent(Kind kind, const QString &key)
{
    m_kind = kind;
    m_key = key;
    showCurrent();
}

void PlanChooser::setCustom(const QString &rules)
{
    m_rules = rules;
    setCurrent(Kind::Open, {});
}

void PlanChooser::fill()
{
    const QSignalBlocker blocker(this);
    clear();
    for (qsizetype i = 0; i < m_entries.size(); ++i) {
        const Entry &entry = m_entries.at(i);
        if (i > 0 && m_entries.at(i - 1).kind != entry.kind)
            insertSeparator(count());
        const bool isLong = entry.text.size() > kLongestText;
        addItem(iconOf(entry.kind), isLong ? entry.text.left(kLongestText - 1) + QStringLiteral("…") : entry.text);
        const int index = count() - 1;
        setItemData(index, static_cast<int>(entry.kind), kKindRole);
        setItemData(index, entry.key, kKeyRole);
        setItemData(index, entry.details, Qt::ToolTipRole);
    }
    setEnabled(!m_entries.isEmpty());
    setPlaceholderText(m_entries.isEmpty() ? tr("No plan") : tr("custom"));
    showCurrent();
}

void PlanChooser::showCurrent()
{
    int current = -1;
    for (int index = 0; index < count() && m_kind != Kind::Open; ++index)
        if (itemData(index, kKeyRole).isValid() && itemData(index, kKindRole).toInt() == static_cast<int>(m_kind)
            && itemData(index, kKeyRole).toString() == m_key)
            current = index;
    const QSignalBlocker blocker(this);
    setCurrentIndex(current);
    const QString what = current < 0 ? m_rules : itemData(current, Qt::ToolTipRole).toString();
    setToolTip(what.isEmpty() ? tr("The bits of each layer") : tr("The bits of each layer: %1").arg(what));
    setAccessibleDescription(current < 0 && isEnabled() ? tr("custom: %1").arg(m_rules) : what);
}

void PlanChooser::choose(int index)
{
    const auto kind = static_cast<Kind>(itemData(index, kKindRole).toInt());
    const QString key = itemData(index, kKeyRole).toString();
    showCurrent(); // until it is true
    emit chosen(kind, key);
}

} // namespace bitlens::app
