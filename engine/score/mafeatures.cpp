// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/mafeatures.h"

#include "engine/base/cpu.h"
#include "engine/score/mafeatureparts.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bitlens::score {

namespace {

/// Planes of the picture's size in double that are alive at one time, at most: spectrum, polar coordinates, seven bands
/// of full size and six of a quarter, six normalised bands, their local statistics.
constexpr std::size_t kPlanesAtOnce = 34;

bool allFinite(const MaFeatures &features)
{
    const auto finite = [](const auto &values) {
        return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    };
    return finite(features.block) && finite(features.wavelet) && finite(features.singular);
}

/// The third scale must have at least 25 blocks of 5x5, or there are no 25 singular values.
bool isLargeEnough(int width, int height)
{
    const auto blocks = [](int side) { return (side / 4 + 4) / 5; };
    return std::min(width, height) >= detail::kMaSmallestSide && blocks(width) * blocks(height) >= 25;
}

} // namespace

namespace detail {

std::array<Plane, 3> maPyramid(const Plane &luma, const base::ThreadPool &pool)
{
    std::array<Plane, 3> scales{Plane(luma.height, luma.width), Plane(), Plane()};
    std::transform(luma.samples.begin(), luma.samples.end(), scales[0].samples.begin(),
                   [](double sample) { return sample / 255.0; });
    const double edge = std::exp(-2.0); // exp(-1 / (2 * 0.5²))
    const double outer = edge / (1 + 2 * edge);
    const double inner = 1 / (1 + 2 * edge);
    constexpr std::size_t kRows = 64;
    for (std::size_t scale = 1; scale < scales.size(); ++scale) {
        const Plane &in = scales[scale - 1];
        Plane &out = scales[scale];
        out = Plane(in.height / 2, in.width / 2);
        pool.forRanges(static_cast<std::size_t>(out.height), kRows, [&](std::size_t begin, std::size_t end, int) {
            const std::vector<double> zeros(static_cast<std::size_t>(in.width));
            std::vector<double> column(static_cast<std::size_t>(in.width) + 1);
            for (int y = static_cast<int>(begin); y < static_cast<int>(end); ++y) {
                const double *above = in.line(2 * y);
                const double *centre = in.line(2 * y + 1);
                const double *below = 2 * y + 2 < in.height ? in.line(2 * y + 2) : zeros.data();
                for (int x = 0; x < in.width; ++x)
                    column[x] = inner * centre[x] + outer * (above[x] + below[x]);
                for (int x = 0; x < out.width; ++x) // beyond the last column is the zero border
                    out.line(y)[x] = inner * column[2 * x + 1] + outer * (column[2 * x] + column[2 * x + 2]);
            }
        });
    }
    return scales;
}

MaFeaturesResult maFeaturesOfVariant(const image::Image &image, const MaVariant &variant, const base::ThreadPool &pool,
                                     const base::Job &job)
{
    job.cancel.throwIfCancelled();
    if (!isLargeEnough(image.width() - 2 * variant.shave, image.height() - 2 * variant.shave))
        return {std::nullopt, "image too small (needs at least 92x92 pixels)"};
    const std::size_t need = maFeaturesMemory(image.size());
    const std::size_t available = base::memoryInfo().available;
    if (available != 0 && need > available)
        return {std::nullopt, fmt::format("image too large (needs about {:.1f} GB of memory; choose a region)",
                                          static_cast<double>(need) / 1e9)};

    const Plane luma = variant.luma ? lumaPlane(image, variant.shave) : grayPlane(image, variant.shave);
    const auto range = std::minmax_element(luma.samples.begin(), luma.samples.end());
    if (*range.first == *range.second)
        return {std::nullopt, "flat image"};
    MaFeatures features;
    {
        const std::array<Plane, 3> scales = maPyramid(luma, pool);
        for (std::size_t scale = 0; scale < scales.size(); ++scale) {
            job.cancel.throwIfCancelled();
            const auto block = maBlockFeatures(scales[scale], pool);
            std::copy(block.begin(), block.end(), features.block.begin() + scale * block.size());
            job.cancel.throwIfCancelled();
            const auto singular = maSingularFeatures(scales[scale], pool);
            std::copy(singular.begin(), singular.end(), features.singular.begin() + scale * singular.size());
        }
    }
    job.report(0.15, "Ma: block statistics");
    features.wavelet = maWaveletFeatures(luma, variant, pool, job.part(0.15, 1.0));
    if (!allFinite(features))
        return {std::nullopt, "flat image"};
    return {features, {}};
}

} // namespace detail

MaFeaturesResult maFeatures(const image::Image &image, const base::ThreadPool &pool, const base::Job &job)
{
    return detail::maFeaturesOfVariant(image, {}, pool, job);
}

std::size_t maFeaturesMemory(image::Size size) { return size.pixels() * sizeof(double) * kPlanesAtOnce; }

} // namespace bitlens::score
