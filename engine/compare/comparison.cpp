// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/comparison_p.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/compare/enlargement.h"
#include "engine/compare/selfcalibration.h"
#include "engine/image/alpha.h"
#include "engine/image/colour.h"
#include "engine/run/tiles.h"

#include <algorithm>
#include <utility>

namespace bitlens::compare {

namespace {

/// The focus is shown ahead of the whole picture where that is at least so many times its size.
constexpr double kPreviewRatio = 3.0;
/// Input pixels around the focus that a preview computes on: enough that nothing jumps visibly later (an SRGAN of 16
/// blocks, photographs: at most one of 255 levels, and 12 would give two). Generators that see very far are deep and
/// slow, and what is far away counts little: there the view is to be soon (RRDBNet of 23 blocks, a photograph: 2.4
/// levels RMS; 2.0 at 8, 2.7 at 4).
constexpr int kPreviewContext = 16;
constexpr int kDeepPreviewContext = 6;
/// Above this, runners let go of their buffers after each pass.
constexpr std::size_t kLargePixels = 1'000'000;

void validate(const Request &request)
{
    const auto refuse = [&request](const std::string &detail) {
        throw base::Error(base::ErrorCode::InvalidArgument, request.inputName, detail);
    };
    if (request.input.isNull())
        refuse("the picture is empty");
    if (!request.generator)
        refuse("no model is loaded");
    if (request.runQuantized && request.plan.size() != request.generator->layers.size())
        refuse("the bit plan has " + std::to_string(request.plan.size()) + " layers, the model has "
               + std::to_string(request.generator->layers.size()));
}

/// 8-bit pixels without alpha, as parts have them.
image::Image displayPixels(const image::Image &picture)
{
    return image::toEightBit(picture.hasAlpha() ? image::withoutAlpha(picture) : picture);
}

image::Rect grown(const image::Rect &rect, int by, image::Size size)
{
    return image::Rect{rect.x - by, rect.y - by, rect.width + 2 * by, rect.height + 2 * by}.intersected(
        {0, 0, size.width, size.height});
}

/// Runs with an observer that collects the maps asked for and then ends the run.
template <typename Runner>
std::vector<image::Planes> observedMaps(Runner &runner, const image::Planes &picture, const std::vector<int> &maps,
                                        const base::CancelToken &cancel)
{
    std::vector<image::Planes> found(maps.size());
    bool complete = false;
    const int last = maps.empty() ? -1 : *std::max_element(maps.begin(), maps.end());
    const auto observer = [&](int map, const image::Planes &values) {
        for (std::size_t i = 0; i < maps.size(); ++i)
            if (maps[i] == map)
                found[i] = values;
        complete = map >= last;
        if (complete)
            throw base::Cancelled(); // what a run ends with early; here it is no cancel
    };
    try {
        runner.runObserved(picture, observer, cancel);
    } catch (const base::Cancelled &) {
        if (!complete)
            throw;
        runner.releaseMemory();
    }
    return found;
}

} // namespace

void Comparison::Private::preview(run::Runner &runner, const Request &request, Side side, const base::Job &job,
                                  const PartFunction &onPart)
{
    const int radius = runner.generator().receptiveRadius();
    const int context = radius > run::kDefaultOverlapLimit ? kDeepPreviewContext : std::min(kPreviewContext, radius);
    const image::Rect focus = grown(request.focus, 0, request.input.size());
    const image::Rect around = grown(focus, context, request.input.size());
    EnlargeOptions options;
    options.memoryBudget = request.memoryBudget;
    const image::Image picture = displayPixels(enlarge(runner, request.input.cropped(around), options, job));
    const int scale = runner.generator().scale;
    const image::Rect inside{(focus.x - around.x) * scale, (focus.y - around.y) * scale, focus.width * scale,
                             focus.height * scale};
    onPart({side, {focus.x * scale, focus.y * scale, inside.width, inside.height}, picture.cropped(inside)});
}

KeptPicture Comparison::Private::enlargeWith(run::Runner &runner, const Request &request, Side side, std::size_t held,
                                             const base::Job &job, const PartFunction &onPart) const
{
    EnlargeOptions options;
    options.focus = request.focus;
    options.memoryBudget = request.memoryBudget;
    options.heldBytes = held;
    options.maximumTile = side == Side::Fp32 ? request.maximumTiles.fp32 : request.maximumTiles.quantized;
    EnlargedPartFunction deliver;
    if (onPart)
        deliver = [&onPart, side](const image::Image &pixels, const image::Rect &where) {
            onPart({side, where, pixels});
        };
    const std::string name = side == Side::Fp32 ? "FP32" : "quantized";
    base::Job named = job;
    if (job.progress)
        named.progress = [&job, &name](double fraction, const std::string &what) {
            job.report(fraction, name + ", " + what);
        };
    auto *const integer = dynamic_cast<run::IntegerRunner *>(&runner);
    if (integer)
        integer->takeSparedSeconds();
    const base::Stopwatch watch;
    KeptPicture result;
    result.picture = enlarge(runner, request.input, options, named, deliver, &result.tile);
    result.seconds = watch.seconds() + (integer ? integer->takeSparedSeconds() : 0.0);
    result.backend = runner.backend();
    return result;
}

Result Comparison::Private::run(const Request &request, const base::Job &job, const PartFunction &onPart,
                                const SideFunction &onSide)
{
    validate(request);
    const image::Size inputSize = request.input.size();
    const int scale = request.generator->scale;
    const bool large = request.memoryBudget > 0 || inputSize.pixels() > kLargePixels;
    limitActivations(request, static_cast<bool>(onPart));

    Result result;
    result.chosenRanges = request.chosenRanges;
    Report &report = result.report;
    report.input = request.inputName;
    report.model = request.generator->name;
    report.plan =
        request.planName.empty() && request.runQuantized ? request.plan.toRules(*request.generator) : request.planName;
    report.inputSize = inputSize;
    report.outputSize = {inputSize.width * scale, inputSize.height * scale};

    if (floatResult && !floatResult->key.matches(request))
        floatResult.reset();
    const bool needFloat = request.runFloat && !floatResult;
    KeptQuantized *keptQuantized = request.runQuantized ? knownQuantized(request) : nullptr;
    const bool needQuantized = request.runQuantized && !keptQuantized;
    std::shared_ptr<const quant::Calibration> calibration = needQuantized ? knownCalibration(request) : nullptr;
    const bool needCalibration = needQuantized && !calibration;

    const image::Rect focus = grown(request.focus, 0, inputSize);
    const auto pixels = static_cast<double>(inputSize.pixels());
    const auto focusPixels = static_cast<double>(image::Size{focus.width, focus.height}.pixels());
    const bool previewFirst = onPart && !focus.isEmpty() && pixels >= kPreviewRatio * focusPixels;

    // The progress bar in proportion to the expected time of each step.
    const double calibrationPart =
        needCalibration && !request.plan.isAllFloat()
            ? floatRate * std::min(pixels, static_cast<double>(calibrationPixels(*request.generator)))
            : 0.0;
    const double passPixels = pixels * (request.input.hasAlpha() ? 2.0 : 1.0);
    const double previewPixels = previewFirst ? 2.0 * focusPixels : 0.0;
    const double floatPart = needFloat ? floatRate * passPixels : 0.0;
    const double floatPreview = needFloat ? floatRate * previewPixels : 0.0;
    const double quantizedPart = needQuantized ? quantizedRate * passPixels : 0.0;
    const double quantizedPreview = needQuantized ? quantizedRate * previewPixels : 0.0;
    const double work = calibrationPart + floatPart + floatPreview + quantizedPart + quantizedPreview;
    const double qualityPart = work > 0.0 ? 0.05 * work : 1.0;
    const double total = work + qualityPart;
    double done = 0.0;
    const auto step = [&](double part) {
        const base::Job sub = job.part(done / total, std::min(1.0, (done + part) / total));
        done += part;
        return sub;
    };

    // What has been computed before is shown at once.
    if (request.runFloat && floatResult && onPart)
        onPart({Side::Fp32,
                {0, 0, report.outputSize.width, report.outputSize.height},
                displayPixels(floatResult->result.picture)});
    if (keptQuantized && onPart)
        onPart({Side::Quantized,
                {0, 0, report.outputSize.width, report.outputSize.height},
                displayPixels(keptQuantized->result.picture)});

    if (previewFirst && needFloat)
        preview(floatRunnerFor(request.generator, job.cancel), request, Side::Fp32, step(floatPreview), onPart);

    quant::QuantizedModelPtr model = keptQuantized ? keptQuantized->model : nullptr;
    if (needCalibration) {
        const base::Job sub = step(calibrationPart);
        sub.report(0.0, "calibrating");
        calibration = calibrate(request, sub);
        if (!needFloat && floatRunner)
            floatRunner->releaseMemory();
    }
    if (needQuantized) {
        model = modelFor(request, calibration);
        job.cancel.throwIfCancelled();
        if (previewFirst)
            preview(integerRunnerFor(model, job.cancel), request, Side::Quantized, step(quantizedPreview), onPart);
    }
    if (model) {
        report.quantized.bytes = quant::packedBytes(*model);
        result.model = model;
        result.calibration = calibration ? calibration : knownCalibration(request);
    }
    report.fp32.bytes = quant::floatBytes(*request.generator);

    const auto fillSide = [](SideReport &side, const KeptPicture &picture) {
        side.seconds = picture.seconds;
        side.backend = picture.backend;
    };
    if (request.runFloat) {
        if (needFloat) {
            KeptPicture picture = enlargeWith(floatRunnerFor(request.generator, job.cancel), request, Side::Fp32, 0,
                                              step(floatPart), onPart);
            floatRate = picture.seconds / passPixels;
            floatResult = KeptFloat{{request.generator, request.input, request.memoryBudget, request.maximumTiles.fp32},
                                    std::move(picture)};
            if (large)
                releaseBuffers();
        }
        result.fp32 = floatResult->result.picture;
        result.tiles.fp32 = floatResult->result.tile;
        fillSide(report.fp32, floatResult->result);
        if (onSide)
            onSide(Side::Fp32, report.fp32);
    }
    if (request.runQuantized) {
        if (needQuantized) {
            KeptPicture picture =
                enlargeWith(integerRunnerFor(model, job.cancel), request, Side::Quantized,
                            (result.fp32.isNull() ? 0 : result.fp32.byteCount()) + activations.limit(),
                            step(quantizedPart), onPart);
            quantizedRate = picture.seconds / passPixels;
            picture.kernels = integerRunner->layerKernels();
            keep({model, request.input, request.memoryBudget, request.maximumTiles.quantized, std::move(picture)});
            if (large)
                releaseBuffers();
        }
        keptQuantized =
            quantizedResults.find([&](const KeptQuantized &entry) { return entry.matches(model, request); });
        result.quantized = keptQuantized->result.picture;
        result.kernels = keptQuantized->result.kernels;
        result.tiles.quantized = keptQuantized->result.tile;
        fillSide(report.quantized, keptQuantized->result);
        if (onSide)
            onSide(Side::Quantized, report.quantized);
    }
    if (request.measureQuality) {
        const base::Job sub = step(qualityPart);
        sub.report(0.0, "measuring quality");
        QualityInput quality{
            result.fp32, result.quantized, request.reference, scale, request.blindScores, request.maModel, {}, {}};
        if (request.runFloat)
            quality.fp32Blind = floatResult->result.blind;
        if (keptQuantized)
            quality.quantizedBlind = keptQuantized->result.blind;
        measureQuality(quality, pool, sub, report, onSide);
        if (request.runFloat)
            floatResult->result.blind = quality.fp32Blind;
        if (keptQuantized)
            keptQuantized->result.blind = quality.quantizedBlind;
    }
    job.cancel.throwIfCancelled();
    job.report(1.0, "done");
    return result;
}

Comparison::Comparison(const base::ThreadPool &pool, std::shared_ptr<CalibrationStore> store)
    : d(std::make_unique<Private>(pool, std::move(store)))
{
}

CalibrationStore *Comparison::calibrationStore() const { return d->store.get(); }

Comparison::~Comparison() = default;

Result Comparison::run(const Request &request, const base::Job &job, const PartFunction &onPart,
                       const SideFunction &onSide)
{
    try {
        return d->run(request, job, onPart, onSide);
    } catch (...) {
        // Half-used buffers are the only state that an interrupted run leaves; entries are added when complete.
        d->releaseBuffers();
        throw base::currentExceptionAsError(request.inputName);
    }
}

std::vector<image::Planes> Comparison::observeFloat(const model::GeneratorPtr &generator, const image::Planes &picture,
                                                    const std::vector<int> &maps, const base::CancelToken &cancel)
{
    try {
        return observedMaps(d->floatRunnerFor(generator, cancel), picture, maps, cancel);
    } catch (...) {
        d->releaseBuffers();
        throw base::currentExceptionAsError();
    }
}

std::vector<image::Planes> Comparison::observeQuantized(const quant::QuantizedModelPtr &model,
                                                        const image::Planes &picture, const std::vector<int> &maps,
                                                        const base::CancelToken &cancel)
{
    try {
        return observedMaps(d->integerRunnerFor(model, cancel), picture, maps, cancel);
    } catch (...) {
        d->releaseBuffers();
        throw base::currentExceptionAsError();
    }
}

void Comparison::releaseMemory()
{
    d->floatResult.reset();
    d->quantizedResults.clear();
    d->models.clear();
    d->choices.clear();
    d->calibrations.clear();
    d->floatRunner.reset();
    d->integerRunner.reset();
    d->activations.clear();
    d->releaseBuffers();
}

} // namespace bitlens::compare
