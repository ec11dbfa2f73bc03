// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/floatrunner.h"

#include "engine/run/torchnetwork.h"

#include <algorithm>
#include <cmath>

// Per operator: the header with all of them takes half a minute to compile.
#include <ATen/Context.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/pixel_shuffle.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>
#include <torch/version.h>

namespace bitlens::run {

namespace {

/// The rows of a layer's result that one call computes.
struct Strip {
    std::int64_t first = 0;
    std::int64_t count = 0;
};

/// What resident memory was measured to exceed the sum of tensors by: 3 % of it (blocks of the heap that a smaller
/// tensor does not fill) and oneDNN's own tables; with a margin, because an estimate that is too low ends the program.
constexpr double kMeasuredPeak = 1.1;
constexpr std::size_t kMeasuredOverhead = std::size_t(16) << 20;

/// In how many strips a convolution is computed.
double stripCount(double macs, double macsPerStrip) { return std::max(1.0, std::ceil(macs / macsPerStrip)); }

/// The rows of the layer's input (before enlarging) that a strip reads, with zeros beyond the picture.
at::Tensor stripInput(const at::Tensor &input, const model::ConvLayer &conv, Strip strip)
{
    const std::int64_t reach = conv.kernel / 2;
    const std::int64_t height = input.size(2) * conv.upsample;
    const std::int64_t from = std::max<std::int64_t>(strip.first - reach, 0);
    const std::int64_t to = std::min(strip.first + strip.count + reach, height);
    const std::int64_t sourceFrom = from / conv.upsample;
    const std::int64_t sourceTo = (to + conv.upsample - 1) / conv.upsample;
    at::Tensor rows = input.narrow(2, sourceFrom, sourceTo - sourceFrom);
    if (conv.upsample > 1) {
        rows = at::upsample_nearest2d(rows, {rows.size(2) * conv.upsample, rows.size(3) * conv.upsample});
        rows = rows.narrow(2, from - sourceFrom * conv.upsample, to - from);
    }
    const std::int64_t above = from - (strip.first - reach);
    const std::int64_t below = strip.first + strip.count + reach - to;
    return above + below > 0 ? at::constant_pad_nd(rows, {0, 0, above, below}, 0) : rows.contiguous();
}

} // namespace

struct FloatRunner::Private {
    Private(model::GeneratorPtr generator, int threadCount, const Options &chosen)
        : network(std::move(generator), threadCount), threads(threadCount), options(chosen)
    {
        for (const model::ConvLayer &layer : network.generator().layers) {
            weights.push_back(viewOf(*layer.weight, {layer.outChannels, layer.inChannels, layer.kernel, layer.kernel}));
            biases.push_back(viewOf(layer.bias, {layer.outChannels}));
        }
    }

    at::Tensor layer(std::size_t index, const std::vector<at::Tensor> &inputs, const base::CancelToken &cancel) const
    {
        const model::ConvLayer &conv = network.generator().layers[index];
        const at::Tensor input = inputs.size() == 1 ? inputs.front() : at::cat(inputs, 1);
        const std::int64_t height = input.size(2) * conv.upsample;
        const std::int64_t width = input.size(3) * conv.upsample;
        const double macs = static_cast<double>(conv.weightCount()) * static_cast<double>(height * width);
        const double strips = stripCount(macs, options.macsPerStrip);
        const auto rows = std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(height) / strips));
        if (rows == height)
            return whole(index, input);
        at::Tensor result =
            at::empty({1, conv.mapChannels(), height * conv.shuffle, width * conv.shuffle}, input.options());
        for (Strip strip{0, rows}; strip.first < height; strip.first += rows) {
            cancel.throwIfCancelled();
            strip.count = std::min(rows, height - strip.first);
            at::Tensor part =
                convolve(stripInput(input, conv, strip), weights[index], biases[index], 0, conv.kernel / 2);
            activate(conv, part);
            if (conv.shuffle > 1)
                part = at::pixel_shuffle(part, conv.shuffle);
            result.narrow(2, strip.first * conv.shuffle, strip.count * conv.shuffle).copy_(part);
        }
        return result;
    }

    at::Tensor whole(std::size_t index, at::Tensor input) const
    {
        const model::ConvLayer &conv = network.generator().layers[index];
        if (conv.upsample > 1)
            input = at::upsample_nearest2d(input, {input.size(2) * conv.upsample, input.size(3) * conv.upsample});
        at::Tensor result = convolve(input, weights[index], biases[index], conv.kernel / 2, conv.kernel / 2);
        activate(conv, result);
        return conv.shuffle > 1 ? at::pixel_shuffle(result, conv.shuffle) : result;
    }

    TorchNetwork network;
    int threads;
    Options options;
    std::vector<at::Tensor> weights;
    std::vector<at::Tensor> biases;
    bool profiling = false;
    std::vector<LayerCost> costs;
};

FloatRunner::FloatRunner(model::GeneratorPtr generator, int threads)
    : FloatRunner(std::move(generator), threads, Options())
{
}

FloatRunner::FloatRunner(model::GeneratorPtr generator, int threads, const Options &options)
    : d(std::make_unique<Private>(std::move(generator), std::max(1, threads), options))
{
}

FloatRunner::~FloatRunner() = default;

const model::Generator &FloatRunner::generator() const { return d->network.generator(); }

image::Planes FloatRunner::run(const image::Planes &picture, const base::CancelToken &cancel)
{
    return runObserved(picture, {}, cancel);
}

image::Planes FloatRunner::runObserved(const image::Planes &picture, const quant::MapObserver &observer,
                                       const base::CancelToken &cancel)
{
    d->costs.clear();
    TorchNetwork::TimingFunction onTiming;
    if (d->profiling)
        onTiming = [this](std::size_t layer, double seconds, image::Size size) {
            d->costs.push_back({at::hasMKLDNN() ? "oneDNN" : "LibTorch", false, seconds,
                                layerMacs(d->network.generator(), layer, size)});
        };
    const auto layer = [this](std::size_t index, const std::vector<at::Tensor> &inputs,
                              const base::CancelToken &token) { return d->layer(index, inputs, token); };
    return d->network.run(picture, layer, observer, cancel, onTiming);
}

std::size_t FloatRunner::peakBytes(image::Size tile) const
{
    const model::Generator &generator = d->network.generator();
    const int unshuffle = generator.inputUnshuffle;
    const double pixels = std::ceil(static_cast<double>(tile.width) / unshuffle)
                          * std::ceil(static_cast<double>(tile.height) / unshuffle);
    const std::vector<int> last = lastReaders(generator);
    std::vector<double> scales(generator.layers.size() + 1, 1.0);
    std::vector<double> floats(generator.layers.size() + 1, 0.0);
    floats[0] = pixels * generator.mapChannels(0);
    double live = floats[0];
    double peak = 0.0;
    for (std::size_t i = 0; i < generator.layers.size(); ++i) {
        const model::ConvLayer &conv = generator.layers[i];
        const double inputScale = scales[static_cast<std::size_t>(conv.inputs.front())];
        const double convPixels = pixels * inputScale * inputScale * conv.upsample * conv.upsample;
        scales[i + 1] = inputScale * conv.upsample * conv.shuffle;
        floats[i + 1] = convPixels * conv.outChannels;
        const double strips = stripCount(convPixels * static_cast<double>(conv.weightCount()), d->options.macsPerStrip);
        const double joined = conv.inputs.size() > 1 ? pixels * inputScale * inputScale * conv.inChannels : 0.0;
        // Of each strip: the enlarged or padded input, oneDNN's copies of input and result in its own layout (channels
        // rounded up to its blocks of 8), the result, and its shuffled copy.
        const double blockedIn = std::ceil(conv.inChannels / 8.0) * 8.0;
        const double blockedOut = std::ceil(conv.outChannels / 8.0) * 8.0;
        const double strip = convPixels * (conv.inChannels + blockedIn + 2.0 * blockedOut) / strips;
        double residuals = 0.0;
        for (const model::Residual &residual : conv.residuals)
            if (residual.resample != model::Residual::Resample::None)
                residuals = floats[i + 1];
        peak = std::max(peak, live + joined + floats[i + 1] + std::max(strip, residuals)
                                  + 2.0 * static_cast<double>(conv.weightCount()));
        live += floats[i + 1];
        for (std::size_t map = 0; map <= i; ++map)
            if (last[map] == static_cast<int>(i))
                live -= floats[map];
    }
    // The result exists twice for a moment: as tensor and as planes.
    peak = std::max(peak, live + floats.back());
    return static_cast<std::size_t>(peak * sizeof(float) * kMeasuredPeak) + kMeasuredOverhead;
}

std::string floatBackend(int threads)
{
    return fmt::format("LibTorch {}, {}{} thread{}", TORCH_VERSION, at::hasMKLDNN() ? "oneDNN, " : "", threads,
                       threads == 1 ? "" : "s");
}

std::string FloatRunner::backend() const { return floatBackend(d->threads); }

void FloatRunner::setProfiling(bool on)
{
    d->profiling = on;
    d->costs.clear();
}

std::vector<LayerCost> FloatRunner::layerCosts() const { return d->costs; }

void FloatRunner::releaseMemory()
{
    // Feature maps live only during a run; LibTorch's CPU allocator keeps nothing.
}

quant::FloatForward floatForward(FloatRunner &runner, base::CancelToken cancel)
{
    return [&runner, cancel = std::move(cancel)](const image::Planes &picture, const quant::MapObserver &observer) {
        runner.runObserved(picture, observer, cancel);
    };
}

} // namespace bitlens::run
