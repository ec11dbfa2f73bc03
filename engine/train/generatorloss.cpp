// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/generatorloss.h"

#include "engine/train/adversary.h"
#include "engine/train/lpips.h"
#include "engine/train/patternloss.h"
#include "engine/train/ranks.h"

#include <cmath>
#include <random>
#include <vector>

namespace bitlens::train {

namespace {

/// Crops are cut off less than this, by chance, before they go through the backbone: its first layer looks at every
/// second pixel, and without it a pattern of that period could escape the perceptual loss.
constexpr int kPerceptualShift = 4;
constexpr std::uint64_t kShiftStream = 0xD1B54A32D192ED03ULL; ///< apart from the crops' random numbers

} // namespace

GeneratorLoss::GeneratorLoss(const TrainOptions &options, const Lpips *lpips, Adversary *adversary, const Ranks &ranks,
                             int scale)
    : m_options(options), m_lpips(lpips), m_adversary(adversary), m_ranks(ranks), m_scale(scale)
{
}

double GeneratorLoss::meanOverRanks(const torch::Tensor &loss) const
{
    std::vector<double> values{loss.item<double>() / m_ranks.count()};
    m_ranks.sum(values);
    return values.front();
}

torch::Tensor GeneratorLoss::perceptualLoss(const torch::Tensor &fake, const torch::Tensor &real, int step) const
{
    std::mt19937_64 random(m_options.seedAt(step) ^ kShiftStream);
    const auto y = static_cast<std::int64_t>(random() % kPerceptualShift);
    const auto x = static_cast<std::int64_t>(random() % kPerceptualShift);
    const std::int64_t side = fake.size(2) - kPerceptualShift + 1;
    const auto cut = [&](const torch::Tensor &pictures) {
        return pictures.narrow(2, y, side).narrow(3, x, side).contiguous();
    };
    return m_lpips->forward(cut(fake), cut(real)).mean();
}

torch::Tensor GeneratorLoss::measure(const torch::Tensor &fake, const torch::Tensor &real, int step,
                                     StepLosses &losses) const
{
    torch::Tensor loss = torch::l1_loss(fake, real);
    losses.pixel = meanOverRanks(loss);
    losses.total = losses.pixel;
    if (!m_options.isAdversarialAt(step) || !std::isfinite(losses.pixel))
        return loss / m_ranks.count();

    const AdversarialOptions &wish = m_options.adversarial;
    const auto outcome = m_adversary->learn(real, fake, m_options.discriminatorLearningRateAt(step));
    losses.discriminator = outcome.loss;
    losses.real = outcome.real;
    losses.fake = outcome.fake;
    loss = loss * wish.pixelWeight;
    losses.total = wish.pixelWeight * losses.pixel;
    if (wish.perceptualWeight != 0.0) {
        const torch::Tensor perceptual = perceptualLoss(fake, real, step);
        losses.perceptual = meanOverRanks(perceptual);
        losses.total += wish.perceptualWeight * *losses.perceptual;
        loss = loss + wish.perceptualWeight * perceptual;
    }
    if (wish.patternWeight != 0.0) {
        const torch::Tensor pattern = patternLoss(fake, real, m_scale);
        losses.pattern = meanOverRanks(pattern);
        losses.total += wish.patternWeight * *losses.pattern;
        loss = loss + wish.patternWeight * pattern;
    }
    loss = loss / m_ranks.count();
    if (wish.adversarialWeight != 0.0) {
        const torch::Tensor adversarial = m_adversary->generatorLoss(real, fake); // of all ranks already
        losses.adversarial = adversarial.item<double>();
        losses.total += wish.adversarialWeight * *losses.adversarial;
        loss = loss + wish.adversarialWeight * adversarial;
    }
    return loss;
}

} // namespace bitlens::train
