// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/ssim.h"

#include "engine/score/gaussianwindow.h"
#include "engine/score/structure.h"

#include <fmt/format.h>

namespace bitlens::score {

Metric ssim(const image::Image &a, const image::Image &b, const PairOptions &options, const base::ThreadPool &pool)
{
    requireSameSize(a, b, options);
    constexpr int kSize = GaussianWindow::kSize;
    if (a.width() - 2 * options.shave < kSize || a.height() - 2 * options.shave < kSize)
        return Metric::notAvailable(
            fmt::format("image too small (needs at least {0}x{0} pixels)", kSize + 2 * options.shave));
    if (options.channels == PairChannels::Luma)
        return Metric::of(meanSimilarity(lumaPlane(a, options.shave), lumaPlane(b, options.shave), pool));
    double sum = 0.0;
    for (int channel = 0; channel < 3; ++channel)
        sum += meanSimilarity(colourPlane(a, channel, options.shave), colourPlane(b, channel, options.shave), pool);
    return Metric::of(sum / 3);
}

} // namespace bitlens::score
