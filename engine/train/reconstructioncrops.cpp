// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/reconstructioncrops.h"

#include "engine/base/error.h"

#include <algorithm>
#include <cstddef>
#include <random>

#include <fmt/format.h>

namespace bitlens::train {

namespace {

/// Every so many pictures one is held out.
constexpr std::size_t kHeldOutEvery = 4;
/// Crops that are looked at for each one that is taken.
constexpr std::size_t kCandidates = 2;

struct Place {
    std::size_t picture = 0;
    int x = 0;
    int y = 0;
};

int shortSide(const image::Planes &picture) { return std::min(picture.width(), picture.height()); }

double varianceOf(const image::Planes &crop)
{
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < crop.count(); ++i) {
        const auto value = static_cast<double>(crop.data()[i]);
        sum += value;
        squares += value * value;
    }
    const auto count = static_cast<double>(crop.count());
    return squares / count - (sum / count) * (sum / count);
}

/// std::shuffle may differ between standard libraries.
void shuffle(std::vector<Place> &places, std::mt19937_64 &random)
{
    for (std::size_t i = places.size(); i > 1; --i)
        std::swap(places[i - 1], places[static_cast<std::size_t>(random() % i)]);
}

std::vector<image::Planes> take(std::span<const image::Planes> pictures, std::vector<Place> places, std::size_t count,
                                int side, std::mt19937_64 &random)
{
    shuffle(places, random);
    places.resize(std::min(places.size(), count * kCandidates));
    std::vector<image::Planes> crops;
    for (const Place &place : places)
        crops.push_back(pictures[place.picture].cropped({place.x, place.y, side, side}));
    std::stable_sort(crops.begin(), crops.end(),
                     [](const image::Planes &a, const image::Planes &b) { return varianceOf(a) > varianceOf(b); });
    crops.resize(std::min(crops.size(), count));
    return crops;
}

} // namespace

ReconstructionCrops reconstructionCrops(std::span<const image::Planes> pictures, const model::Generator &generator,
                                        const CropShape &shape, std::uint64_t seed)
{
    const auto refuse = [](const std::string &detail) {
        throw base::Error(base::ErrorCode::InvalidArgument, {}, detail);
    };
    if (pictures.empty())
        refuse("reconstruction needs at least one picture");
    int largest = 0;
    for (const image::Planes &picture : pictures)
        largest = std::max(largest, shortSide(picture));
    const int side = std::min(shape.side, largest) / generator.inputUnshuffle * generator.inputUnshuffle;
    if (side < kSmallestReconstructionSide)
        refuse(fmt::format("the pictures are too small to reconstruct rounding on: sides of {} pixels at least, "
                           "the largest has {}",
                           kSmallestReconstructionSide, largest));
    std::vector<std::vector<Place>> cells;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        std::vector<Place> own;
        for (int y = 0; y + side <= pictures[i].height(); y += side)
            for (int x = 0; x + side <= pictures[i].width(); x += side)
                own.push_back({i, x, y});
        if (!own.empty())
            cells.push_back(std::move(own));
    }
    if (cells.size() == 1) { // of a single picture, parts are held out
        const std::vector<Place> all = std::move(cells.front());
        cells.clear();
        for (const Place &place : all)
            cells.push_back({place});
    }
    if (cells.size() < 2)
        refuse(fmt::format("the pictures are too small to reconstruct rounding on: there is but one part of {}x{} "
                           "pixels, and another is needed to check the outcome",
                           side, side));
    std::vector<Place> learned;
    std::vector<Place> heldOut;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        std::vector<Place> &group = i % kHeldOutEvery == 1 ? heldOut : learned;
        group.insert(group.end(), cells[i].begin(), cells[i].end());
    }
    std::mt19937_64 random(seed);
    ReconstructionCrops crops;
    crops.learned = take(pictures, std::move(learned), static_cast<std::size_t>(shape.learned), side, random);
    crops.heldOut = take(pictures, std::move(heldOut), static_cast<std::size_t>(shape.heldOut), side, random);
    return crops;
}

} // namespace bitlens::train
