// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/trainoptions.h"

#include "engine/base/error.h"
#include "engine/train/ranks.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace bitlens::train {

namespace {

/// A schedule: linear warm-up from 0 to `first`, then half a cosine to `last` at the end.
struct Schedule {
    double first;
    double last;
    int warmUpSteps;
    int steps;

    double at(int step) const
    {
        if (step < warmUpSteps)
            return first * (step + 1) / warmUpSteps;
        const double span = std::max(1, steps - warmUpSteps);
        const double position = std::min(1.0, (step - warmUpSteps) / span);
        return last + 0.5 * (first - last) * (1.0 + std::cos(std::numbers::pi * position));
    }
};

[[noreturn]] void refuse(const std::string &what) { throw base::Error(base::ErrorCode::InvalidArgument, {}, what); }

} // namespace

int TrainOptions::totalSteps() const
{
    int steps = 0;
    for (const Phase &phase : phases)
        steps += phase.steps;
    return steps;
}

int TrainOptions::contentSteps() const
{
    int steps = 0;
    for (const Phase &phase : phases) {
        if (phase.adversarial)
            break;
        steps += phase.steps;
    }
    return steps;
}

double TrainOptions::learningRateAt(int step) const
{
    const int content = contentSteps();
    if (step < content || content == totalSteps())
        return Schedule{learningRate, finalLearningRate, warmUpSteps, content}.at(step);
    return Schedule{adversarial.learningRate, adversarial.finalLearningRate, adversarial.warmUpSteps,
                    totalSteps() - content}
        .at(step - content);
}

double TrainOptions::discriminatorLearningRateAt(int step) const
{
    if (adversarial.learningRate <= 0.0)
        return adversarial.discriminatorLearningRate;
    return adversarial.discriminatorLearningRate * learningRateAt(step) / adversarial.learningRate;
}

const Phase &TrainOptions::phaseAt(int step) const
{
    for (const Phase &phase : phases) {
        if (step < phase.steps)
            return phase;
        step -= phase.steps;
    }
    return phases.back();
}

std::uint64_t TrainOptions::seedAt(int step) const { return seed * 1'000'003ULL + static_cast<std::uint64_t>(step); }

void TrainOptions::validate(int scale) const
{
    if (phases.empty() || totalSteps() <= 0)
        refuse("a training run needs at least one step");
    bool adversarialBefore = false;
    for (const Phase &phase : phases) {
        if (phase.batch.side % scale != 0 || phase.batch.side <= 0 || phase.batch.count <= 0)
            refuse(fmt::format("crops of {} pixels do not suit scale {}", phase.batch.side, scale));
        if (ranks && phase.batch.count % ranks->count() != 0)
            refuse(fmt::format("a batch of {} crops cannot be divided among {} ranks in equal parts", phase.batch.count,
                               ranks->count()));
        if (adversarialBefore && !phase.adversarial)
            refuse("a content phase cannot follow an adversarial one");
        adversarialBefore = phase.adversarial;
        if (!phase.adversarial)
            continue;
        if (phase.batch.side < 32 || phase.batch.side % adversarial.discriminatorUnshuffle != 0)
            refuse(
                fmt::format("adversarial phases need crops of at least 32 pixels that the discriminator's first layer "
                            "can divide by {}; these have {}",
                            adversarial.discriminatorUnshuffle, phase.batch.side));
        if (adversarial.backbone.empty() && adversarial.perceptualWeight != 0.0)
            refuse("an adversarial phase needs a backbone file for its perceptual loss (or a perceptual weight of 0)");
    }
    if (!adversarial.heads.empty() && adversarial.backbone.empty())
        refuse("LPIPS heads need a backbone file too");
}

} // namespace bitlens::train
