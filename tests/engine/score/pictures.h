// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <string>

namespace bitlens::test {

/// An RGB picture from whole-number arithmetic only: triangle waves and noise whose strength changes from place to
/// place. The same on every machine, so that reference values can be computed elsewhere.
image::Image synthetic(int width, int height, unsigned seed);

/// One value everywhere.
image::Image flat(int width, int height, int channels, int value, image::SampleType type = image::SampleType::U8);

/// Path of a file below BITLENS_SHARED; empty when it is not there.
std::string sharedFile(const std::string &relative);

} // namespace bitlens::test
