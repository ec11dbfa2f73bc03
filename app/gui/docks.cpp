// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/docks.h"

#include <QAction>
#include <QCoreApplication>
#include <QDockWidget>
#include <QMainWindow>
#include <QTabBar>

namespace bitlens::app {

QDockWidget *addDock(QMainWindow *window, const QString &title, QWidget *content, Qt::DockWidgetArea area,
                     const QString &objectName)
{
    auto *dock = new QDockWidget(title, window);
    dock->setObjectName(objectName);
    dock->setWidget(content);
    dock->setFeatures(QDockWidget::DockWidgetClosable | QDockWidget::DockWidgetMovable);
    window->addDockWidget(area, dock);
    // The window makes bars of tabs by itself when docks lie behind each other.
    QObject::connect(
        dock, &QDockWidget::visibilityChanged, window,
        [window] {
            for (QTabBar *tabs : window->findChildren<QTabBar *>(Qt::FindDirectChildrenOnly))
                tabs->setAccessibleName(QCoreApplication::translate("bitlens::app::Docks", "Panels"));
        },
        Qt::QueuedConnection);
    return dock;
}

void focusFirstControl(QWidget *panel)
{
    const auto takesKeys = [](const QWidget *widget) {
        return (widget->focusPolicy() & Qt::TabFocus) == Qt::TabFocus && widget->isEnabled() && widget->isVisible();
    };
    QWidget *control = panel;
    while (control && !(takesKeys(control) && (control == panel || panel->isAncestorOf(control)))) {
        control = control->nextInFocusChain();
        if (control == panel)
            return;
    }
    if (control)
        control->setFocus(Qt::ShortcutFocusReason);
}

void connectDock(QDockWidget *dock, QAction *action, QWidget *home)
{
    dock->hide();
    QObject::connect(action, &QAction::triggered, dock, [dock, action, home](bool on) {
        const bool hadFocus = dock->isAncestorOf(dock->window()->focusWidget());
        // One that lies behind another tab is asked for, not closed.
        const bool behind = !on && dock->isVisible() && dock->visibleRegion().isEmpty();
        dock->setVisible(on || behind);
        if (behind)
            action->setChecked(true);
        if (on || behind) {
            dock->raise();
            focusFirstControl(dock->widget());
        } else if (hadFocus) {
            home->setFocus(Qt::ShortcutFocusReason);
        }
    });
    QObject::connect(dock, &QDockWidget::visibilityChanged, action,
                     [action, dock] { action->setChecked(!dock->isHidden()); });
}

} // namespace bitlens::app
