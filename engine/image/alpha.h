// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

namespace bitlens::image {

/// Gives fully transparent pixels the mean colour of their nearest visible neighbours, ring by ring, so that a network
/// (or any filter) that mixes neighbours finds no foreign colour beside the visible ones. Visible pixels, alpha and
/// metadata stay. Images without alpha, or without any visible pixel, come back as they are.
Image bleedColourUnderAlpha(const Image &image);

/// The colour of `colour` (its own alpha, if any, is replaced) with `alpha` as straight alpha: the mean of its planes,
/// [0,1], clamped and rounded to nearest; NaN becomes 0. Gray gives gray + alpha, RGB gives RGB + alpha; type and
/// metadata are those of `colour`. Sizes must be equal: Error{InvalidArgument}.
Image withAlpha(const Image &colour, const Planes &alpha);

/// The image without its alpha: the colour as stored (1 or 3 channels).
Image withoutAlpha(const Image &image);

/// The image composited over white, without alpha: what formats that know no alpha get.
Image overWhite(const Image &image);

} // namespace bitlens::image
