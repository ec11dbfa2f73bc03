// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/replay.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace bitlens::compare {

namespace {

/// How many pixels of two pictures of one kind differ, and by how much at most.
struct PixelDifference {
    std::size_t pixels = 0;
    int largest = 0;
};

template <typename Sample>
PixelDifference differenceOf(const image::Image &a, const image::Image &b)
{
    PixelDifference difference;
    const auto *left = reinterpret_cast<const Sample *>(a.bytes());
    const auto *right = reinterpret_cast<const Sample *>(b.bytes());
    const auto channels = static_cast<std::size_t>(a.channels());
    for (std::size_t i = 0; i < a.size().pixels(); ++i) {
        int largest = 0;
        for (std::size_t c = 0; c < channels; ++c)
            largest = std::max(largest, std::abs(static_cast<int>(left[i * channels + c]) - right[i * channels + c]));
        difference.pixels += largest > 0 ? 1 : 0;
        difference.largest = std::max(difference.largest, largest);
    }
    return difference;
}

void compareSide(const std::string &side, const image::Image &now, const BundledPicture &then,
                 std::vector<std::string> &differences)
{
    if (pictureHash(now) == then.hash)
        return;
    const image::Image &before = then.picture;
    if (before.isNull()) {
        differences.push_back(fmt::format("{}: the picture is not the one whose hash the bundle holds", side));
    } else if (before.size() != now.size() || before.channels() != now.channels() || before.type() != now.type()) {
        differences.push_back(fmt::format("{}: {} x {} pixels of {} channels, recorded were {} x {} of {}", side,
                                          now.width(), now.height(), now.channels(), before.width(), before.height(),
                                          before.channels()));
    } else {
        const PixelDifference found = now.type() == image::SampleType::U8 ? differenceOf<std::uint8_t>(now, before)
                                                                          : differenceOf<std::uint16_t>(now, before);
        differences.push_back(fmt::format("{}: {} of {} pixels differ, by at most {} of {}", side, found.pixels,
                                          now.size().pixels(), found.largest, now.maximum()));
    }
}

} // namespace

Replay replayBundle(const Bundle &bundle, const Versions &versions, Comparison &comparison, const base::Job &job)
{
    Replay replay;
    if (pictureHash(bundle.request.input) != bundle.imageHash)
        replay.differences.push_back(
            "input: the picture is not the one that was recorded (its pixels have another hash)");
    if (modelHash(bundle.request.generator, bundle.request.packed) != bundle.modelHash)
        replay.differences.push_back("model: the weights are not those that were recorded (they have another hash)");
    if (!bundle.generatorHash.empty() && modelHash(bundle.request.generator, nullptr) != bundle.generatorHash)
        replay.differences.push_back(
            "model: the FP32 weights are not those that were recorded (they have another hash)");
    if (!bundle.planRules.empty() && bundle.request.plan.toRules(*bundle.request.generator) != bundle.planRules)
        replay.differences.push_back(fmt::format("plan: plan.json says {}, bundle.json says {}",
                                                 bundle.request.plan.toRules(*bundle.request.generator),
                                                 bundle.planRules));
    for (const auto &[name, recorded] : bundle.versions) {
        const auto now = versions.find(name);
        if (now != versions.end() && now->second != recorded)
            replay.notes.push_back(fmt::format("{}: {} here, {} when it was recorded", name, now->second, recorded));
    }
    Request request = bundle.request;
    request.blindScores = false; // pixels are what counts here
    replay.result = comparison.run(request, job);
    const auto noteTiles = [&replay](const char *side, int now, int then) {
        if (then > 0 && now != then)
            replay.notes.push_back(
                fmt::format("{}: tiles of {} pixels here, {} when it was recorded", side, now, then));
    };
    noteTiles("FP32", replay.result.tiles.fp32, request.maximumTiles.fp32);
    noteTiles("quantized", replay.result.tiles.quantized, request.maximumTiles.quantized);
    compareSide("FP32", replay.result.fp32, bundle.fp32, replay.differences);
    compareSide("quantized", replay.result.quantized, bundle.quantized, replay.differences);
    return replay;
}

} // namespace bitlens::compare
