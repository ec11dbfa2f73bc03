// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/model/generator.h"

#include <cstdint>
#include <span>
#include <vector>

namespace bitlens::train {

/// Crops (3,side,side), all of one size, in two groups that share no pixel.
struct ReconstructionCrops {
    std::vector<image::Planes> learned;
    std::vector<image::Planes> heldOut; ///< out of other pictures than `learned`, where there are several
};

/// What is cut out of pictures to reconstruct rounding on.
struct CropShape {
    int learned = 32; ///< at most
    int heldOut = 12; ///< at most
    int side = 32;    ///< pixels; smaller where all pictures are
};
inline constexpr int kSmallestReconstructionSide = 16;

/// Chooses crops, of random ones those with the larger variance. Depends on the pictures and the seed alone. Throws
/// base::Error{InvalidArgument} without pictures, and when they are too small for one crop in each group.
ReconstructionCrops reconstructionCrops(std::span<const image::Planes> pictures, const model::Generator &generator,
                                        const CropShape &shape, std::uint64_t seed);

} // namespace bitlens::train
