// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace bitlens::score {

/// What Ma's three forests look at (Ma, Yang, Yang, Yang: "Learning a no-reference quality metric for single-image
/// super-resolution", 2017), in the order of the authors' code.
struct MaFeatures {
    static constexpr std::size_t kBlockCount = 18;
    static constexpr std::size_t kWaveletCount = 45;
    static constexpr std::size_t kSingularCount = 75;

    std::array<double, kBlockCount> block{};       ///< f1: block DCT statistics, 6 for each of 3 scales
    std::array<double, kWaveletCount> wavelet{};   ///< f2: steerable pyramid statistics
    std::array<double, kSingularCount> singular{}; ///< f3: singular values of the 5x5 blocks, 25 for each of 3 scales
};

/// The features, or the reason why there are none.
struct MaFeaturesResult {
    std::optional<MaFeatures> features;
    std::string
        reason; ///< "image too small (needs at least …)", "flat image", "image too large …"; set when there are none
};

/// Computes the features of Y (rounded, 4 pixels shaved from each side). The same bits from any number of threads.
/// Polls the job between its parts. Throws only base::Cancelled and Error{OutOfMemory}.
MaFeaturesResult maFeatures(const image::Image &image, const base::ThreadPool &pool, const base::Job &job = {});

/// Bytes of memory that maFeatures needs for a picture of this size, about.
std::size_t maFeaturesMemory(image::Size size);

} // namespace bitlens::score
