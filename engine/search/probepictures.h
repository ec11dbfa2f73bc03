// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/calibration.h"
#include "engine/search/sensitivity.h"

#include <span>
#include <vector>

namespace bitlens::search {

/// How many crops an analysis looks at, and of which size.
struct ProbeShape {
    int count = 8;
    int side = 48; ///< in input pixels
};

/// Smallest side of a picture that can be probed: less shows little but the picture's edges.
inline constexpr int kSmallestProbeSide = 16;

/// A shape with which measuring one layer takes a fraction of a second on a desktop processor.
ProbeShape suitableShape(const model::Generator &generator);
/// The same, with crops large enough for NIQE.
ProbeShape suitableShapeForNiqe(const model::Generator &generator);

/// Side of the smallest crop whose picture NIQE and PI can be measured of, in input pixels: two blocks of NIQE in each
/// direction.
int niqeProbeSide(const model::Generator &generator);

/// Square crops of one size (3,side,side) from pictures: shared out evenly among them, and within each spread over its
/// range of contrast, so that flat and busy parts are both seen. The side shrinks to that of the smallest picture (and
/// to a multiple of the generator's inputUnshuffle). Deterministic. Throws base::Error{InvalidArgument} without
/// pictures, or when one is smaller than kSmallestProbeSide.
std::vector<image::Planes> probePictures(std::span<const image::Image> pictures, const model::Generator &generator,
                                         const ProbeShape &shape);

/// Hashes of everything that sensitivities depend on.
Conditions conditionsOf(const model::Generator &generator, std::span<const image::Planes> pictures,
                        const quant::Calibration &calibration);

} // namespace bitlens::search
