// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/calibration.h"

#include <QJsonObject>

namespace bitlens::app {

/// Ranges that the user chose, as files of this program keep them: {"map": [low, high]}.
QJsonObject rangesJson(const quant::RangeChoices &ranges);
/// Inverse; entries that are no ranges are left out.
quant::RangeChoices rangesFrom(const QJsonObject &json);

} // namespace bitlens::app
