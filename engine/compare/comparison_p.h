// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"

#include "engine/compare/calibrationstore.h"
#include "engine/compare/quality.h"
#include "engine/compare/recent.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"

namespace bitlens::compare {

/// How much is kept between calls. Pictures are shared, not copied.
inline constexpr std::size_t kKeptCalibrations = 4;
inline constexpr std::size_t kKeptChoices = 6;
inline constexpr std::size_t kKeptModels = 6;
inline constexpr std::size_t kKeptResults = 6;

bool sameInput(const image::Image &a, const image::Image &b);

/// All that an FP32 picture depends on.
struct FloatKey {
    model::GeneratorPtr generator;
    image::Image input;
    std::size_t memoryBudget = 0;
    int maximumTile = 0;
    bool matches(const Request &request) const
    {
        return generator == request.generator && memoryBudget == request.memoryBudget
               && maximumTile == request.maximumTiles.fp32 && sameInput(input, request.input);
    }
};

struct KeptCalibration {
    model::GeneratorPtr generator;
    image::Image input;
    std::shared_ptr<const quant::Calibration> calibration;
};

/// A calibration with ranges that the user chose. One object for equal choices, because models are known by it.
struct KeptChoice {
    std::shared_ptr<const quant::Calibration> base;
    quant::RangeChoices choices;
    std::shared_ptr<const quant::Calibration> calibration;
};

struct KeptModel {
    model::GeneratorPtr generator;
    quant::BitPlan plan;
    std::shared_ptr<const quant::Calibration> calibration;
    quant::QuantizedModelPtr model;
};

/// One side's finished picture, with the numbers that depend on nothing else.
struct KeptPicture {
    image::Image picture;
    double seconds = 0.0;
    std::string backend;
    int tile = 0; ///< longest side
    std::optional<BlindScores> blind;
    std::vector<run::LayerCost> kernels; ///< of the quantized side
};

struct KeptFloat {
    FloatKey key;
    KeptPicture result;
};

struct KeptQuantized {
    quant::QuantizedModelPtr model;
    image::Image input;
    std::size_t memoryBudget = 0;
    int maximumTile = 0;
    KeptPicture result;
    bool matches(const quant::QuantizedModelPtr &wanted, const Request &request) const
    {
        return model == wanted && memoryBudget == request.memoryBudget && maximumTile == request.maximumTiles.quantized
               && sameInput(input, request.input);
    }
};

struct Comparison::Private {
    Private(const base::ThreadPool &threads, std::shared_ptr<CalibrationStore> kept)
        : pool(threads), store(std::move(kept))
    {
    }

    const base::ThreadPool &pool;
    std::shared_ptr<CalibrationStore> store; ///< may be null
    std::unique_ptr<run::FloatRunner> floatRunner;
    model::GeneratorPtr floatGenerator;
    /// Of the quantized side while somebody looks on (and is likely to change the plan).
    run::ActivationCache activations{0};
    std::unique_ptr<run::IntegerRunner> integerRunner;
    std::optional<KeptFloat> floatResult;
    Recent<KeptCalibration> calibrations{kKeptCalibrations};
    Recent<KeptChoice> choices{kKeptChoices};
    Recent<KeptModel> models{kKeptModels};
    Recent<KeptQuantized> quantizedResults{kKeptResults};
    /// Seconds per input pixel and side of the last run: weights of the progress bar.
    double floatRate = 1.0;
    double quantizedRate = 1.0;

    Result run(const Request &request, const base::Job &job, const PartFunction &onPart, const SideFunction &onSide);

    run::FloatRunner &floatRunnerFor(const model::GeneratorPtr &generator, const base::CancelToken &cancel);
    run::IntegerRunner &integerRunnerFor(const quant::QuantizedModelPtr &model, const base::CancelToken &cancel);
    std::shared_ptr<const quant::Calibration> knownCalibration(const Request &request);
    std::shared_ptr<const quant::Calibration> calibrate(const Request &request, const base::Job &job);
    std::shared_ptr<const quant::Calibration> withChoices(std::shared_ptr<const quant::Calibration> found,
                                                          const Request &request);
    quant::QuantizedModelPtr modelFor(const Request &request, std::shared_ptr<const quant::Calibration> calibration);
    KeptQuantized *knownQuantized(const Request &request);
    void limitActivations(const Request &request, bool isWatched);
    KeptPicture enlargeWith(run::Runner &runner, const Request &request, Side side, std::size_t held,
                            const base::Job &job, const PartFunction &onPart) const;
    static void preview(run::Runner &runner, const Request &request, Side side, const base::Job &job,
                        const PartFunction &onPart);
    void keep(KeptQuantized result);
    void releaseBuffers();
};

} // namespace bitlens::compare
