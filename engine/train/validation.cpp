// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/validation.h"

#include "engine/run/floatrunner.h"
#include "engine/score/niqe.h"
#include "engine/score/psnr.h"
#include "engine/train/lpips.h"

#include <algorithm>

namespace bitlens::train {

namespace {

/// The mean of what could be measured.
class Mean {
public:
    void add(const std::optional<double> &value)
    {
        if (!value)
            return;
        m_sum += *value;
        ++m_count;
    }
    std::optional<double> value() const { return m_count == 0 ? std::nullopt : std::optional<double>(m_sum / m_count); }

private:
    double m_sum = 0.0;
    int m_count = 0;
};

} // namespace

Validation::Validation(std::vector<ValidationPair> pairs, std::shared_ptr<const Lpips> lpips, int threads)
    : m_pairs(std::move(pairs)), m_lpips(std::move(lpips)), m_threads(threads)
{
}

Validation::Result Validation::run(const model::GeneratorPtr &generator) const
{
    run::FloatRunner runner(generator, m_threads);
    return run([&runner](const image::Image &low) { return image::fromPlanes(runner.run(image::toPlanes(low), {})); },
               generator->scale);
}

Validation::Result Validation::run(const std::function<image::Image(const image::Image &low)> &enlarge, int scale) const
{
    Mean psnr;
    Mean niqe;
    Mean lpips;
    Result result;
    for (const ValidationPair &pair : m_pairs) {
        const image::Image picture = enlarge(pair.low);
        score::PairOptions protocol;
        protocol.shave = scale;
        psnr.add(score::psnr(picture, pair.high, protocol, m_pool).value);
        niqe.add(score::niqe(picture, m_pool).value);
        const int side = std::min(picture.width(), picture.height());
        if (m_lpips && m_lpips->hasHeads() && side >= Lpips::kSmallestSide)
            lpips.add(m_lpips->distance(picture, pair.high));
        result.pictures.emplace_back(pair.name, picture);
    }
    result.scores = {psnr.value(), niqe.value(), lpips.value()};
    return result;
}

} // namespace bitlens::train
