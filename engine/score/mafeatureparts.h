// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/score/mafeatures.h"
#include "engine/score/plane.h"

#include <array>

namespace bitlens::score::detail {

/// Inside Ma's features, for mafeatures.cpp, the three parts (one .cpp each) and their tests. Values that cannot be
/// computed (flat pictures) come back as NaN or infinity.

/// Steps of the definition that a test takes away to see that the reference values notice.
struct MaVariant {
    int shave = 4;
    bool luma = true;                     ///< false: MATLAB's gray
    bool parentOfLastOrientation = false; ///< true: the sixth orientation of scale 1 has a parent band too
};

/// im1 = Y/255 and two more scales: 3x3 Gaussian of sigma 0.5 with zero border, every second sample from the second.
std::array<Plane, 3> maPyramid(const Plane &luma, const base::ThreadPool &pool);

/// f1 of one scale: 6 numbers from the DCT of 7x7 windows at stride 3. At least 2 windows.
std::array<double, 6> maBlockFeatures(const Plane &plane, const base::ThreadPool &pool);

/// f2, of Y in 0..255. At least kMaSmallestSide on both sides.
std::array<double, MaFeatures::kWaveletCount> maWaveletFeatures(const Plane &luma, const MaVariant &variant,
                                                                const base::ThreadPool &pool, const base::Job &job);

/// f3 of one scale: singular values, descending, of the 25 x n matrix of distinct 5x5 blocks.
std::array<double, 25> maSingularFeatures(const Plane &plane, const base::ThreadPool &pool);

/// The contrast terms need 11x11 samples after a guard of 17 on each side.
constexpr int kMaSmallestSide = 45;

MaFeaturesResult maFeaturesOfVariant(const image::Image &image, const MaVariant &variant, const base::ThreadPool &pool,
                                     const base::Job &job);

} // namespace bitlens::score::detail
