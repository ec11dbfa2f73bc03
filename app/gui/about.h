// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QList>
#include <QString>

namespace bitlens::app {

/// A library that the program stands on, or data that it carries.
struct Component {
    QString name;
    QString version; ///< empty where it has none
    QString licence;
};

/// In the order in which they are shown.
QList<Component> components();

/// What "About" says, as rich text: the program and its licence; then the components as a table.
QString aboutProgram();
QString aboutComponents();

} // namespace bitlens::app
