// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/modelchooser.h"

#include "ui/icons.h"

#include <QSignalBlocker>

#include <algorithm>

namespace bitlens::app {

namespace {
constexpr int kKindRole = Qt::UserRole;
constexpr int kArgumentRole = Qt::UserRole + 1;
constexpr int kWidestInCharacters = 20;
enum Kind { Installed, Downloadable, OpenFile };
} // namespace

ModelChooser::ModelChooser(QWidget *parent) : QComboBox(parent)
{
    setObjectName(QStringLiteral("modelChooser"));
    setAccessibleName(tr("Model"));
    setToolTip(tr("The generator that enlarges the picture"));
    setPlaceholderText(tr("No model"));
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(kWidestInCharacters);
    connect(this, &QComboBox::activated, this, &ModelChooser::choose);
    fill();
}

void ModelChooser::setEntries(const QList<ModelEntry> &entries)
{
    m_entries = entries;
    fill();
}

void ModelChooser::setCurrentModel(const QString &name, const QString &argument)
{
    m_name = name;
    m_argument = argument;
    fill();
}

void ModelChooser::fill()
{
    const QSignalBlocker blocker(this);
    clear();
    const auto add = [this](const QString &text, Kind kind, const QString &argument, const QString &toolTip) {
        addItem(text);
        setItemData(count() - 1, kind, kKindRole);
        setItemData(count() - 1, argument, kArgumentRole);
        setItemData(count() - 1, toolTip, Qt::ToolTipRole);
    };
    const bool fromCatalogue = std::any_of(m_entries.cbegin(), m_entries.cend(),
                                           [this](const ModelEntry &entry) { return entry.name == m_argument; });
    if (!m_argument.isEmpty() && !fromCatalogue)
        add(m_name, Installed, m_argument, m_argument);
    for (const ModelEntry &entry : std::as_const(m_entries)) {
        const QString about = tr("%1\nLicence: %2").arg(entry.description, entry.licence);
        if (entry.installed)
            add(entry.name, Installed, entry.name, about);
    }
    bool separated = false;
    for (const ModelEntry &entry : std::as_const(m_entries)) {
        if (entry.installed)
            continue;
        if (!std::exchange(separated, true) && count() > 0)
            insertSeparator(count());
        add(tr("Download %1").arg(entry.name), Downloadable, entry.name,
            tr("%1\nLicence: %2").arg(entry.description, entry.licence));
    }
    if (count() > 0)
        insertSeparator(count());
    add(tr("Open model file…"), OpenFile, {}, tr("SRGAN, ESRGAN, Real-ESRGAN or SRVGGNetCompact weights"));
    showCurrent();
}

void ModelChooser::showCurrent()
{
    int current = -1;
    for (int index = 0; index < count() && !m_argument.isEmpty(); ++index)
        if (itemData(index, kKindRole) == Installed && itemData(index, kArgumentRole).toString() == m_argument)
            current = index;
    const QSignalBlocker blocker(this);
    setCurrentIndex(current);
}

void ModelChooser::choose(int index)
{
    const int kind = itemData(index, kKindRole).toInt();
    const QString argument = itemData(index, kArgumentRole).toString();
    showCurrent(); // until it is true
    switch (kind) {
    case Installed:
        if (argument != m_argument)
            emit modelChosen(argument);
        break;
    case Downloadable:
        emit downloadRequested(argument);
        break;
    case OpenFile:
        emit fileRequested();
        break;
    default:
        break;
    }
}

} // namespace bitlens::app
