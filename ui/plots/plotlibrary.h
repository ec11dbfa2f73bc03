// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QString>

namespace bitlens::ui {

/// Version of QCustomPlot that the program was built with, for who must not know its header.
QString plotLibraryVersion();

} // namespace bitlens::ui
