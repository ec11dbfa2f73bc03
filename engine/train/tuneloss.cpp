// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/tuneloss.h"

#include "engine/train/generatorloss.h"
#include "engine/train/lpips.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bitlens::train {

namespace {

constexpr double kLeastMagnitude = 1e-12; ///< of a feature map that distances are divided by
/// In place of a number of steps that is not known yet.
constexpr int kManySteps = std::numeric_limits<int>::max() / 2;

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

} // namespace

TuneLoss::TuneLoss(const quant::QuantizedModel &start, const TuneOptions &options, const Ranks &ranks)
    : m_options(options),
      m_ranks(ranks),
      m_teacher(teacherOf(start)),
      m_features(blockOutputs(*start.generator)),
      m_scale(start.generator->scale)
{
    if (!options.adversarial)
        return;
    m_adversarial.phases = {{.steps = kManySteps, .batch = options.batch, .adversarial = true}};
    m_adversarial.adversarial = *options.adversarial;
    m_adversarial.seed = options.seed;
    m_adversarial.ranks = options.ranks;
    m_adversarial.validate(m_scale);
    const AdversarialOptions &wish = *options.adversarial;
    if (!wish.backbone.empty())
        m_lpips = std::make_shared<const Lpips>(wish.backbone, wish.heads);
    m_adversary = std::make_unique<Adversary>(Adversary::optionsOf(m_adversarial, torch::kCPU));
}

TuneLoss::~TuneLoss() = default;

const Lpips *TuneLoss::judge() const { return m_lpips && m_lpips->hasHeads() ? m_lpips.get() : nullptr; }

TuneLoss::Measured TuneLoss::measure(const QuantizedNetwork &network, const Batch &batch, int step, int steps)
{
    m_before = {};
    torch::Tensor output;
    torch::Tensor loss = distanceToTeacher(network, batch.low, output);
    if (m_options.photoWeight > 0.0)
        loss = loss + torch::l1_loss(output, batch.high) * m_options.photoWeight;
    loss = loss / m_ranks.count();
    std::vector<double> values{loss.item<double>()};
    m_ranks.sum(values);
    if (!m_adversary || !std::isfinite(values.front()))
        return {loss, values.front()};
    m_adversary->store(m_before);
    for (auto &[name, tensor] : m_before.tensors)
        tensor = tensor.detach().clone();
    m_adversarial.phases.front().steps = steps > 0 ? steps : kManySteps;
    StepLosses losses;
    loss = loss
           + GeneratorLoss(m_adversarial, m_lpips.get(), m_adversary.get(), m_ranks, m_scale)
                 .measure(output, batch.high, step, losses);
    return {loss, values.front() + losses.total};
}

void TuneLoss::takeBack()
{
    if (m_adversary && !m_before.tensors.empty())
        m_adversary->restore(m_before, {});
}

torch::Tensor TuneLoss::distanceToTeacher(const QuantizedNetwork &network, const torch::Tensor &pictures,
                                          torch::Tensor &output) const
{
    QuantizedNetwork::Output expected;
    {
        const torch::NoGradGuard noGradient;
        expected = m_teacher.forward(pictures, m_features);
    }
    const QuantizedNetwork::Output found = network.forward(pictures, m_features);
    output = found.picture;
    const torch::Tensor loss = torch::l1_loss(found.picture, expected.picture);
    if (m_options.featureWeight <= 0.0 || m_features.empty())
        return loss;
    const std::vector<double> sizes = magnitudes(expected.maps);
    torch::Tensor distance = torch::zeros({});
    for (std::size_t i = 0; i < m_features.size(); ++i)
        distance = distance + torch::l1_loss(found.maps[i], expected.maps[i]) / std::max(sizes[i], kLeastMagnitude);
    return loss + distance * (m_options.featureWeight / static_cast<double>(m_features.size()));
}

std::vector<double> TuneLoss::magnitudes(const std::vector<torch::Tensor> &maps) const
{
    std::vector<double> means;
    for (const torch::Tensor &map : maps)
        means.push_back(map.abs().mean().item<double>() / m_ranks.count());
    m_ranks.sum(means);
    return means;
}

void TuneLoss::store(Checkpoint &checkpoint) const
{
    if (m_adversary)
        m_adversary->store(checkpoint);
}

void TuneLoss::restore(const Checkpoint &checkpoint, const std::string &file)
{
    if (m_adversary)
        m_adversary->restore(checkpoint, file);
}

} // namespace bitlens::train
