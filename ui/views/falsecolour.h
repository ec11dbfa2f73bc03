// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QRgb>

namespace bitlens::ui {

/// A colour for an amount, 0 … 255: black, violet, vermillion, amber, nearly white. The lightness rises all the way, so
/// that the order can be read without seeing hues, too.
QRgb falseColour(int amount);

} // namespace bitlens::ui
