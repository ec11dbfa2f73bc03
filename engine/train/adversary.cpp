// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/adversary.h"

#include "engine/train/adamstate.h"
#include "engine/train/trainoptions.h"

#include <cmath>

#include <torch/nn/utils/clip_grad.h>

namespace bitlens::train {

namespace {

constexpr const char *kStepsKey = "discriminator_steps";
constexpr const char *kPrefix = "discriminator.";

/// Logistic loss for answers that should be high, and for those that should be low.
torch::Tensor lossIfHigh(const torch::Tensor &answers) { return torch::softplus(-answers).mean(); }
torch::Tensor lossIfLow(const torch::Tensor &answers) { return torch::softplus(answers).mean(); }

} // namespace

struct Adversary::Private {
    Options options;
    Discriminator network;
    torch::optim::Adam optimizer;
    int steps = 0;

    explicit Private(const Options &wish)
        : options(wish),
          network(wish.shape, wish.seed),
          optimizer(network.tensors(), torch::optim::AdamOptions().betas({0.9, 0.99}))
    {
        network.setLearning(false);
        network.to(options.device);
        if (!options.ranks)
            options.ranks = std::make_shared<const Ranks>();
    }

    AdamState adamState() const { return {network.parameters(), kPrefix}; }
};

Adversary::Options Adversary::optionsOf(const TrainOptions &options, const torch::Device &device)
{
    const AdversarialOptions &wish = options.adversarial;
    Options adversary;
    adversary.shape = {wish.discriminatorChannels, wish.discriminatorMaximumChannels, wish.discriminatorLevels,
                       wish.discriminatorUnshuffle, wish.discriminatorPatches};
    adversary.relativistic = wish.relativistic;
    adversary.gradientNormLimit = options.gradientNormLimit;
    adversary.seed = options.seed;
    adversary.ranks = options.ranks;
    adversary.device = device;
    return adversary;
}

Adversary::Adversary(const Options &options) : d(std::make_unique<Private>(options)) {}
Adversary::~Adversary() = default;

int Adversary::steps() const { return d->steps; }

Adversary::Outcome Adversary::learn(const torch::Tensor &real, const torch::Tensor &fake, double learningRate)
{
    for (auto &group : d->optimizer.param_groups())
        static_cast<torch::optim::AdamOptions &>(group.options()).lr(learningRate);
    d->network.setLearning(true);
    d->optimizer.zero_grad();
    auto answers = d->network.forward(torch::cat({real, fake.detach()})).chunk(2);
    for (torch::Tensor &part : answers)
        part = d->options.ranks->joined(part);
    const torch::Tensor onReal = d->options.relativistic ? answers[0] - answers[1].mean() : answers[0];
    const torch::Tensor onFake = d->options.relativistic ? answers[1] - answers[0].mean() : answers[1];
    const torch::Tensor loss = (lossIfHigh(onReal) + lossIfLow(onFake)) / 2;
    Outcome outcome{loss.item<double>(), torch::sigmoid(onReal).mean().item<double>(),
                    torch::sigmoid(onFake).mean().item<double>()};
    loss.backward();
    std::vector<torch::Tensor> gradients;
    for (const torch::Tensor &tensor : d->network.tensors())
        gradients.push_back(tensor.grad());
    d->options.ranks->sum(gradients);
    const double norm = torch::nn::utils::clip_grad_norm_(d->network.tensors(), d->options.gradientNormLimit);
    d->network.setLearning(false);
    if (!std::isfinite(outcome.loss) || !std::isfinite(norm))
        throw NotFinite();
    d->optimizer.step();
    d->network.updateNorms();
    ++d->steps;
    return outcome;
}

torch::Tensor Adversary::generatorLoss(const torch::Tensor &real, const torch::Tensor &fake) const
{
    const torch::Tensor onFake = d->options.ranks->joined(d->network.forward(fake));
    if (!d->options.relativistic)
        return lossIfHigh(onFake);
    const torch::Tensor onReal = d->options.ranks->joined(d->network.forward(real).detach());
    return (lossIfLow(onReal - onFake.mean()) + lossIfHigh(onFake - onReal.mean())) / 2;
}

void Adversary::store(Checkpoint &checkpoint) const
{
    for (const auto &[name, tensor] : d->network.parameters())
        checkpoint.tensors.emplace_back(kPrefix + name, tensor);
    for (const auto &[name, tensor] : d->network.buffers())
        checkpoint.tensors.emplace_back(kPrefix + name, tensor);
    d->adamState().store(d->optimizer, checkpoint);
    checkpoint.values[kStepsKey] = std::to_string(d->steps);
}

bool Adversary::isIn(const Checkpoint &checkpoint) { return checkpoint.values.count(kStepsKey) > 0; }

void Adversary::restore(const Checkpoint &checkpoint, const std::string &file)
{
    for (const auto *tensors : {&d->network.parameters(), &d->network.buffers()}) {
        for (const auto &[name, tensor] : *tensors) {
            torch::Tensor target = tensor;
            checkpoint.restore(kPrefix + name, target, file);
        }
    }
    d->steps = checkpoint.integer(kStepsKey, file);
    d->adamState().restore(d->optimizer, d->steps, checkpoint, file);
}

} // namespace bitlens::train
