// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/viewchoices.h"

#include "ui/views/compareview.h"

#include <QMetaEnum>

#include <optional>

namespace bitlens::app {

using ui::CompareView;

namespace {

template <typename Enum>
QString nameOf(Enum value)
{
    return QString::fromLatin1(QMetaEnum::fromType<Enum>().valueToKey(static_cast<int>(value)));
}

template <typename Enum>
std::optional<Enum> valueOf(const QString &name)
{
    bool known = false;
    const int value = QMetaEnum::fromType<Enum>().keyToValue(name.toLatin1().constData(), &known);
    return known ? std::optional(static_cast<Enum>(value)) : std::nullopt;
}

} // namespace

ViewChoices viewChoicesOf(const CompareView &view)
{
    ViewChoices choices;
    choices.mode = nameOf(view.mode());
    choices.sidesAboveEachOther = view.splitOrientation() == Qt::Vertical;
    choices.divider = view.dividerPosition();
    for (const CompareView::Pane pane : view.sidePanes())
        choices.panes << nameOf(pane);
    choices.gain = view.differenceGain();
    choices.falseColour = view.isFalseColour();
    return choices;
}

void applyViewChoices(const ViewChoices &choices, CompareView *view)
{
    if (const auto mode = valueOf<CompareView::Mode>(choices.mode))
        view->setMode(*mode);
    view->setSplitOrientation(choices.sidesAboveEachOther ? Qt::Vertical : Qt::Horizontal);
    view->setDividerPosition(choices.divider);
    QList<CompareView::Pane> panes;
    for (const QString &name : choices.panes)
        if (const auto pane = valueOf<CompareView::Pane>(name))
            panes << *pane;
    view->setSidePanes(panes);
    if (choices.gain > 0)
        view->setDifferenceGain(choices.gain);
    view->setFalseColour(choices.falseColour);
}

} // namespace bitlens::app
