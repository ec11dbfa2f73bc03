// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/tuner_p.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"

#include <future>
#include <optional>

#include <ATen/Parallel.h>
#include <fmt/format.h>

namespace fs = std::filesystem;

namespace bitlens::train {

namespace {

using Kind = QuantizedNetwork::Kind;

/// Steps that tell how many fit into the given time.
constexpr int kTimedSteps = 6;
/// Of the time, what is planned for steps; the rest is for validation.
constexpr double kStepShare = 0.9;
constexpr int kFewestSteps = 20;
constexpr int kValidations = 20;
constexpr int kMostStepsBetweenValidations = 50;
/// Above so many multiply-accumulates per input pixel a step on the usual crops would take tens of seconds.
constexpr double kLargeMacs = 5.0e6;
/// Of the usual rates, for those.
constexpr double kScaleRateShareOfLarge = 0.1;
constexpr double kWeightRateShareOfLarge = 0.2;

std::optional<double> measured(double value) { return value >= 0.0 ? std::optional(value) : std::nullopt; }

} // namespace

void TuneOptions::suit(const model::Generator &generator)
{
    const bool isLarge = generator.macsPerInputPixel() > kLargeMacs;
    batch = {.count = isLarge ? 2 : 4, .side = (isLarge ? 24 : 32) * generator.scale, .candidates = 4};
    const TuneOptions usual;
    const double scales = isLarge ? kScaleRateShareOfLarge : 1.0;
    scaleRate = scales * usual.scaleRate;
    finalScaleRate = scales * usual.finalScaleRate;
    scaleRateBesideWeights = scales * usual.scaleRateBesideWeights;
    const double weights = isLarge ? kWeightRateShareOfLarge : 1.0;
    weightRate = weights * usual.weightRate;
    finalWeightRate = weights * usual.finalWeightRate;
    biasRate = weights * usual.biasRate;
    finalBiasRate = weights * usual.finalBiasRate;
}

Tuner::Private::Private(quant::QuantizedModelPtr model, const PhotoSet &set, const HeldOut &validation,
                        TuneOptions wish, const base::ThreadPool &threads)
    : options(std::move(wish)),
      ranks(options.ranks ? options.ranks : std::make_shared<const Ranks>()),
      photos(set),
      heldOut(validation),
      pool(threads),
      start(std::move(model)),
      loss(*start, options, *ranks),
      network(start),
      average(start),
      groups{TuneGroup("scales.", {Kind::ActivationScale, Kind::WeightScale}, network),
             TuneGroup("biases.", {Kind::Bias}, network), TuneGroup("weights.", {Kind::Weight}, network)}
{
    if (options.steps > 0)
        setSteps(options.steps);
}

void Tuner::Private::setSteps(int count)
{
    steps = count;
    validateEvery = options.validateEvery > 0 ? options.validateEvery
                                              : std::clamp(count / kValidations, 1, kMostStepsBetweenValidations);
}

TuneLoss::Batch Tuner::Private::batchAt(int at) const
{
    PhotoSet::BatchShape shape = options.batch;
    shape.part = shape.count / ranks->count();
    shape.first = ranks->rank() * shape.part;
    const PhotoSet::Batch batch = photos.batch(shape, options.seed * 1'000'003ULL + static_cast<std::uint64_t>(at));
    const std::int64_t low = shape.side / photos.scale();
    return {torch::tensor(batch.low).reshape({shape.part, 3, low, low}),
            torch::tensor(batch.high).reshape({shape.part, 3, shape.side, shape.side})};
}

std::vector<torch::Tensor> Tuner::Private::gradients() const
{
    std::vector<torch::Tensor> gradients;
    for (const TuneGroup &group : groups)
        for (const QuantizedNetwork::Parameter &parameter : group.parameters)
            if (parameter.value.grad().defined())
                gradients.push_back(parameter.value.grad());
    return gradients;
}

TuneTurn Tuner::Private::agreed(const TuneTurn &own) const
{
    const bool isFirst = ranks->isFirst();
    std::vector<double> votes{own.isCancelled ? 1.0 : 0.0, isFirst && own.isTimeUp ? 1.0 : 0.0,
                              isFirst ? static_cast<double>(own.steps) : 0.0};
    ranks->sum(votes);
    return {votes[0] > 0.0, votes[1] > 0.0, static_cast<int>(votes[2])};
}

std::string Tuner::Private::advance(const TuneLoss::Batch &batch)
{
    try {
        return learn(batch);
    } catch (const RankLost &) {
        loss.takeBack();
        throw;
    } catch (const NotFinite &) {
        return "the discriminator's loss or gradient";
    } catch (const base::Error &error) {
        if (error.code() == base::ErrorCode::InvalidArgument)
            return "a scale (" + error.detail() + ")";
        throw;
    }
}

std::string Tuner::Private::learn(const TuneLoss::Batch &batch)
{
    const TuneSchedule rates = schedule();
    const std::array<double, 3> rate{rates.scaleRate(step), rates.biasRate(step), rates.weightRate(step)};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        for (const Kind kind : groups[i].kinds)
            network.setTrained(kind, rate[i] > 0.0);
    }
    const TuneLoss::Measured measured = loss.measure(network, batch, step, steps);
    if (!std::isfinite(measured.value))
        return "the loss";
    measured.loss.backward();
    ranks->sum(gradients());
    const auto areFinite = [this] {
        return std::all_of(groups.begin(), groups.end(), [](const TuneGroup &group) { return group.isFinite(); });
    };
    if (!areFinite())
        return "a gradient";
    for (std::size_t i = 0; i < groups.size(); ++i)
        groups[i].advance(rate[i]);
    if (!areFinite())
        return "a parameter";
    lossSum += measured.value;
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

bool Tuner::Private::isBetter(const HeldOut::Scores &scores) const
{
    if (!scores.lpips || bestLpips < 0.0)
        return scores.psnr > best;
    return *scores.lpips < bestLpips && scores.psnr >= std::min(options.adversarial->leastPsnr, before);
}

void Tuner::Private::validate(const base::CancelToken &cancel)
{
    const HeldOut::Scores scores =
        heldOut.measure(step == 0 ? start : average.toModel(description()), cancel, loss.judge());
    present = scores.psnr;
    presentLpips = scores.lpips.value_or(-1.0);
    if (step == 0) {
        before = present;
        beforeLpips = presentLpips;
    } else if (isBetter(scores)) {
        bestStep = step;
        bestValues = average.values();
    }
    if (bestStep == step) {
        best = present;
        bestLpips = presentLpips;
    }
    validatedStep = step;
}

std::string Tuner::Private::description() const
{
    return fmt::format("tuned, {} steps on {} photos, from {}", step, photos.size(), start->calibration.description);
}

quant::QuantizedModelPtr Tuner::Private::bestModel() const
{
    if (bestValues.empty())
        return start;
    QuantizedNetwork copy(start);
    copy.setValues(bestValues);
    return copy.toModel(
        fmt::format("tuned, {} steps on {} photos, from {}", bestStep, photos.size(), start->calibration.description));
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
                            .seconds = seconds,
                            .lpips = measured(presentLpips)};
    lossSum = 0.0;
    lossCount = 0;
    save();
    appendLog(status);
    if (onStatus)
        onStatus(status);
}

bool Tuner::Private::record(bool isTimeUp, const base::CancelToken &cancel, const TuneStatusFunction &onStatus)
{
    const bool isCancelled = cancel.isCancelled();
    if (!ranks->isFirst())
        return !isCancelled;
    try {
        if (isDue() || (isTimeUp && validatedStep != step))
            report(cancel, onStatus);
        else if (step % options.checkpointEvery == 0 && step > 0)
            save();
    } catch (const base::Cancelled &) {
        return false;
    }
    return !isCancelled;
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
    const int parts = options.ranks ? options.ranks->count() : 1;
    require(
        options.batch.count % parts == 0,
        fmt::format("a batch of {} crops cannot be divided among {} ranks in equal parts", options.batch.count, parts));
    require(options.batch.count > 0 && options.batch.side > 0 && options.batch.side % multiple == 0,
            fmt::format("crops of {} pixels do not suit this model: multiples of {} do", options.batch.side, multiple));
    require(photos.scale() == start->generator->scale, "the photos were read for another scale");
    require(photos.smallestSide() >= options.batch.side,
            fmt::format("a photo is smaller than the crop of {}", options.batch.side));
    bool isAnyQuantized = false;
    for (std::size_t i = 0; i < start->plan.size(); ++i)
        isAnyQuantized = isAnyQuantized || !start->plan.at(i).isFloat();
    require(isAnyQuantized, "the plan leaves everything in FP32: there is nothing to tune");
    if (!options.folder.empty() && (!options.ranks || options.ranks->isFirst())) {
        std::error_code error;
        fs::create_directories(options.folder, error);
        if (error)
            throw base::Error(base::ErrorCode::NotWritable, options.folder, error.message());
    }
    d = std::make_unique<Private>(std::move(start), photos, heldOut, std::move(options), pool);
    d->requireAlike();
    d->resume();
}

Tuner::~Tuner() = default;

int Tuner::step() const { return d->step; }
int Tuner::steps() const { return d->steps; }

TuneResult Tuner::best() const
{
    TuneResult result;
    if (d->ranks->isFirst())
        result.model = d->bestModel();
    result.psnrBefore = d->before;
    result.psnrAfter = d->best;
    result.lpipsBefore = measured(d->beforeLpips);
    result.lpipsAfter = measured(d->bestLpips);
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
    std::future<TuneLoss::Batch> next = prepare(d->step);
    TuneResult::End end = TuneResult::End::Finished;
    std::string message;
    int timedFrom = d->step;
    double timedSeconds = 0.0;
    try {
        while (true) {
            d->seconds = secondsBefore + watch.seconds();
            const bool isTimeUp = limit > 0.0 && d->seconds >= limit;
            const bool isCancelled = !d->record(isTimeUp, job.cancel, onStatus);
            d->seconds = secondsBefore + watch.seconds();
            const TuneTurn turn = d->agreed({isCancelled, isTimeUp, d->steps});
            if (d->steps == 0 && turn.steps > 0)
                d->setSteps(turn.steps);
            if (turn.isCancelled)
                throw base::Cancelled();
            if (d->steps > 0 && d->step >= d->steps)
                break;
            if (turn.isTimeUp) {
                end = TuneResult::End::TimeUp;
                break;
            }

            const TuneLoss::Batch batch = next.get();
            next = prepare(d->step + 1);
            const base::Stopwatch stepWatch;
            if (const std::string wrong = d->advance(batch); !wrong.empty()) {
                end = TuneResult::End::NotFinite;
                message = fmt::format("{} is not finite at step {}; the best so far (step {}) was kept", wrong,
                                      d->step + 1, d->bestStep);
                break;
            }
            timedSeconds += stepWatch.seconds();
            if (d->ranks->isFirst() && d->steps == 0 && d->step - timedFrom >= kTimedSteps) {
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
    } catch (const RankLost &lost) {
        end = TuneResult::End::RankLost;
        d->save();
        message = fmt::format("{} at step {}", lost.detail(), d->step);
        if (d->ranks->isFirst())
            message += d->options.folder.empty() ? "; the best so far was kept"
                                                 : "; the checkpoint of this step was kept, resume from it";
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
