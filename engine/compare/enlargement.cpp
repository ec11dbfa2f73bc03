// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/enlargement.h"

#include "engine/base/error.h"
#include "engine/compare/tileseams.h"
#include "engine/image/alpha.h"
#include "engine/run/tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace bitlens::compare {

namespace {

/// Luma of BT.601, the weights of the gray that codecs make; they sum to one in float as well.
constexpr float kLumaRed = 0.299F;
constexpr float kLumaGreen = 0.587F;
constexpr float kLumaBlue = 0.114F;

/// Three planes to three equal planes of their luma.
image::Planes luma(const image::Planes &colour)
{
    image::Planes gray(3, colour.height(), colour.width());
    const std::size_t count = colour.planeSize();
    const float *red = colour.plane(0);
    const float *green = colour.plane(1);
    const float *blue = colour.plane(2);
    float *out = gray.mutableData();
    for (std::size_t i = 0; i < count; ++i)
        out[i] = kLumaRed * red[i] + kLumaGreen * green[i] + kLumaBlue * blue[i];
    std::copy_n(out, count, out + count);
    std::copy_n(out, count, out + 2 * count);
    return gray;
}

template <typename Sample>
void copyChannelsOf(const image::Image &from, int count, image::Image &to, const image::Rect &where, int firstChannel)
{
    const int stride = to.channels();
    auto *target = reinterpret_cast<Sample *>(to.mutableBytes());
    const std::size_t line = to.bytesPerLine() / sizeof(Sample);
    for (int y = 0; y < where.height; ++y) {
        const auto *source = reinterpret_cast<const Sample *>(from.line8(y));
        Sample *out = target + line * static_cast<std::size_t>(where.y + y) + where.x * stride + firstChannel;
        for (int x = 0; x < where.width; ++x)
            for (int channel = 0; channel < count; ++channel)
                out[x * stride + channel] = source[x * from.channels() + channel];
    }
}

/// Copies the first `count` channels of `from` to channels [firstChannel, firstChannel + count) of `to` at `where`.
void copyChannels(const image::Image &from, int count, image::Image &to, const image::Rect &where, int firstChannel)
{
    if (to.type() == image::SampleType::U8)
        copyChannelsOf<std::uint8_t>(from, count, to, where, firstChannel);
    else
        copyChannelsOf<std::uint16_t>(from, count, to, where, firstChannel);
}

/// The one channel of a gray picture whose three channels are equal.
image::Image firstChannel(const image::Image &picture)
{
    image::Image gray(picture.size(), 1, picture.type());
    copyChannels(picture, 1, gray, {0, 0, picture.width(), picture.height()}, 0);
    return gray;
}

int alphaAt(const image::Image &picture, int x, int y)
{
    const int index = (x + 1) * picture.channels() - 1;
    return picture.type() == image::SampleType::U8 ? picture.line8(y)[index] : picture.line16(y)[index];
}

/// What constantAlpha says where alpha is not the same everywhere.
constexpr int kVaries = -1;

/// The alpha of the whole picture where it is the same everywhere, else kVaries.
int constantAlpha(const image::Image &picture)
{
    const int first = alphaAt(picture, 0, 0);
    for (int y = 0; y < picture.height(); ++y)
        for (int x = 0; x < picture.width(); ++x)
            if (alphaAt(picture, x, y) != first)
                return kVaries;
    return first;
}

/// Pixels on each side that must have the same alpha for it to be kept as it is.
constexpr int kFlatRadius = 2;

/// What is fully opaque or transparent (or flat in between) all around stays exactly so: a network reproduces a flat
/// area only nearly, and a background that is one part in 255 short of transparent shows.
void keepFlatAlpha(image::Planes &alpha, const image::Rect &where, const image::Image &input, int scale)
{
    const auto maximum = static_cast<float>(input.maximum());
    float *samples = alpha.mutableData();
    const std::size_t plane = alpha.planeSize();
    for (int inputY = where.y / scale; inputY * scale < where.y + where.height; ++inputY)
        for (int inputX = where.x / scale; inputX * scale < where.x + where.width; ++inputX) {
            const int centre = alphaAt(input, inputX, inputY);
            bool flat = true;
            for (int y = std::max(0, inputY - kFlatRadius);
                 flat && y <= std::min(input.height() - 1, inputY + kFlatRadius); ++y)
                for (int x = std::max(0, inputX - kFlatRadius); x <= std::min(input.width() - 1, inputX + kFlatRadius);
                     ++x)
                    flat = flat && alphaAt(input, x, y) == centre;
            if (!flat)
                continue;
            const float value = static_cast<float>(centre) / maximum;
            for (int y = 0; y < scale; ++y)
                for (int x = 0; x < scale; ++x) {
                    const std::size_t index = static_cast<std::size_t>(inputY * scale - where.y + y) * alpha.width()
                                              + static_cast<std::size_t>(inputX * scale - where.x + x);
                    for (int channel = 0; channel < 3; ++channel)
                        samples[index + plane * channel] = value;
                }
        }
}

using PlanesOfPart = image::Planes (*)(const image::Image &part);

/// Runs all tiles of one pass and hands on what has become final.
void runPass(run::Runner &runner, const image::Image &input, PlanesOfPart planesOf, const run::TilePlan &plan,
             const base::Job &job, const std::string &what, const TileSeams::CellFunction &onCell)
{
    TileSeams seams(plan, input.size(), runner.generator().scale);
    double donePixels = 0.0;
    for (std::size_t i = 0; i < plan.tiles.size(); ++i) {
        job.cancel.throwIfCancelled();
        const run::Tile &tile = plan.tiles[i];
        job.report(donePixels / static_cast<double>(input.size().pixels()),
                   plan.tiles.size() == 1 ? what : fmt::format("{}, tile {} of {}", what, i + 1, plan.tiles.size()));
        const image::Planes result = runner.run(planesOf(input.cropped(tile.input)), job.cancel);
        run::requireFinite(result, fmt::format("the result of tile {} of {}", i + 1, plan.tiles.size()));
        seams.add(i, result, onCell);
        donePixels += static_cast<double>(image::Size{tile.core.width, tile.core.height}.pixels());
    }
    job.cancel.throwIfCancelled();
    job.report(1.0, what);
}

/// Strips between tiles that wait for a neighbour: about a row of tiles' worth of floats, kept once per contribution.
std::size_t seamBytes(const run::Runner &runner, image::Size size)
{
    const int scale = runner.generator().scale;
    const auto strip = static_cast<std::size_t>(run::kDefaultOverlapLimit) * scale * size.width * scale;
    return runner.generator().receptiveRadius() > run::kDefaultOverlapLimit ? 2 * 3 * sizeof(float) * strip : 0;
}

run::TilePlan makePlan(const run::Runner &runner, const image::Image &input, const EnlargeOptions &options)
{
    const int scale = runner.generator().scale;
    run::TileOptions tiles;
    tiles.memoryBudget = options.memoryBudget;
    tiles.focus = options.focus;
    tiles.maximumTile = options.maximumTile;
    // Input (and, with alpha, its copy with the colour filled in), the result in its own samples, and strips.
    tiles.heldBytes = options.heldBytes + input.byteCount() * (input.hasAlpha() ? 2U : 1U)
                      + input.byteCount() * scale * scale + seamBytes(runner, input.size());
    return run::planTiles(runner, input.size(), tiles);
}

} // namespace

image::Image enlarge(run::Runner &runner, const image::Image &input, const EnlargeOptions &options,
                     const base::Job &job, const EnlargedPartFunction &onPart, int *tileSide)
{
    if (input.isNull())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the picture is empty");
    const int scale = runner.generator().scale;
    const int flatAlpha = input.hasAlpha() ? constantAlpha(input) : kVaries;
    const bool alphaPass = input.hasAlpha() && flatAlpha == kVaries;
    const image::Image colour = alphaPass ? image::bleedColourUnderAlpha(input) : input;
    const run::TilePlan plan = makePlan(runner, input, options);
    if (tileSide)
        *tileSide = plan.side;

    image::Image output({input.width() * scale, input.height() * scale}, input.channels(), input.type());
    output.setIccProfile(input.iccProfile());
    const int colourChannels = input.isGray() ? 1 : 3;

    runPass(runner, colour, image::toPlanes, plan, alphaPass ? job.part(0.0, 0.5) : job, "colour",
            [&](const image::Planes &samples, const image::Rect &where) {
                const image::Planes planes = input.isGray() ? luma(samples) : samples;
                const image::Image pixels = image::fromPlanes(planes, input.type());
                copyChannels(pixels, colourChannels, output, where, 0);
                if (!onPart)
                    return;
                const image::Image shown =
                    input.type() == image::SampleType::U8 ? pixels : image::fromPlanes(planes, image::SampleType::U8);
                onPart(input.isGray() ? firstChannel(shown) : shown, where);
            });
    if (alphaPass) {
        runPass(runner, input, image::alphaToPlanes, plan, job.part(0.5, 1.0), "alpha",
                [&](const image::Planes &samples, const image::Rect &where) {
                    image::Planes alpha = luma(samples);
                    keepFlatAlpha(alpha, where, input, scale);
                    copyChannels(image::fromPlanes(alpha, input.type()), 1, output, where, input.channels() - 1);
                });
    } else if (input.hasAlpha()) {
        const image::Rect all{0, 0, output.width(), output.height()};
        image::Image line({output.width(), 1}, 1, input.type());
        if (input.type() == image::SampleType::U8)
            std::memset(line.mutableBytes(), flatAlpha, line.byteCount());
        else
            std::fill_n(reinterpret_cast<std::uint16_t *>(line.mutableBytes()), line.width(),
                        static_cast<std::uint16_t>(flatAlpha));
        for (int y = 0; y < all.height; ++y)
            copyChannels(line, 1, output, {0, y, all.width, 1}, input.channels() - 1);
    }
    return output;
}

} // namespace bitlens::compare
