// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/model/generator.h"

#include <cstddef>
#include <span>
#include <vector>

namespace bitlens::compare {

/// Input pixels that a calibration may run the FP32 generator on: what a few seconds allow, at least 128x128.
std::size_t calibrationPixels(const model::Generator &generator);

/// Pictures (3,H,W) to take activation ranges from, chosen from `pictures` without running anything: all of them as
/// they are where they have at most `pixels` pixels together; otherwise crops spread over each one, those with the most
/// contrast first, and the pictures shrunk, so that both detail and composition are seen. Where a picture has an alpha
/// channel that varies, it is calibrated on too, because it runs through the same network. Deterministic.
std::vector<image::Planes> calibrationPictures(std::span<const image::Image> pictures, std::size_t pixels);

} // namespace bitlens::compare
