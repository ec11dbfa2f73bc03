// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"

#include <string>
#include <string_view>

namespace bitlens::quant {

/// True when a rule's pattern covers a layer: it matches the path, or a leading part of it that ends before a "/".
/// * stands for any text (also "/"), ? for one character.
bool ruleCovers(std::string_view pattern, std::string_view layerPath);

/// "8", or "fp32" for kFloatBits.
std::string bitsText(int bits);

/// "8/12", "fp32/fp32".
std::string bitsText(LayerBits bits);

/// The rule language of BitPlan::fromRules and toRules.
BitPlan parseRules(const std::string &rules, const model::Generator &generator);
std::string writeRules(const BitPlan &plan, const model::Generator &generator);

} // namespace bitlens::quant
