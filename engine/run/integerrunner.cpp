// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/integerrunner.h"

#include "engine/base/clock.h"
#include "engine/base/cpu.h"
#include "engine/kernel/registry.h"
#include "engine/run/integerframe.h"
#include "engine/run/integerprogram.h"
#include "engine/run/restarts.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

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
          kernels(options.kernels),
          useVectors(options.kernels != kernel::kReferenceKernels),
          compiled(std::make_unique<const IntegerProgram>(std::move(model), options.kernels))
    {
    }
    const IntegerProgram &program() const { return *compiled; }

    IntegerFrame::Options frameOptions(image::Size input, bool allValues) const
    {
        return {input, pool.threads(), useVectors, allValues};
    }
    void prepare(IntegerFrame::Options options);
    void releaseFrame();
    std::vector<LayerIdentity> identities() const;
    ActivationCache::Entry *entryFor(const image::Planes &input) const;
    IntegerFrame::Options optionsFor(ActivationCache::Entry *entry, image::Size input, bool allValues) const;
    void restore() const;
    void runInput(const image::Planes &input) const;
    double runLayer(int layer);
    image::Planes result(image::Size size) const;

    const base::ThreadPool &pool;
    std::string kernels;
    bool useVectors;
    std::unique_ptr<const IntegerProgram> compiled;
    IntegerFrame::Memory memory; ///< while there is no frame
    std::optional<IntegerFrame> frame;
    ActivationCache *cache = nullptr;
    int firstLayerRun = 0;
    double sparedSeconds = 0.0;
    bool profiling = false;
    std::vector<LayerCost> costs;
};

void IntegerRunner::Private::prepare(IntegerFrame::Options options)
{
    const auto isPlain = [](const IntegerFrame::Options &of) { return of.kept.empty() && of.firstLayer == 0; };
    if (frame && isPlain(options) && isPlain(frame->options()) && frame->options().input == options.input
        && frame->options().allValues == options.allValues)
        return;
    releaseFrame();
    frame.emplace(program(), options, std::move(memory));
}

void IntegerRunner::Private::releaseFrame()
{
    if (frame)
        memory = frame->takeMemory();
    frame.reset();
}

std::vector<LayerIdentity> IntegerRunner::Private::identities() const
{
    std::vector<LayerIdentity> all;
    for (const quant::QuantizedLayer &layer : program().model().layers)
        all.push_back(layer.identity);
    return all;
}

ActivationCache::Entry *IntegerRunner::Private::entryFor(const image::Planes &input) const
{
    if (!cache || !program().model().layers.front().identity)
        return nullptr;
    if (ActivationCache::Entry *known = cache->find(input))
        return known;
    const model::Generator &generator = program().generator();
    std::vector<std::size_t> bytes;
    for (int map = 0; map <= static_cast<int>(generator.layers.size()); ++map)
        bytes.push_back(IntegerFrame::keptLayout(generator, input.size(), map).count() * sizeof(float));
    return cache->add(input, bytes, [&](std::size_t free) { return mapsToKeep(generator, free, bytes); });
}

IntegerFrame::Options IntegerRunner::Private::optionsFor(ActivationCache::Entry *entry, image::Size input,
                                                         bool allValues) const
{
    IntegerFrame::Options options = frameOptions(input, allValues);
    if (!entry)
        return options;
    const model::Generator &generator = program().generator();
    const int unchanged = entry->unchangedLayers(identities());
    const std::vector<int> known = entry->knownMaps();
    options.firstLayer =
        restartLayer(generator, std::min(unchanged, static_cast<int>(generator.layers.size()) - 1), known);
    for (const int map : entry->mapsToKeep()) {
        const std::size_t bytes = IntegerFrame::keptLayout(generator, input, map).count() * sizeof(float);
        options.kept.push_back({map, entry->memory(map, bytes), std::binary_search(known.begin(), known.end(), map)});
    }
    return options;
}

void IntegerRunner::Private::restore() const
{
    for (const int map : frame->mapsToRestore()) {
        frame->fillBorders(map);
        const int height = frame->values(map).layout.height;
        pool.forRanges(static_cast<std::size_t>(height), 16, [&](std::size_t begin, std::size_t end, int thread) {
            frame->restoreLines(map, static_cast<int>(begin), static_cast<int>(end), frame->scratch(thread));
        });
    }
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

double IntegerRunner::Private::runLayer(int layer)
{
    const base::Stopwatch stopwatch;
    const kernel::Convolution &convolution = *program().layers()[static_cast<std::size_t>(layer)].convolution;
    frame->fillBorders(layer + 1);
    const kernel::ConvolutionRun run = frame->convolutionRun(layer);
    const std::size_t units = convolution.units({run.width, run.height});
    const std::size_t pieces = static_cast<std::size_t>(pool.threads()) * kPiecesPerThread;
    pool.forRanges(units, std::max<std::size_t>(1, units / pieces),
                   [&](std::size_t begin, std::size_t end, int thread) {
                       convolution.run(run, begin, end, frame->scratch(thread));
                   });
    const double seconds = stopwatch.seconds();
    if (profiling)
        costs.push_back({convolution.name(), convolution.isInteger(), seconds,
                         layerMacs(program().generator(), static_cast<std::size_t>(layer), frame->options().input)});
    return seconds;
}

image::Planes IntegerRunner::Private::result(image::Size size) const
{
    const kernel::MapView<const float> map = frame->values(static_cast<int>(program().layers().size()));
    image::Planes planes(3, size.height, size.width);
    float *out = planes.mutableData();
    const model::OutputTransform transform = program().generator().output;
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

const model::Generator &IntegerRunner::generator() const { return d->program().generator(); }

const quant::QuantizedModel &IntegerRunner::model() const { return d->program().model(); }

image::Planes IntegerRunner::run(const image::Planes &picture, const base::CancelToken &cancel)
{
    return runObserved(picture, {}, cancel);
}

void IntegerRunner::setModel(quant::QuantizedModelPtr model)
{
    d->releaseFrame();
    d->compiled = std::make_unique<const IntegerProgram>(std::move(model), d->kernels, d->compiled.get());
    d->costs.clear();
}

void IntegerRunner::setCache(ActivationCache *cache)
{
    d->releaseFrame();
    d->cache = cache;
}

int IntegerRunner::firstLayerRun() const { return d->firstLayerRun; }

double IntegerRunner::takeSparedSeconds() { return std::exchange(d->sparedSeconds, 0.0); }

image::Planes IntegerRunner::runObserved(const image::Planes &picture, const quant::MapObserver &observer,
                                         const base::CancelToken &cancel)
{
    if (picture.size().isEmpty())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the picture has no pixels");
    try {
        const image::Planes input = networkInput(generator(), picture);
        ActivationCache::Entry *entry = observer ? nullptr : d->entryFor(input);
        d->prepare(d->optionsFor(entry, input.size(), static_cast<bool>(observer)));
        const int layers = static_cast<int>(generator().layers.size());
        const int first = d->frame->options().firstLayer;
        d->firstLayerRun = first;
        d->sparedSeconds += entry ? entry->secondsBefore(first) : 0.0;
        d->costs.assign(d->profiling ? static_cast<std::size_t>(first) : 0, LayerCost{"kept", true, 0.0, 0.0});
        d->runInput(input);
        d->restore();
        if (observer)
            observer(0, input);
        for (int layer = first; layer < layers; ++layer) {
            cancel.throwIfCancelled();
            const double seconds = d->runLayer(layer);
            if (entry)
                entry->completed(layer, model().layers[static_cast<std::size_t>(layer)].identity, seconds);
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
    return d->program().weightBytes() + IntegerFrame::bytes(d->program(), d->frameOptions(input, false)) + inputBytes
           + outputBytes;
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
    for (const PackedLayer &layer : d->program().layers())
        kernels.push_back({layer.convolution->name(), layer.convolution->isInteger(), 0.0, 0.0});
    return kernels;
}

void IntegerRunner::releaseMemory()
{
    d->frame.reset();
    d->memory = {};
}

} // namespace bitlens::run
