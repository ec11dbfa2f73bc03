// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

namespace bitlens::compare {

/// The part of `window` size (cut to the picture) in which two pictures of equal size, type and channels differ most:
/// the largest sum of squared differences of all channels; the first in reading order among equals. Throws
/// base::Error{InvalidArgument} when the pictures do not match.
image::Rect worstRegion(const image::Image &a, const image::Image &b, image::Size window);

} // namespace bitlens::compare
