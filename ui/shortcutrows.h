// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/shortcuts.h"

#include <QList>

namespace bitlens::ui {

/// The parts of actionTable() that fill one menu each.
QList<ActionInfo> analyseRows();
QList<ActionInfo> exportRows();

/// The keys that widgets handle themselves.
QList<ActionInfo> keyRows();

} // namespace bitlens::ui
