// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/calibration.h"

#include <string>

namespace bitlens::compare {

/// A calibration as JSON with "schema": 1; numbers read back to the same bits.
std::string calibrationToJson(const quant::Calibration &calibration);

/// Inverse of calibrationToJson, checked against a generator. Throws base::Error{BrokenFile} naming `file`.
quant::Calibration calibrationFromJson(const std::string &text, const model::Generator &generator,
                                       const std::string &file);

} // namespace bitlens::compare
