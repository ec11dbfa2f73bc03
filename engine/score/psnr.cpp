// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/psnr.h"

#include "engine/score/plane.h"
#include "engine/score/sums.h"

#include <cmath>
#include <limits>

namespace bitlens::score {

namespace {

/// Samples are whole numbers, so the sum of squares is exact up to 2^53 and needs no care about order.
double squaredError(const Plane &a, const Plane &b, const base::ThreadPool &pool)
{
    constexpr std::size_t kPiece = 65536;
    return orderedSum<double>(a.count(), kPiece, pool, [&](std::size_t begin, std::size_t end) {
        return laneSum(begin, end, [&](std::size_t i) {
            const double difference = a.samples[i] - b.samples[i];
            return difference * difference;
        });
    });
}

} // namespace

Metric psnr(const image::Image &a, const image::Image &b, const PairOptions &options, const base::ThreadPool &pool)
{
    requireSameSize(a, b, options);
    double sum = 0.0;
    std::size_t count = 0;
    const auto add = [&](const Plane &left, const Plane &right) {
        sum += squaredError(left, right, pool);
        count += left.count();
    };
    if (options.channels == PairChannels::Luma)
        add(lumaPlane(a, options.shave), lumaPlane(b, options.shave));
    else
        for (int channel = 0; channel < 3; ++channel)
            add(colourPlane(a, channel, options.shave), colourPlane(b, channel, options.shave));
    if (count == 0)
        return Metric::notAvailable("image too small: nothing is left inside the border");
    if (sum == 0.0)
        return Metric::of(std::numeric_limits<double>::infinity());
    return Metric::of(10.0 * std::log10(255.0 * 255.0 * static_cast<double>(count) / sum));
}

} // namespace bitlens::score
