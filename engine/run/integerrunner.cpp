// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/integerrunner.h"

#include "engine/base/clock.h"
#include "engine/base/cpu.h"
#include "engine/kernel/registry.h"
#include "engine/run/integerframe.h"
#include "engine/run/integerprogram.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace bitlens::run {

namespace {

/// Pieces of work per thread: enough that threads which are delayed do not hold up the others.
constexpr std::size_t kPiecesPerThread = 8;

float transformed(model::OutputTransform transform, float y)
{
    if (transform == model::OutputTransform::TanhToUnit)
        y = std::tanh(y);
    return transform == model::OutputTransform::None ? y : (y + 1.0F) * 0.5F;
}

image::Planes planesOf(const kernel::MapView<const float> &map)
{
    image::Planes planes(map.layout.channels, map.layout.height, map.layout.width);
    float *out = planes.mutableData();
    for (int c = 0; c < map.layout.channels; ++c)
        for (int y = 0; y < map.layout.height; ++y)
            for (int x = 0; x < map.layout.width; ++x)
                *out++ = map.pixel(y, x)[c];
    return planes;
}

} // namespace

struct IntegerRunner::Private {
    Private(quant::QuantizedModelPtr model, const base::ThreadPool &threadPool, const Options &options)
        : pool(threadPool),
          useVectors(options.kernels != kernel::kReferenceKernels),
          program(std::move(model), options.kernels)
    {
    }

    IntegerFrame::Options frameOptions(image::Size input, bool allValues) const
    {
        return {input, pool.threads(), useVectors, allValues};
    }
    void prepare(image::Size input, bool allValues);
    void runInput(const image::Planes &input) const;
    void runLayer(int layer);
    image::Planes result(image::Size size) const;

    const base::ThreadPool &pool;
    bool useVectors;
    IntegerProgram program;
    std::optional<IntegerFrame> frame;
    bool profiling = false;
    std::vector<LayerCost> costs;
};

void IntegerRunner::Private::prepare(image::Size input, bool allValues)
{
    if (frame && frame->options().input == input && frame->options().allValues == allValues)
        return;
    frame.reset(); // before the new one is made: both together may not fit
    frame.emplace(program, frameOptions(input, allValues));
}

void IntegerRunner::Private::runInput(const image::Planes &input) const
{
    frame->fillBorders(0);
    const kernel::Epilogue &epilogue = frame->epilogue(0);
    const int stride = epilogue.outStride();
    pool.forRanges(static_cast<std::size_t>(input.height()), 16, [&](std::size_t begin, std::size_t end, int thread) {
        auto *row = reinterpret_cast<float *>(frame->scratch(thread));
        std::fill_n(row, static_cast<std::size_t>(input.width()) * static_cast<std::size_t>(stride), 0.0F);
        for (std::size_t at = begin; at < end; ++at) {
            const int y = static_cast<int>(at);
            for (int c = 0; c < input.channels(); ++c) {
                const float *line = input.line(c, y);
                for (int x = 0; x < input.width(); ++x)
                    row[static_cast<std::ptrdiff_t>(x) * stride + c] = line[x];
            }
            epilogue.apply({y, 0, 1, input.width(), row, static_cast<std::ptrdiff_t>(input.width()) * stride});
        }
    });
}

void IntegerRunner::Private::runLayer(int layer)
{
    const base::Stopwatch stopwatch;
    const kernel::Convolution &convolution = *program.layers()[static_cast<std::size_t>(layer)].convolution;
    frame->fillBorders(layer + 1);
    const kernel::ConvolutionRun run = frame->convolutionRun(layer);
    const std::size_t units = convolution.units({run.width, run.height});
    const std::size_t pieces = static_cast<std::size_t>(pool.threads()) * kPiecesPerThread;
    pool.forRanges(units, std::max<std::size_t>(1, units / pieces),
                   [&](std::size_t begin, std::size_t end, int thread) {
                       convolution.run(run, begin, end, frame->scratch(thread));
                   });
    if (profiling)
        costs.push_back({convolution.name(), convolution.isInteger(), stopwatch.seconds(),
                         layerMacs(program.generator(), static_cast<std::size_t>(layer), frame->options().input)});
}

image::Planes IntegerRunner::Private::result(image::Size size) const
{
    const kernel::MapView<const float> map = frame->values(static_cast<int>(program.layers().size()));
    image::Planes planes(3, size.height, size.width);
    float *out = planes.mutableData();
    const model::OutputTransform transform = program.generator().output;
    pool.forRanges(static_cast<std::size_t>(size.height), 16, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t y = begin; y < end; ++y) {
            const float *pixel = map.pixel(static_cast<int>(y), 0);
            const std::size_t line = y * static_cast<std::size_t>(size.width);
            for (std::size_t x = 0; x < static_cast<std::size_t>(size.width); ++x, pixel += map.layout.pixelStride)
                for (std::size_t c = 0; c < 3; ++c)
                    out[c * size.pixels() + line + x] = transformed(transform, pixel[c]);
        }
    });
    return planes;
}

IntegerRunner::IntegerRunner(quant::QuantizedModelPtr model, const base::ThreadPool &pool)
    : IntegerRunner(std::move(model), pool, Options())
{
}

IntegerRunner::IntegerRunner(quant::QuantizedModelPtr model, const base::ThreadPool &pool, const Options &options)
    : d(std::make_unique<Private>(std::move(model), pool, options))
{
}

IntegerRunner::~IntegerRunner() = default;

const model::Generator &IntegerRunner::generator() const { return d->program.generator(); }

const quant::QuantizedModel &IntegerRunner::model() const { return d->program.model(); }

image::Planes IntegerRunner::run(const image::Planes &picture, const base::CancelToken &cancel)
{
    return runObserved(picture, {}, cancel);
}

image::Planes IntegerRunner::runObserved(const image::Planes &picture, const quant::MapObserver &observer,
                                         const base::CancelToken &cancel)
{
    if (picture.size().isEmpty())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the picture has no pixels");
    try {
        const image::Planes input = networkInput(generator(), picture);
        d->prepare(input.size(), static_cast<bool>(observer));
        d->costs.clear();
        d->runInput(input);
        if (observer)
            observer(0, input);
        const int layers = static_cast<int>(generator().layers.size());
        for (int layer = 0; layer < layers; ++layer) {
            cancel.throwIfCancelled();
            d->runLayer(layer);
            if (observer)
                observer(layer + 1, planesOf(d->frame->values(layer + 1)));
        }
        return d->result({picture.width() * generator().scale, picture.height() * generator().scale});
    } catch (const std::bad_alloc &) {
        throw base::currentExceptionAsError();
    }
}

std::size_t IntegerRunner::peakBytes(image::Size tile) const
{
    const int unshuffle = generator().inputUnshuffle;
    const image::Size input{(tile.width + unshuffle - 1) / unshuffle, (tile.height + unshuffle - 1) / unshuffle};
    const std::size_t inputBytes =
        input.pixels() * static_cast<std::size_t>(generator().mapChannels(0)) * sizeof(float);
    const auto scale = static_cast<std::size_t>(generator().scale);
    const std::size_t outputBytes = tile.pixels() * scale * scale * 3 * sizeof(float);
    return IntegerFrame::bytes(d->program, d->frameOptions(input, false)) + inputBytes + outputBytes;
}

std::string IntegerRunner::backend() const
{
    const base::CpuFeatures cpu = d->useVectors ? base::cpuFeatures() : base::CpuFeatures{};
    const std::string instructions = base::instructionSetName(cpu);
    return fmt::format("integer, {}{}, {} thread{}", instructions, cpu.avx2 ? "" : " kernels", d->pool.threads(),
                       d->pool.threads() == 1 ? "" : "s");
}

void IntegerRunner::setProfiling(bool on)
{
    d->profiling = on;
    d->costs.clear();
}

std::vector<LayerCost> IntegerRunner::layerCosts() const { return d->costs; }

std::vector<LayerCost> IntegerRunner::layerKernels() const
{
    std::vector<LayerCost> kernels;
    for (const PackedLayer &layer : d->program.layers())
        kernels.push_back({layer.convolution->name(), layer.convolution->isInteger(), 0.0, 0.0});
    return kernels;
}

void IntegerRunner::releaseMemory() { d->frame.reset(); }

} // namespace bitlens::run
