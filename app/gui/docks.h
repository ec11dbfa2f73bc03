// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QString>
#include <Qt>

class QAction;
class QDockWidget;
class QMainWindow;
class QWidget;

namespace bitlens::app {

/// Puts a panel into a dock of the window. The object name is what its place is remembered by.
QDockWidget *addDock(QMainWindow *window, const QString &title, QWidget *content, Qt::DockWidgetArea area,
                     const QString &objectName);

/// Gives the keyboard to the first control of a panel that can be seen and used.
void focusFirstControl(QWidget *panel);

/// The action shows the dock and hides it, and is checked while it is shown; the dock is hidden until then, because the
/// picture comes first. Shown, its panel gets the keyboard; hidden, `home` does.
void connectDock(QDockWidget *dock, QAction *action, QWidget *home);

} // namespace bitlens::app
