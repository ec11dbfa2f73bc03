// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// What a Comparison keeps between calls, and when it makes it anew.

#include "engine/compare/comparison_p.h"

#include "engine/base/cpu.h"
#include "engine/compare/selfcalibration.h"

#include <algorithm>
#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace bitlens::compare {

namespace {

constexpr std::size_t kKeptResultBytes = std::size_t{256} << 20;
/// Feature maps from which a changed plan goes on: at most so much, and at most this part of the memory budget.
constexpr std::size_t kKeptActivationBytes = std::size_t{1} << 30;
constexpr std::size_t kActivationShare = 4;
/// First calls into LibTorch and the kernels set up what later ones reuse; that is not the picture's time.
constexpr int kWarmUpSide = 16;

/// Ranges for a plan that quantizes nothing: they are asked for, but not used.
std::shared_ptr<const quant::Calibration> emptyCalibration(const model::Generator &generator)
{
    auto calibration = std::make_shared<quant::Calibration>();
    quant::Range range;
    range.high = 1.0F;
    calibration->ranges.assign(generator.layers.size() + 1, range);
    calibration->channelExponents.assign(generator.layers.size() + 1, 0.0F);
    calibration->description = "none";
    return calibration;
}

/// The packed model is what is asked for: its own generator and plan, and no other ranges.
bool isAsPacked(const Request &request)
{
    return request.packed && request.chosenRanges.empty() && request.packed->generator == request.generator
           && request.packed->plan == request.plan
           && (!request.calibration || request.calibration.get() == &request.packed->calibration);
}

} // namespace

bool sameInput(const image::Image &a, const image::Image &b)
{
    return a.size() == b.size() && a.channels() == b.channels() && a.type() == b.type()
           && a.iccProfile() == b.iccProfile() && (a.bytes() == b.bytes() || a.samePixels(b));
}

run::FloatRunner &Comparison::Private::floatRunnerFor(const model::GeneratorPtr &generator,
                                                      const base::CancelToken &cancel)
{
    if (!floatRunner || floatGenerator != generator) {
        floatRunner.reset();
        auto runner = std::make_unique<run::FloatRunner>(generator, pool.threads());
        runner->run(image::Planes(3, kWarmUpSide, kWarmUpSide), cancel);
        floatRunner = std::move(runner);
        floatGenerator = generator;
    }
    return *floatRunner;
}

run::IntegerRunner &Comparison::Private::integerRunnerFor(const quant::QuantizedModelPtr &model,
                                                          const base::CancelToken &cancel)
{
    if (integerRunner && &integerRunner->model() == model.get())
        return *integerRunner;
    if (integerRunner && integerRunner->model().generator == model->generator) {
        integerRunner->setModel(model);
        return *integerRunner;
    }
    integerRunner.reset();
    activations.clear();
    auto runner = std::make_unique<run::IntegerRunner>(model, pool);
    runner->run(image::Planes(3, kWarmUpSide, kWarmUpSide), cancel);
    runner->setCache(&activations);
    integerRunner = std::move(runner);
    return *integerRunner;
}

void Comparison::Private::limitActivations(const Request &request, bool isWatched)
{
    const std::size_t budget =
        request.memoryBudget > 0 ? request.memoryBudget : (base::memoryInfo().available + activations.bytes()) / 2;
    activations.setLimit(isWatched ? std::min(kKeptActivationBytes, budget / kActivationShare) : 0);
    activations.beginPass();
}

std::shared_ptr<const quant::Calibration> Comparison::Private::knownCalibration(const Request &request)
{
    if (request.calibration)
        return withChoices(request.calibration, request);
    if (request.packed) // shares the model's ownership
        return withChoices({request.packed, &request.packed->calibration}, request);
    const KeptCalibration *kept = calibrations.find([&request](const KeptCalibration &entry) {
        return entry.generator == request.generator && sameInput(entry.input, request.input);
    });
    return kept ? withChoices(kept->calibration, request) : nullptr;
}

std::shared_ptr<const quant::Calibration>
Comparison::Private::withChoices(std::shared_ptr<const quant::Calibration> found, const Request &request)
{
    if (request.chosenRanges.empty())
        return found;
    const KeptChoice *kept = choices.find(
        [&](const KeptChoice &entry) { return entry.base == found && entry.choices == request.chosenRanges; });
    if (kept)
        return kept->calibration;
    auto calibration =
        std::make_shared<const quant::Calibration>(quant::withChosenRanges(*found, request.chosenRanges));
    choices.add({std::move(found), request.chosenRanges, calibration});
    return calibration;
}

std::shared_ptr<const quant::Calibration> Comparison::Private::calibrate(const Request &request, const base::Job &job)
{
    if (request.plan.isAllFloat())
        return emptyCalibration(*request.generator);
    const std::size_t pixels = calibrationPixels(*request.generator);
    const auto make = [&] {
        const std::vector<image::Planes> pictures = calibrationPictures(std::span(&request.input, 1), pixels);
        run::FloatRunner &runner = floatRunnerFor(request.generator, job.cancel);
        quant::Calibration made =
            quant::calibrateMinMax(*request.generator, run::floatForward(runner, job.cancel), pictures, job);
        job.cancel.throwIfCancelled();
        return made;
    };
    const auto calibration =
        store ? store->obtain({request.generator, {pictureDigest(request.input)}, pixels, pool.threads()}, make)
              : std::make_shared<const quant::Calibration>(make());
    calibrations.add({request.generator, request.input, calibration});
    return withChoices(calibration, request);
}

quant::QuantizedModelPtr Comparison::Private::modelFor(const Request &request,
                                                       std::shared_ptr<const quant::Calibration> calibration)
{
    const KeptModel *kept = models.find([&](const KeptModel &entry) {
        return entry.generator == request.generator && entry.plan == request.plan && entry.calibration == calibration;
    });
    if (kept)
        return kept->model;
    if (isAsPacked(request)) {
        models.add({request.generator, request.plan, std::move(calibration), request.packed});
        return request.packed;
    }
    const quant::QuantizedModel *previous =
        integerRunner && integerRunner->model().generator == request.generator ? &integerRunner->model() : nullptr;
    quant::QuantizedModelPtr model = quant::quantize(request.generator, request.plan, *calibration, previous);
    models.add({request.generator, request.plan, std::move(calibration), model});
    return model;
}

KeptQuantized *Comparison::Private::knownQuantized(const Request &request)
{
    const std::shared_ptr<const quant::Calibration> calibration = knownCalibration(request);
    const KeptModel *model = models.find([&](const KeptModel &entry) {
        return entry.generator == request.generator && entry.plan == request.plan && entry.calibration == calibration;
    });
    if (!calibration || !model)
        return nullptr;
    return quantizedResults.find([&](const KeptQuantized &entry) { return entry.matches(model->model, request); });
}

void Comparison::Private::keep(KeptQuantized result)
{
    if (result.result.picture.byteCount() * kKeptResults > kKeptResultBytes)
        quantizedResults.clear(); // large pictures: only the last one
    quantizedResults.add(std::move(result));
}

void Comparison::Private::releaseBuffers()
{
    if (floatRunner)
        floatRunner->releaseMemory();
    if (integerRunner)
        integerRunner->releaseMemory();
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

} // namespace bitlens::compare
