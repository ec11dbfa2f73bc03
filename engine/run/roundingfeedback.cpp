// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/roundingfeedback.h"

#include "engine/base/error.h"
#include "engine/run/floatrunner.h"
#include "engine/run/inputmoments.h"
#include "engine/run/torchnetwork.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include <ATen/ops/from_blob.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <fmt/format.h>

namespace bitlens::run {

namespace {

/// Part of the mean of the moments' diagonal that is added to it: keeps inputs that were hardly seen from being moved
/// far to make up for others.
constexpr double kDamping = 0.01;
/// Mean square of what rounding adds to an activation, in steps.
constexpr double kStepError = 1.0 / 12.0;
constexpr double kMomentsShare = 0.5;
/// Output channels that a thread works on at a time.
constexpr std::size_t kChannelsAtOnce = 8;

int taps(const model::ConvLayer &layer) { return layer.kernel * layer.kernel; }

bool takesFeedback(const quant::QuantizedModel &model, std::size_t layer)
{
    const model::ConvLayer &conv = model.generator->layers[layer];
    return !model.layers[layer].bits.isFloat() && conv.inChannels * taps(conv) <= kMostFeedbackInputs;
}

/// The layer whose moments hold those of `layer`: the one of the same kind with the most inputs that begins with its
/// inputs. In a dense block that is the last one.
std::size_t momentsOf(const model::Generator &generator, std::size_t layer)
{
    const model::ConvLayer &conv = generator.layers[layer];
    std::size_t best = layer;
    for (std::size_t i = 0; i < generator.layers.size(); ++i) {
        const model::ConvLayer &other = generator.layers[i];
        const bool begins = other.kernel == conv.kernel && other.upsample == conv.upsample
                            && other.inputs.size() > generator.layers[best].inputs.size()
                            && std::equal(conv.inputs.begin(), conv.inputs.end(), other.inputs.begin());
        if (begins && other.inChannels * taps(other) <= kMostFeedbackInputs)
            best = i;
    }
    return best;
}

/// Moments by the layer that they were taken for.
using MomentsByLayer = std::map<std::size_t, InputMoments>;

/// Evenly chosen pictures of at most kMostFeedbackPixels together, at least one.
std::vector<std::size_t> chosenPictures(std::span<const image::Planes> pictures)
{
    const std::size_t total =
        std::accumulate(pictures.begin(), pictures.end(), std::size_t{0},
                        [](std::size_t sum, const image::Planes &picture) { return sum + picture.planeSize(); });
    const std::size_t every = (total + kMostFeedbackPixels - 1) / kMostFeedbackPixels;
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < pictures.size(); i += std::max<std::size_t>(1, every))
        chosen.push_back(i);
    return chosen;
}

/// Feature maps of one forward pass, each for as long as moments need it.
class MapKeeper {
public:
    MapKeeper(const model::Generator &generator, MomentsByLayer &moments) : m_generator(generator), m_moments(moments)
    {
        for (const auto &[layer, unused] : moments)
            for (const int map : generator.layers[layer].inputs)
                m_neededUntil[map] = std::max(m_neededUntil[map], newestInput(layer));
    }

    void take(int map, const image::Planes &values)
    {
        if (m_neededUntil.contains(map))
            m_maps[map] = values;
        for (auto &[layer, moments] : m_moments) {
            if (newestInput(layer) != map)
                continue;
            std::vector<image::Planes> inputs;
            for (const int input : m_generator.layers[layer].inputs)
                inputs.push_back(m_maps.at(input));
            moments.add(inputs);
        }
        std::erase_if(m_maps, [&](const auto &kept) { return m_neededUntil.at(kept.first) <= map; });
    }

private:
    int newestInput(std::size_t layer) const
    {
        const std::vector<int> &inputs = m_generator.layers[layer].inputs;
        return *std::max_element(inputs.begin(), inputs.end());
    }

    const model::Generator &m_generator;
    MomentsByLayer &m_moments;
    std::map<int, int> m_neededUntil;
    std::map<int, image::Planes> m_maps;
};

/// Upper triangle R of H = R^T R, as rows of its transpose, with inputs in steps of their activations; empty when H is
/// not positive definite after all.
at::Tensor factorOf(at::Tensor moments, std::vector<float> inputScales, int tapCount)
{
    const at::Tensor steps =
        at::from_blob(inputScales.data(), {static_cast<std::int64_t>(inputScales.size())}, at::kFloat)
            .repeat_interleave(tapCount)
            .reciprocal();
    moments.mul_(steps.unsqueeze(0)).mul_(steps.unsqueeze(1));
    const double mean = moments.diagonal().mean().item<double>();
    moments.diagonal().add_(kStepError + kDamping * mean);
    const auto [factor, info] = at::linalg_cholesky_ex(moments);
    return info.item<int>() == 0 ? factor.contiguous() : at::Tensor();
}

/// Rounds output channels [begin, end). `factor` (n,n) row-major: row j holds column j of R up to the diagonal.
void roundChannels(const model::ConvLayer &layer, const std::vector<float> &inputScales, const float *factor,
                   std::size_t begin, std::size_t end, quant::QuantizedWeights &weights)
{
    const auto tapCount = static_cast<std::size_t>(taps(layer));
    const std::size_t inputs = static_cast<std::size_t>(layer.inChannels) * tapCount;
    const std::size_t count = end - begin;
    const std::int32_t maximum = quant::weightMaximum(weights.bits);
    std::vector<float> carried(inputs * count, 0.0F); // [input][channel]: errors so far, as this input's row sees them
    std::vector<float> error(count);
    for (std::size_t j = inputs; j-- > 0;) {
        const float *column = factor + j * inputs;
        const float inverse = 1.0F / column[j];
        for (std::size_t o = 0; o < count; ++o) {
            const std::size_t at = (begin + o) * inputs + j;
            const float exact = (*layer.weight)[at] * inputScales[j / tapCount] / weights.scale[begin + o];
            const std::int32_t rounded = quant::quantizeWeight(exact + carried[j * count + o] * inverse, 1.0F, maximum);
            weights.values[at] = static_cast<std::int16_t>(rounded);
            error[o] = exact - static_cast<float>(rounded);
        }
        for (std::size_t i = 0; i < j; ++i) {
            float *row = carried.data() + i * count;
            for (std::size_t o = 0; o < count; ++o)
                row[o] += column[i] * error[o];
        }
    }
}

} // namespace

quant::QuantizedModelPtr roundWithFeedback(const quant::QuantizedModelPtr &model,
                                           std::span<const image::Planes> pictures, const base::ThreadPool &pool,
                                           const base::Job &job)
{
    if (pictures.empty())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "rounding with feedback needs at least one picture");
    const model::Generator &generator = *model->generator;
    const TorchNetwork network(model->generator, pool.threads());
    MomentsByLayer moments;
    std::vector<std::size_t> owners(generator.layers.size());
    for (std::size_t i = 0; i < owners.size(); ++i) {
        if (!takesFeedback(*model, i))
            continue;
        owners[i] = momentsOf(generator, i);
        const model::ConvLayer &owner = generator.layers[owners[i]];
        network.guarded([&] { moments.try_emplace(owners[i], owner.inChannels, owner.kernel, owner.upsample); });
    }
    FloatRunner runner(model->generator, pool.threads());
    const std::vector<std::size_t> chosen = chosenPictures(pictures);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        job.report(kMomentsShare * static_cast<double>(i) / static_cast<double>(chosen.size()),
                   fmt::format("Looking at layers' inputs, image {} of {}", i + 1, chosen.size()));
        MapKeeper keeper(generator, moments);
        runner.runObserved(
            pictures[chosen[i]],
            [&](int map, const image::Planes &values) { network.guarded([&] { keeper.take(map, values); }); },
            job.cancel);
    }
    runner.releaseMemory();

    auto result = std::make_shared<quant::QuantizedModel>(*model);
    for (std::size_t i = 0; i < owners.size(); ++i) {
        job.cancel.throwIfCancelled();
        job.report(kMomentsShare
                       + (1.0 - kMomentsShare) * static_cast<double>(i) / static_cast<double>(generator.layers.size()),
                   "Rounding weights");
        if (!takesFeedback(*model, i))
            continue;
        const model::ConvLayer &layer = generator.layers[i];
        quant::QuantizedLayer &quantized = result->layers[i];
        const std::vector<float> scales = model->inputScales(static_cast<int>(i));
        at::Tensor factor;
        network.guarded([&] {
            // Where biases make up for the mean of the error, what is around it counts.
            const bool centred = quant::isBiasCorrected(*model, i);
            factor = factorOf(moments.at(owners[i]).matrix(layer.inChannels, centred), scales, taps(layer));
        });
        if (!factor.defined())
            continue;
        pool.forRanges(static_cast<std::size_t>(layer.outChannels), kChannelsAtOnce,
                       [&](std::size_t begin, std::size_t end, int) {
                           roundChannels(layer, scales, factor.data_ptr<float>(), begin, end, quantized.weights);
                       });
        quant::correctBias(*result, i);
        quantized.identity = std::make_shared<const char>();
    }
    job.report(1.0, "Weights rounded");
    return result;
}

} // namespace bitlens::run
