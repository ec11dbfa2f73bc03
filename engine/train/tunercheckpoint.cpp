// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// What a tuning run keeps in its folder.

#include "engine/train/tuner_p.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/train/checkpoint.h"

#include <fmt/format.h>

namespace fs = std::filesystem;

namespace bitlens::train {

namespace {

constexpr const char *kLogName = "log.csv";

/// FNV-1a, to tell whether a checkpoint belongs to the same start.
std::string fingerprint(const quant::QuantizedModel &model)
{
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const std::uint8_t byte : quant::pack(model))
        hash = (hash ^ byte) * 0x100000001b3ULL;
    return fmt::format("{:016x}", hash);
}

} // namespace

Checkpoint Tuner::Private::state() const
{
    Checkpoint checkpoint;
    for (const QuantizedNetwork::Parameter &parameter : network.parameters())
        checkpoint.tensors.emplace_back(parameter.name, parameter.value);
    for (const QuantizedNetwork::Parameter &parameter : average.parameters())
        checkpoint.tensors.emplace_back("average." + parameter.name, parameter.value);
    for (std::size_t i = 0; i < bestValues.size(); ++i)
        checkpoint.tensors.emplace_back("best." + network.parameters()[i].name, bestValues[i]);
    for (const TuneGroup &group : groups) {
        group.state.store(*group.optimizer, checkpoint);
        checkpoint.values[group.state.prefix + "steps"] = std::to_string(group.steps);
    }
    checkpoint.values["start"] = fingerprint(*start);
    checkpoint.values["seed"] = std::to_string(options.seed);
    checkpoint.values["step"] = std::to_string(step);
    checkpoint.values["steps"] = std::to_string(steps);
    checkpoint.values["validated_step"] = std::to_string(validatedStep);
    checkpoint.values["best_step"] = std::to_string(bestStep);
    checkpoint.values["loss_count"] = std::to_string(lossCount);
    // Hexadecimal digits give the same number back.
    for (const auto &[name, value] : {std::pair{"loss_sum", lossSum},
                                      {"seconds", seconds},
                                      {"before", before},
                                      {"present", present},
                                      {"best", best},
                                      {"present_lpips", presentLpips},
                                      {"before_lpips", beforeLpips},
                                      {"best_lpips", bestLpips}})
        checkpoint.values[name] = fmt::format("{:a}", value);
    loss.store(checkpoint);
    return checkpoint;
}

void Tuner::Private::save() const
{
    if (!options.folder.empty() && ranks->isFirst())
        writeCheckpoint(state(), path(kTuneCheckpointName));
}

void Tuner::Private::resume()
{
    const std::string file = path(kTuneCheckpointName);
    if (ranks->isFirst() && !options.folder.empty() && fs::exists(file))
        restore(readCheckpoint(file), file);
    shareState(
        *ranks, [this] { return state(); },
        [this](const Checkpoint &checkpoint, const std::string &from) { restore(checkpoint, from); });
}

void Tuner::Private::requireAlike() const
{
    if (ranks->count() == 1)
        return;
    const std::array<std::pair<const char *, std::string>, 5> own{
        {{"models, plans or ranges", fingerprint(*start)},
         {"numbers of photos", fmt::format("{}", photos.size())},
         {"crops", fmt::format("{}x{}", options.batch.count, options.batch.side)},
         {"seeds", fmt::format("{}", options.seed)},
         {"losses", fmt::format("{} {} {}", options.featureWeight, options.photoWeight, options.adversarial ? 1 : 0)}}};
    std::vector<double> different;
    for (const auto &[name, text] : own) {
        std::vector<std::uint8_t> first(text.begin(), text.end());
        ranks->broadcast(first);
        different.push_back(std::string(first.begin(), first.end()) == text ? 0.0 : 1.0);
    }
    ranks->sum(different);
    for (std::size_t i = 0; i < own.size(); ++i)
        if (different[i] > 0.0)
            throw base::Error(base::ErrorCode::InvalidArgument, {},
                              fmt::format("the ranks cannot work together: their {} differ", own[i].first));
}

void Tuner::Private::restore(const Checkpoint &checkpoint, const std::string &file)
{
    const auto text = [&](const std::string &key) {
        const auto found = checkpoint.values.find(key);
        if (found == checkpoint.values.end())
            throw base::Error(base::ErrorCode::BrokenFile, file, fmt::format("the value \"{}\" is missing", key));
        return found->second;
    };
    const auto number = [&](const std::string &key) {
        try {
            const double value = std::stod(text(key));
            if (std::isfinite(value))
                return value;
        } catch (const std::logic_error &) {
        }
        throw base::Error(base::ErrorCode::BrokenFile, file, fmt::format("the value \"{}\" is not a number", key));
    };
    const auto require = [&](bool condition, const std::string &what) {
        if (!condition)
            throw base::Error(base::ErrorCode::InvalidArgument, file, "this run was started with " + what);
    };
    require(text("start") == fingerprint(*start), "another model, plan or ranges");
    require(text("seed") == std::to_string(options.seed), "seed " + text("seed") + "; resume with the same");
    require(Adversary::isIn(checkpoint) == options.adversarial.has_value(),
            options.adversarial ? "no adversarial mode" : "the adversarial mode");
    const int total = static_cast<int>(number("steps"));
    require(options.steps == 0 || total == 0 || total == options.steps,
            fmt::format("{} steps; resume with the same", total));
    step = static_cast<int>(number("step"));
    if (total > 0)
        setSteps(total);
    validatedStep = static_cast<int>(number("validated_step"));
    bestStep = static_cast<int>(number("best_step"));
    lossCount = static_cast<int>(number("loss_count"));
    lossSum = number("loss_sum");
    seconds = number("seconds");
    before = number("before");
    present = number("present");
    best = number("best");
    if (options.adversarial) {
        presentLpips = number("present_lpips");
        beforeLpips = number("before_lpips");
        bestLpips = number("best_lpips");
    }
    loss.restore(checkpoint, file);

    const torch::NoGradGuard noGradient;
    for (std::size_t i = 0; i < network.parameters().size(); ++i) {
        const QuantizedNetwork::Parameter &parameter = network.parameters()[i];
        torch::Tensor target = parameter.value;
        torch::Tensor mean = average.parameters()[i].value;
        checkpoint.restore(parameter.name, target, file);
        checkpoint.restore("average." + parameter.name, mean, file);
        if (bestStep > 0) {
            bestValues.push_back(torch::zeros_like(target));
            checkpoint.restore("best." + parameter.name, bestValues.back(), file);
        }
    }
    for (TuneGroup &group : groups) {
        group.steps = static_cast<int>(number(group.state.prefix + "steps"));
        group.state.restore(*group.optimizer, group.steps, checkpoint, file);
    }
}

void Tuner::Private::appendLog(const TuneStatus &status) const
{
    if (options.folder.empty())
        return;
    const std::string file = path(kLogName);
    std::string log = fmt::format("step,phase,loss,psnr_to_fp32,best,seconds{}\n", status.lpips ? ",lpips" : "");
    if (fs::exists(file)) {
        const auto bytes = base::readFile(file);
        log.assign(bytes.begin(), bytes.end());
    }
    log += fmt::format("{},{},{:.7f},{:.4f},{:.4f},{:.1f}{}\n", status.step, tunePhaseName(status.phase), status.loss,
                       status.psnr, status.best, status.seconds,
                       status.lpips ? fmt::format(",{:.6f}", *status.lpips) : std::string());
    base::writeFileAtomically(file, log);
}

} // namespace bitlens::train
