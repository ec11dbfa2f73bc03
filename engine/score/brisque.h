// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/score/metric.h"

#include <string>

namespace bitlens::score {

/// BRISQUE (Mittal, Moorthy, Bovik 2012) through OpenCV's quality module with the model of its distribution, trained on
/// the LIVE database: a general-purpose score, 0 (best) to 100. Not available, with the reason, when the model files
/// are not installed (Debian package opencv-data) or the picture is too small or flat. Computed on the 8-bit picture.
Metric brisque(const image::Image &image);

/// The same with the two model files in another folder. For tests.
Metric brisque(const image::Image &image, const std::string &modelFolder);

} // namespace bitlens::score
