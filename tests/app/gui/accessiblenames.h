// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QAbstractSpinBox>
#include <QAccessible>
#include <QComboBox>
#include <QLabel>
#include <QTabBar>
#include <QWidget>

namespace bitlens::test {

/// What takes the keyboard in a window, and whether it says what it is: by its text, or by an accessible name.
struct AccessibleNames {
    QStringList nameless;
    int named = 0;

    explicit AccessibleNames(const QWidget *window)
    {
        for (QWidget *widget : window->findChildren<QWidget *>()) {
            if ((widget->focusPolicy() & Qt::TabFocus) != Qt::TabFocus || widget->window() != window
                || widget->focusProxy() || (qobject_cast<QLabel *>(widget) && widget->isHidden()))
                continue;
            if (const auto *tabs = qobject_cast<QTabBar *>(widget); tabs && tabs->count() == 0)
                continue; // kept by the window for later
            // Parts of another control speak through it.
            if (qobject_cast<QComboBox *>(widget->parentWidget())
                || qobject_cast<QAbstractSpinBox *>(widget->parentWidget()) || widget->objectName().startsWith("qt_"))
                continue;
            QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(widget);
            if (spoken && !spoken->text(QAccessible::Name).trimmed().isEmpty())
                ++named;
            else
                nameless << QStringLiteral("%1 %2 in %3")
                                .arg(QLatin1String(widget->metaObject()->className()), widget->objectName(),
                                     widget->parentWidget() ? widget->parentWidget()->objectName() : QString());
        }
    }
};

} // namespace bitlens::test
