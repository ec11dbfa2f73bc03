// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/tuner.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/train/adamstate.h"
#include "engine/train/checkpoint.h"
#include "engine/train/quantizednetwork.h"
#include "engine/train/tuneschedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <future>
#include <optional>

#include <ATen/Parallel.h>
#include <fmt/format.h>

namespace fs = std::filesystem;

namespace bitlens::train {

namespace {

using Kind = QuantizedNetwork::Kind;

constexpr const char *kCheckpointName = "checkpoint.safetensors";
constexpr const char *kLogName = "log.csv";
/// Steps that tell how many fit into the given time.
constexpr int kTimedSteps = 6;
/// Of the time, what is planned for steps; the rest is for validation.
constexpr double kStepShare = 0.9;
constexpr int kFewestSteps = 20;
constexpr int kValidations = 20;
constexpr int kMostStepsBetweenValidations = 50;
/// Gradients here are far below Adam's usual 1e-8.
constexpr double kAdamEpsilon = 1e-12;
/// Above so many multiply-accumulates per input pixel a step on the usual crops would take tens of seconds.
constexpr double kLargeMacs = 5.0e6;

/// FNV-1a, to tell whether a checkpoint belongs to the same start.
std::string fingerprint(const quant::QuantizedModel &model)
{
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const std::uint8_t byte : quant::pack(model))
        hash = (hash ^ byte) * 0x100000001b3ULL;
    return fmt::format("{:016x}", hash);
}

/// The last feature map of each block, which the loss looks at beside the picture.
std::vector<int> blockOutputs(const model::Generator &generator)
{
    std::vector<int> maps;
    for (const model::Stage &stage : generator.stages)
        if (stage.name.starts_with("body") || stage.name.starts_with("trunk"))
            maps.push_back(stage.firstLayer + stage.layerCount);
    return maps;
}

/// The generator in float, as a network without anything to learn.
QuantizedNetwork teacherOf(const quant::QuantizedModel &start)
{
    const quant::BitPlan allFloat(start.plan.size(), quant::LayerBits{quant::kFloatBits, quant::kFloatBits});
    return QuantizedNetwork(quant::quantize(start.generator, allFloat, {}));
}

/// Adam over the parameters of some kinds; its rate is per parameter, in its unit.
struct Group {
    std::vector<Kind> kinds;
    std::vector<QuantizedNetwork::Parameter> parameters;
    std::unique_ptr<torch::optim::Adam> optimizer;
    int steps = 0; ///< done by this optimizer

    Group(const char *prefix, std::vector<Kind> chosen, const QuantizedNetwork &network) : kinds(std::move(chosen))
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
    static torch::optim::AdamOptions options()
    {
        return torch::optim::AdamOptions(1e-3).betas({0.9, 0.99}).eps(kAdamEpsilon);
    }

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

} // namespace

PhotoSet::BatchShape TuneOptions::batchFor(const model::Generator &generator)
{
    const bool isLarge = generator.macsPerInputPixel() > kLargeMacs;
    return {.count = isLarge ? 2 : 4, .side = (isLarge ? 24 : 32) * generator.scale, .candidates = 4};
}

struct Tuner::Private {
    TuneOptions options;
    const PhotoSet &photos;
    const HeldOut &heldOut;
    const base::ThreadPool &pool;
    quant::QuantizedModelPtr start;
    QuantizedNetwork teacher;
    QuantizedNetwork network;
    QuantizedNetwork average; ///< of the network's values over the last steps
    std::vector<int> features;
    std::array<Group, 3> groups; ///< scales, biases, weights
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
    int bestStep = 0;
    std::vector<torch::Tensor> bestValues; ///< empty: the start

    Private(quant::QuantizedModelPtr model, const PhotoSet &set, const HeldOut &validation, TuneOptions wish,
            const base::ThreadPool &threads)
        : options(std::move(wish)),
          photos(set),
          heldOut(validation),
          pool(threads),
          start(std::move(model)),
          teacher(teacherOf(*start)),
          network(start),
          average(start),
          features(blockOutputs(*start->generator)),
          groups{Group("scales.", {Kind::ActivationScale, Kind::WeightScale}, network),
                 Group("biases.", {Kind::Bias}, network), Group("weights.", {Kind::Weight}, network)}
    {
        if (options.steps > 0)
            setSteps(options.steps);
    }

    std::string path(const char *name) const { return (fs::path(options.folder) / name).string(); }
    TuneSchedule schedule() const { return {options, steps}; }

    void setSteps(int count)
    {
        steps = count;
        validateEvery = options.validateEvery > 0 ? options.validateEvery
                                                  : std::clamp(count / kValidations, 1, kMostStepsBetweenValidations);
    }

    torch::Tensor batchAt(int at) const
    {
        const PhotoSet::Batch batch =
            photos.batch(options.batch, options.seed * 1'000'003ULL + static_cast<std::uint64_t>(at));
        const std::int64_t side = options.batch.side / photos.scale();
        return torch::tensor(batch.low).reshape({options.batch.count, 3, side, side});
    }

    torch::Tensor lossOf(const torch::Tensor &pictures) const
    {
        QuantizedNetwork::Output expected;
        {
            const torch::NoGradGuard noGradient;
            expected = teacher.forward(pictures, features);
        }
        const QuantizedNetwork::Output output = network.forward(pictures, features);
        torch::Tensor loss = torch::l1_loss(output.picture, expected.picture);
        if (options.featureWeight <= 0.0 || features.empty())
            return loss;
        torch::Tensor distance = torch::zeros({});
        for (std::size_t i = 0; i < features.size(); ++i)
            distance =
                distance
                + torch::l1_loss(output.maps[i], expected.maps[i]) / expected.maps[i].abs().mean().clamp_min(1e-12);
        return loss + distance * (options.featureWeight / static_cast<double>(features.size()));
    }

    /// One step. Says what was not finite, or nothing.
    std::string advance(const torch::Tensor &pictures)
    {
        try {
            return learn(pictures);
        } catch (const base::Error &error) {
            if (error.code() == base::ErrorCode::InvalidArgument)
                return "a scale (" + error.detail() + ")";
            throw;
        }
    }

    std::string learn(const torch::Tensor &pictures)
    {
        const TuneSchedule rates = schedule();
        const std::array<double, 3> rate{rates.scaleRate(step), rates.biasRate(step), rates.weightRate(step)};
        for (std::size_t i = 0; i < groups.size(); ++i) {
            for (const Kind kind : groups[i].kinds)
                network.setTrained(kind, rate[i] > 0.0);
        }
        const torch::Tensor loss = lossOf(pictures);
        const double value = loss.item<double>();
        if (!std::isfinite(value))
            return "the loss";
        loss.backward();
        const auto areFinite = [this] {
            return std::all_of(groups.begin(), groups.end(), [](const Group &group) { return group.isFinite(); });
        };
        if (!areFinite())
            return "a gradient";
        for (std::size_t i = 0; i < groups.size(); ++i)
            groups[i].advance(rate[i]);
        if (!areFinite())
            return "a parameter";
        lossSum += value;
        ++lossCount;
        ++step;
        // Follows closely at first.
        const double decay = std::min(options.averageDecay, (1.0 + step) / (10.0 + step));
        const torch::NoGradGuard noGradient;
        for (std::size_t i = 0; i < network.parameters().size(); ++i) {
            torch::Tensor mean = average.parameters()[i].value;
            mean.lerp_(network.parameters()[i].value.detach(), 1.0 - decay);
        }
        return {};
    }

    void validate(const base::CancelToken &cancel)
    {
        if (step == 0) {
            before = present = best = heldOut.psnr(start, cancel);
        } else {
            present = heldOut.psnr(average.toModel(description()), cancel);
            if (present > best) {
                best = present;
                bestStep = step;
                bestValues = average.values();
            }
        }
        validatedStep = step;
    }

    std::string description() const
    {
        return fmt::format("tuned, {} steps on {} photos, from {}", step, photos.size(),
                           start->calibration.description);
    }

    quant::QuantizedModelPtr bestModel() const
    {
        if (bestValues.empty())
            return start;
        QuantizedNetwork copy(start);
        copy.setValues(bestValues);
        return copy.toModel(fmt::format("tuned, {} steps on {} photos, from {}", bestStep, photos.size(),
                                        start->calibration.description));
    }

    bool isDue() const
    {
        return validatedStep != step && (step == 0 || (steps > 0 && (step == steps || step % validateEvery == 0)));
    }
    /// Validates, and tells folder and caller.
    void report(const base::CancelToken &cancel, const TuneStatusFunction &onStatus);

    void save() const;
    void resume();
    void appendLog(const TuneStatus &status) const;
};

void Tuner::Private::save() const
{
    if (options.folder.empty())
        return;
    Checkpoint checkpoint;
    for (const QuantizedNetwork::Parameter &parameter : network.parameters())
        checkpoint.tensors.emplace_back(parameter.name, parameter.value);
    for (const QuantizedNetwork::Parameter &parameter : average.parameters())
        checkpoint.tensors.emplace_back("average." + parameter.name, parameter.value);
    for (std::size_t i = 0; i < bestValues.size(); ++i)
        checkpoint.tensors.emplace_back("best." + network.parameters()[i].name, bestValues[i]);
    for (const Group &group : groups) {
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
                                      {"best", best}})
        checkpoint.values[name] = fmt::format("{:a}", value);
    writeCheckpoint(checkpoint, path(kCheckpointName));
}

void Tuner::Private::resume()
{
    const std::string file = path(kCheckpointName);
    const Checkpoint checkpoint = readCheckpoint(file);
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
    for (Group &group : groups) {
        group.steps = static_cast<int>(number(group.state.prefix + "steps"));
        group.state.restore(*group.optimizer, group.steps, checkpoint, file);
    }
}

void Tuner::Private::appendLog(const TuneStatus &status) const
{
    if (options.folder.empty())
        return;
    const std::string file = path(kLogName);
    std::string log = "step,phase,loss,psnr_to_fp32,best,seconds\n";
    if (fs::exists(file)) {
        const auto bytes = base::readFile(file);
        log.assign(bytes.begin(), bytes.end());
    }
    log += fmt::format("{},{},{:.7f},{:.4f},{:.4f},{:.1f}\n", status.step, tunePhaseName(status.phase), status.loss,
                       status.psnr, status.best, status.seconds);
    base::writeFileAtomically(file, log);
}

void Tuner::Private::report(const base::CancelToken &cancel, const TuneStatusFunction &onStatus)
{
    validate(cancel);
    const TuneStatus status{.step = step,
                            .steps = steps,
                            .phase = schedule().phaseAt(std::max(0, step - 1)),
                            .loss = lossCount > 0 ? lossSum / lossCount : 0.0,
                            .psnr = present,
                            .best = best,
                            .before = before,
                            .seconds = seconds};
    lossSum = 0.0;
    lossCount = 0;
    save();
    appendLog(status);
    if (onStatus)
        onStatus(status);
}

Tuner::Tuner(quant::QuantizedModelPtr start, const PhotoSet &photos, const HeldOut &heldOut, TuneOptions options,
             const base::ThreadPool &pool)
{
    const auto require = [](bool condition, const std::string &what) {
        if (!condition)
            throw base::Error(base::ErrorCode::InvalidArgument, {}, what);
    };
    require(options.steps > 0 || options.minutes > 0.0, "tuning needs a number of steps or a time");
    require(options.steps >= 0 && std::isfinite(options.minutes) && options.minutes >= 0.0,
            "steps and time cannot be negative");
    const int multiple = photos.scale() * start->generator->inputUnshuffle;
    require(options.batch.count > 0 && options.batch.side > 0 && options.batch.side % multiple == 0,
            fmt::format("crops of {} pixels do not suit this model: multiples of {} do", options.batch.side, multiple));
    require(photos.scale() == start->generator->scale, "the photos were read for another scale");
    require(photos.smallestSide() >= options.batch.side,
            fmt::format("a photo is smaller than the crop of {}", options.batch.side));
    bool isAnyQuantized = false;
    for (std::size_t i = 0; i < start->plan.size(); ++i)
        isAnyQuantized = isAnyQuantized || !start->plan.at(i).isFloat();
    require(isAnyQuantized, "the plan leaves everything in FP32: there is nothing to tune");
    if (!options.folder.empty()) {
        std::error_code error;
        fs::create_directories(options.folder, error);
        if (error)
            throw base::Error(base::ErrorCode::NotWritable, options.folder, error.message());
    }
    d = std::make_unique<Private>(std::move(start), photos, heldOut, std::move(options), pool);
    if (!d->options.folder.empty() && fs::exists(d->path(kCheckpointName)))
        d->resume();
}

Tuner::~Tuner() = default;

int Tuner::step() const { return d->step; }
int Tuner::steps() const { return d->steps; }

TuneResult Tuner::best() const
{
    TuneResult result;
    result.model = d->bestModel();
    result.psnrBefore = d->before;
    result.psnrAfter = d->best;
    result.steps = d->step;
    result.bestStep = d->bestStep;
    return result;
}

TuneResult Tuner::run(const base::Job &job, const TuneStatusFunction &onStatus)
{
    at::set_num_threads(d->pool.threads());
    const double limit = d->options.minutes > 0.0 ? d->options.minutes * 60.0 : -1.0;
    const double secondsBefore = d->seconds;
    const base::Stopwatch watch;
    const auto prepare = [this](int step) {
        return std::async(std::launch::async, [this, step] { return d->batchAt(step); });
    };
    std::future<torch::Tensor> next = prepare(d->step);
    TuneResult::End end = TuneResult::End::Finished;
    std::string message;
    int timedFrom = d->step;
    double timedSeconds = 0.0;
    try {
        while (true) {
            d->seconds = secondsBefore + watch.seconds();
            const bool isTimeUp = limit > 0.0 && d->seconds >= limit;
            if (d->isDue() || (isTimeUp && d->validatedStep != d->step)) {
                d->report(job.cancel, onStatus);
                d->seconds = secondsBefore + watch.seconds();
            } else if (d->step % d->options.checkpointEvery == 0 && d->step > 0) {
                d->save();
            }
            if (d->steps > 0 && d->step >= d->steps)
                break;
            if (isTimeUp) {
                end = TuneResult::End::TimeUp;
                break;
            }
            job.cancel.throwIfCancelled();

            const torch::Tensor pictures = next.get();
            next = prepare(d->step + 1);
            const base::Stopwatch stepWatch;
            if (const std::string wrong = d->advance(pictures); !wrong.empty()) {
                end = TuneResult::End::NotFinite;
                message = fmt::format("{} is not finite at step {}; the best so far (step {}) was kept", wrong,
                                      d->step + 1, d->bestStep);
                break;
            }
            timedSeconds += stepWatch.seconds();
            if (d->steps == 0 && d->step - timedFrom >= kTimedSteps) {
                const double perStep = timedSeconds / (d->step - timedFrom);
                const double left = limit - secondsBefore - watch.seconds();
                d->setSteps(std::max(kFewestSteps, d->step + static_cast<int>(kStepShare * left / perStep)));
            }
            const double byTime = limit > 0.0 ? (secondsBefore + watch.seconds()) / limit : 0.0;
            const double bySteps = d->steps > 0 ? static_cast<double>(d->step) / d->steps : 0.0;
            job.report(std::min(1.0, std::max(byTime, bySteps)), d->steps > 0
                                                                     ? fmt::format("step {} of {}", d->step, d->steps)
                                                                     : fmt::format("step {}", d->step));
        }
    } catch (const base::Cancelled &) {
        end = TuneResult::End::Cancelled;
        d->save();
    }
    TuneResult result = best();
    result.end = end;
    result.message = message;
    return result;
}

quant::QuantizedModelPtr Tuner::present() const { return d->network.toModel(d->description()); }

image::Planes Tuner::simulate(const image::Planes &picture, const quant::MapObserver &observer) const
{
    const torch::NoGradGuard noGradient;
    const auto planesOf = [](const torch::Tensor &tensor) {
        const torch::Tensor plain = tensor.contiguous();
        image::Planes planes(static_cast<int>(plain.size(1)), static_cast<int>(plain.size(2)),
                             static_cast<int>(plain.size(3)));
        std::copy_n(plain.data_ptr<float>(), planes.count(), planes.mutableData());
        return planes;
    };
    std::vector<int> wanted;
    for (std::size_t map = 0; map <= d->start->generator->layers.size() && observer; ++map)
        wanted.push_back(static_cast<int>(map));
    const torch::Tensor input =
        torch::from_blob(const_cast<float *>(picture.data()), {1, 3, picture.height(), picture.width()});
    const QuantizedNetwork::Output output = d->network.forward(input, wanted);
    for (const int map : wanted)
        observer(map, planesOf(output.maps[static_cast<std::size_t>(map)]));
    return planesOf(output.picture);
}

} // namespace bitlens::train
