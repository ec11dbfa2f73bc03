// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/shortcutrows.h"

namespace bitlens::ui {

QList<ActionInfo> exportRows() { return {}; }

} // namespace bitlens::ui
