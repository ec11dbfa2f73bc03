// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/actions.h"

#include <QAction>
#include <QActionGroup>
#include <QMenu>
#include <QMenuBar>
#include <QWidget>

#include <initializer_list>

namespace bitlens::ui {

Actions::Actions(QWidget *window) : QObject(window)
{
    for (const ActionInfo &info : actionTable()) {
        if (info.id == ActionId::None)
            continue;
        auto *action = new QAction(icon(info.icon), info.text, this);
        action->setShortcuts(info.shortcuts);
        action->setCheckable(info.checkable);
        const QString keys = shortcutText(info);
        action->setToolTip(keys.isEmpty() ? info.help : QStringLiteral("%1 (%2)").arg(info.help, keys));
        action->setStatusTip(info.help);
        action->setWhatsThis(info.help);
        window->addAction(action);
        m_actions.insert(info.id, action);
    }
    // Of these, one at a time.
    using Ids = std::initializer_list<ActionId>;
    for (const Ids &ids :
         {Ids{ActionId::ViewSplit, ActionId::ViewSideBySide, ActionId::ViewDifference, ActionId::ViewFlip},
          Ids{ActionId::ThemeSystem, ActionId::ThemeLight, ActionId::ThemeDark}}) {
        auto *group = new QActionGroup(this);
        for (const ActionId id : ids)
            group->addAction(action(id));
        action(*ids.begin())->setChecked(true);
    }
}

QAction *Actions::action(ActionId id) const { return m_actions.value(id); }

void Actions::fillMenuBar(QMenuBar *menuBar) const
{
    for (const ActionGroup group : {ActionGroup::File, ActionGroup::Edit, ActionGroup::View, ActionGroup::Model,
                                    ActionGroup::Analyse, ActionGroup::Export, ActionGroup::Help})
        fillMenu(menuBar->addMenu(QLatin1Char('&') + actionGroupTitle(group)), group);
}

void Actions::fillMenu(QMenu *menu, ActionGroup group) const
{
    for (const ActionInfo &info : actionTable()) {
        if (info.group != group || info.id == ActionId::None)
            continue;
        if (info.startsSection)
            menu->addSeparator();
        menu->addAction(action(info.id));
    }
}

} // namespace bitlens::ui
