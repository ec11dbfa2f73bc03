// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <string>

namespace bitlens::model {

/// What `bitlens inspect --json` prints: {"schema":1, "name", "architecture", "scale", "parameters", "storage",
/// "macs_per_input_pixel", "receptive_radius", "stages":[{"name",
/// "layers":[{"name","kernel","in","out","parameters"}]}]}, indented, without a final newline.
std::string inspectJson(const Generator &generator);

/// The same for people: a heading and a table of layers, lines ended by newlines.
std::string inspectText(const Generator &generator);

} // namespace bitlens::model
