// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/shortcuts.h"

#include <QHash>
#include <QObject>

class QAction;
class QMenu;
class QMenuBar;
class QWidget;

namespace bitlens::ui {

/// The program's actions, made from the table of shortcuts: one QAction for each row that has an id, with text, icon,
/// shortcut, tooltip and help. The view modes exclude each other, and so do the colour schemes.
class Actions : public QObject {
    Q_OBJECT
public:
    /// The actions become `window`'s own, so that shortcuts work wherever the focus is in it.
    explicit Actions(QWidget *window);

    QAction *action(ActionId id) const;
    /// File, Edit, View, Model, Help.
    void fillMenuBar(QMenuBar *menuBar) const;
    void fillMenu(QMenu *menu, ActionGroup group) const;

private:
    QHash<ActionId, QAction *> m_actions;
};

} // namespace bitlens::ui
