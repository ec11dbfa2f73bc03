// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/score/plane.h"

namespace bitlens::score {

/// The top left `height` x `width` samples of MATLAB's bicubic imresize of `plane` by the given factors (>= 1 each),
/// border mirrored, in double (engine/image resizes in float32, too coarse for Ma's features).
struct Enlargement {
    int height = 0;
    int width = 0;
    double verticalFactor = 1.0;
    double horizontalFactor = 1.0;
};
Plane enlarged(const Plane &plane, const Enlargement &enlargement, const base::ThreadPool &pool);

} // namespace bitlens::score
