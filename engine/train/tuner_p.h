// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/train/tuner.h"

#include "engine/train/adamstate.h"
#include "engine/train/checkpoint.h"
#include "engine/train/quantizednetwork.h"
#include "engine/train/ranks.h"
#include "engine/train/tuneloss.h"
#include "engine/train/tuneschedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bitlens::train {

inline constexpr const char *kTuneCheckpointName = "checkpoint.safetensors";

/// Adam over the parameters of some kinds; its rate is per parameter, in its unit.
struct TuneGroup {
    std::vector<QuantizedNetwork::Kind> kinds;
    std::vector<QuantizedNetwork::Parameter> parameters;
    std::unique_ptr<torch::optim::Adam> optimizer;
    int steps = 0; ///< done by this optimizer

    TuneGroup(const char *prefix, std::vector<QuantizedNetwork::Kind> chosen, const QuantizedNetwork &network)
        : kinds(std::move(chosen))
    {
        state.prefix = prefix;
        std::vector<torch::optim::OptimizerParamGroup> groups;
        for (const QuantizedNetwork::Parameter &parameter : network.parameters())
            if (std::find(kinds.begin(), kinds.end(), parameter.kind) != kinds.end()) {
                parameters.push_back(parameter);
                state.parameters.emplace_back(parameter.name, parameter.value);
                groups.emplace_back(std::vector<torch::Tensor>{parameter.value},
                                    std::make_unique<torch::optim::AdamOptions>(options()));
            }
        optimizer = std::make_unique<torch::optim::Adam>(groups, options());
    }
    /// Gradients here are far below Adam's usual epsilon of 1e-8.
    static torch::optim::AdamOptions options() { return torch::optim::AdamOptions(1e-3).betas({0.9, 0.99}).eps(1e-12); }

    void advance(double rate)
    {
        if (rate <= 0.0)
            return;
        auto &groups = optimizer->param_groups();
        for (std::size_t i = 0; i < groups.size(); ++i)
            static_cast<torch::optim::AdamOptions &>(groups[i].options()).lr(rate * parameters[i].unit);
        optimizer->step();
        ++steps;
    }
    bool isFinite() const
    {
        return std::all_of(parameters.begin(), parameters.end(), [](const QuantizedNetwork::Parameter &parameter) {
            const torch::Tensor &gradient = parameter.value.grad();
            return std::isfinite(parameter.value.detach().sum().item<double>())
                   && (!gradient.defined() || std::isfinite(gradient.sum().item<double>()));
        });
    }

    AdamState state;
};

/// What decides how a run goes on.
struct TuneTurn {
    bool isCancelled = false;
    bool isTimeUp = false;
    int steps = 0; ///< in all; 0 while unknown
};

struct Tuner::Private {
    TuneOptions options;
    std::shared_ptr<const Ranks> ranks; ///< never null
    const PhotoSet &photos;
    const HeldOut &heldOut;
    const base::ThreadPool &pool;
    quant::QuantizedModelPtr start;
    TuneLoss loss;
    QuantizedNetwork network;
    QuantizedNetwork average;        ///< of the network's values over the last steps
    std::array<TuneGroup, 3> groups; ///< scales, biases, weights
    int step = 0;
    int steps = 0;
    int validatedStep = -1;
    int validateEvery = 1;
    double seconds = 0.0;
    double lossSum = 0.0;
    int lossCount = 0;
    double before = 0.0;
    double present = 0.0;
    double best = 0.0;
    double presentLpips = -1.0; ///< negative: not measured
    double beforeLpips = -1.0;
    double bestLpips = -1.0;
    int bestStep = 0;
    std::vector<torch::Tensor> bestValues; ///< empty: the start

    Private(quant::QuantizedModelPtr model, const PhotoSet &set, const HeldOut &validation, TuneOptions wish,
            const base::ThreadPool &threads);

    std::string path(const char *name) const { return (std::filesystem::path(options.folder) / name).string(); }
    TuneSchedule schedule() const { return {options, steps}; }

    void setSteps(int count);
    /// This rank's part of a batch.
    TuneLoss::Batch batchAt(int at) const;
    /// Of everything that is learned now.
    std::vector<torch::Tensor> gradients() const;
    /// The same on all ranks: an interruption on any of them counts for all, time and steps are those of rank 0.
    TuneTurn agreed(const TuneTurn &own) const;
    /// One step. Says what was not finite, or nothing.
    std::string advance(const TuneLoss::Batch &batch);
    std::string learn(const TuneLoss::Batch &batch);
    bool isBetter(const HeldOut::Scores &scores) const;
    void validate(const base::CancelToken &cancel);
    std::string description() const;
    quant::QuantizedModelPtr bestModel() const;
    bool isDue() const
    {
        return validatedStep != step && (step == 0 || (steps > 0 && (step == steps || step % validateEvery == 0)));
    }
    /// Validates, and tells folder and caller.
    void report(const base::CancelToken &cancel, const TuneStatusFunction &onStatus);
    /// What is due between steps on the rank that validates and writes. False when it was interrupted.
    bool record(bool isTimeUp, const base::CancelToken &cancel, const TuneStatusFunction &onStatus);

    // In tunercheckpoint.cpp.
    Checkpoint state() const;
    void save() const;
    /// From the checkpoint that rank 0 finds in its folder, where there is one; all ranks then are alike.
    void resume();
    void restore(const Checkpoint &checkpoint, const std::string &file);
    /// Throws base::Error{InvalidArgument} on all ranks when they do not do the same work.
    void requireAlike() const;
    void appendLog(const TuneStatus &status) const;
};

} // namespace bitlens::train
