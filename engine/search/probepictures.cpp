// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/probepictures.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/model/generatorjson.h"
#include "engine/score/niqe.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace bitlens::search {

namespace {

/// Generators that compute more than this per input pixel are probed on smaller crops.
constexpr double kHeavyMacsPerPixel = 6.0e6;
constexpr ProbeShape kHeavyShape{8, 32};

struct Candidate {
    image::Rect where;
    double variance = 0.0;
};

double varianceOf(const image::Planes &picture, const image::Rect &where)
{
    double sum = 0.0;
    double squares = 0.0;
    for (int y = where.y; y < where.bottom(); ++y) {
        const float *green = picture.line(1, y);
        for (int x = where.x; x < where.right(); ++x) {
            sum += static_cast<double>(green[x]);
            squares += static_cast<double>(green[x]) * static_cast<double>(green[x]);
        }
    }
    const double count = static_cast<double>(where.width) * where.height;
    return squares / count - (sum / count) * (sum / count);
}

/// A grid that covers the picture from edge to edge, its crops sorted by contrast.
std::vector<Candidate> candidatesOf(const image::Planes &picture, int side)
{
    const auto positions = [side](int length) {
        const int count = (length + side - 1) / side;
        std::vector<int> at;
        for (int i = 0; i < count; ++i)
            at.push_back(count == 1 ? 0 : (length - side) * i / (count - 1));
        return at;
    };
    std::vector<Candidate> candidates;
    for (const int y : positions(picture.height()))
        for (const int x : positions(picture.width())) {
            const image::Rect where{x, y, side, side};
            candidates.push_back({where, varianceOf(picture, where)});
        }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate &a, const Candidate &b) { return a.variance < b.variance; });
    return candidates;
}

template <typename Number>
std::string digestOf(std::span<const Number> numbers)
{
    return base::sha256({reinterpret_cast<const std::uint8_t *>(numbers.data()), numbers.size_bytes()});
}

std::string digestOf(const std::string &text)
{
    return base::sha256({reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
}

std::string modelDigest(const model::Generator &generator)
{
    std::string parts = model::generatorToJson(generator);
    for (const model::ConvLayer &layer : generator.layers) {
        parts += digestOf(std::span<const float>(*layer.weight));
        parts += digestOf(std::span<const float>(layer.bias));
        parts += digestOf(std::span<const float>(layer.slopes));
    }
    return digestOf(parts);
}

} // namespace

ProbeShape suitableShape(const model::Generator &generator)
{
    return generator.macsPerInputPixel() > kHeavyMacsPerPixel ? kHeavyShape : ProbeShape();
}

int niqeProbeSide(const model::Generator &generator)
{
    constexpr int kBlocks = 2;
    const int step = generator.inputUnshuffle;
    const int side = (score::niqeSide(kBlocks) + generator.scale - 1) / generator.scale;
    return (side + step - 1) / step * step;
}

ProbeShape suitableShapeForNiqe(const model::Generator &generator)
{
    ProbeShape shape = suitableShape(generator);
    shape.side = std::max(shape.side, niqeProbeSide(generator));
    return shape;
}

std::vector<image::Planes> probePictures(std::span<const image::Image> pictures, const model::Generator &generator,
                                         const ProbeShape &shape)
{
    const auto refuse = [](const std::string &detail) {
        throw base::Error(base::ErrorCode::InvalidArgument, {}, detail);
    };
    if (pictures.empty() || shape.count < 1)
        refuse("sensitivity needs at least one picture");
    int side = std::max(shape.side, kSmallestProbeSide);
    for (const image::Image &picture : pictures) {
        const int smallest = std::min(picture.width(), picture.height());
        if (smallest < kSmallestProbeSide)
            refuse(fmt::format("a picture of {}x{} pixels is too small to measure on, {} on each side are needed",
                               picture.width(), picture.height(), kSmallestProbeSide));
        side = std::min(side, smallest);
    }
    side -= side % generator.inputUnshuffle;
    std::vector<image::Planes> crops;
    const auto wanted = static_cast<std::size_t>(shape.count);
    const std::size_t used = std::min(pictures.size(), wanted);
    for (std::size_t i = 0; i < used; ++i) {
        // Evenly chosen pictures where there are more of them than crops.
        const image::Planes picture = image::toPlanes(pictures[i * pictures.size() / used]);
        const std::vector<Candidate> candidates = candidatesOf(picture, side);
        const std::size_t share = std::min(candidates.size(), (i + 1) * wanted / used - i * wanted / used);
        for (std::size_t crop = 0; crop < share; ++crop)
            crops.push_back(picture.cropped(candidates[(2 * crop + 1) * candidates.size() / (2 * share)].where));
    }
    return crops;
}

Conditions conditionsOf(const model::Generator &generator, std::span<const image::Planes> pictures,
                        const quant::Calibration &calibration)
{
    std::string seen;
    for (const image::Planes &picture : pictures)
        seen += fmt::format("{}x{} ", picture.width(), picture.height())
                + digestOf(std::span<const float>(picture.data(), picture.count()));
    std::string ranges = digestOf(std::span<const float>(calibration.channelExponents));
    for (const quant::Range &range : calibration.ranges) {
        const float ends[] = {range.low, range.high};
        ranges += digestOf(std::span<const float>(ends)) + digestOf(std::span<const float>(range.channelLow))
                  + digestOf(std::span<const float>(range.channelHigh));
    }
    for (const std::vector<float> &means : calibration.channelMeans)
        ranges += digestOf(std::span<const float>(means));
    return {modelDigest(generator), digestOf(seen), digestOf(ranges)};
}

} // namespace bitlens::search
