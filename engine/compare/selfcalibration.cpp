// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/selfcalibration.h"

#include "engine/image/alpha.h"
#include "engine/image/resample.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitlens::compare {

namespace {

/// A few seconds of FP32 on two threads (about 70 GMAC/s).
constexpr double kCalibrationMacs = 3e11;
constexpr std::size_t kLeastPixels = 128 * 128;
constexpr std::size_t kMostPixels = 1024 * 1024;
constexpr int kCropSide = 64;
/// Part of the pixels that goes to the shrunk picture; the rest goes to crops.
constexpr double kShrunkShare = 0.3;
constexpr int kSmallestShrunkSide = 8;

struct Candidate {
    image::Rect where;
    double contrast = 0.0;
};

/// Variance of the first channel over every other pixel: enough to rank crops by.
double contrastOf(const image::Image &picture, const image::Rect &where)
{
    double sum = 0.0;
    double squares = 0.0;
    double count = 0.0;
    for (int y = where.y; y < where.bottom(); y += 2)
        for (int x = where.x; x < where.right(); x += 2) {
            const int index = x * picture.channels();
            const double value =
                picture.type() == image::SampleType::U8 ? picture.line8(y)[index] : picture.line16(y)[index] / 257.0;
            sum += value;
            squares += value * value;
            count += 1.0;
        }
    return squares / count - (sum / count) * (sum / count);
}

std::vector<image::Rect> gridOfCrops(image::Size size)
{
    const int width = std::min(kCropSide, size.width);
    const int height = std::min(kCropSide, size.height);
    std::vector<image::Rect> crops;
    for (int y = 0; y + height <= size.height; y += height)
        for (int x = 0; x + width <= size.width; x += width)
            crops.push_back({x, y, width, height});
    return crops;
}

/// Half of the crops evenly spread, half those of the highest contrast among the others.
std::vector<image::Rect> chooseCrops(const image::Image &picture, std::size_t count)
{
    const std::vector<image::Rect> grid = gridOfCrops(picture.size());
    if (grid.size() <= count)
        return grid;
    std::vector<bool> taken(grid.size(), false);
    const std::size_t spread = (count + 1) / 2;
    for (std::size_t i = 0; i < spread; ++i)
        taken[(2 * i + 1) * grid.size() / (2 * spread)] = true;
    std::vector<Candidate> others;
    for (std::size_t i = 0; i < grid.size(); ++i)
        if (!taken[i])
            others.push_back({grid[i], contrastOf(picture, grid[i])});
    std::stable_sort(others.begin(), others.end(),
                     [](const Candidate &a, const Candidate &b) { return a.contrast > b.contrast; });
    std::vector<image::Rect> crops;
    for (std::size_t i = 0; i < grid.size(); ++i)
        if (taken[i])
            crops.push_back(grid[i]);
    for (std::size_t i = 0; i < others.size() && crops.size() < count; ++i)
        crops.push_back(others[i].where);
    return crops;
}

image::Planes shrunk(const image::Image &picture, std::size_t pixels)
{
    const double factor = std::sqrt(static_cast<double>(pixels) / static_cast<double>(picture.size().pixels()));
    const auto side = [factor](int length) {
        return std::max(std::min(length, kSmallestShrunkSide), static_cast<int>(length * factor));
    };
    return image::resizeBicubic(image::toPlanes(picture), {side(picture.width()), side(picture.height())});
}

void addPicture(const image::Image &picture, std::size_t pixels, image::Planes (*planesOf)(const image::Image &),
                std::vector<image::Planes> &pictures)
{
    if (picture.size().pixels() <= pixels) {
        pictures.push_back(planesOf(picture));
        return;
    }
    const auto shrunkPixels = static_cast<std::size_t>(static_cast<double>(pixels) * kShrunkShare);
    const std::size_t crops = std::max<std::size_t>(1, (pixels - shrunkPixels) / (kCropSide * kCropSide));
    for (const image::Rect &crop : chooseCrops(picture, crops))
        pictures.push_back(planesOf(picture.cropped(crop)));
    if (planesOf == image::toPlanes && shrunkPixels >= kSmallestShrunkSide * kSmallestShrunkSide)
        pictures.push_back(shrunk(picture, shrunkPixels));
}

bool alphaVaries(const image::Image &picture)
{
    if (!picture.hasAlpha())
        return false;
    const image::Planes alpha = image::alphaToPlanes(picture);
    const auto [low, high] = std::minmax_element(alpha.data(), alpha.data() + alpha.planeSize());
    return *low != *high;
}

} // namespace

std::size_t calibrationPixels(const model::Generator &generator)
{
    const double pixels = kCalibrationMacs / std::max(1.0, generator.macsPerInputPixel());
    return std::clamp(static_cast<std::size_t>(pixels), kLeastPixels, kMostPixels);
}

std::vector<image::Planes> calibrationPictures(std::span<const image::Image> pictures, std::size_t pixels)
{
    std::vector<image::Planes> chosen;
    if (pictures.empty())
        return chosen;
    const std::size_t total =
        std::accumulate(pictures.begin(), pictures.end(), std::size_t{0},
                        [](std::size_t sum, const image::Image &picture) { return sum + picture.size().pixels(); });
    const std::size_t share = total <= pixels ? pixels : std::max<std::size_t>(1, pixels / pictures.size());
    for (const image::Image &picture : pictures) {
        const bool alpha = alphaVaries(picture);
        addPicture(alpha ? image::bleedColourUnderAlpha(picture) : picture, share, image::toPlanes, chosen);
        if (alpha)
            addPicture(picture, share / 4, image::alphaToPlanes, chosen);
    }
    return chosen;
}

} // namespace bitlens::compare
