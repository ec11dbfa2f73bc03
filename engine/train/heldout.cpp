// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/heldout.h"

#include "engine/base/error.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"
#include "engine/train/lpips.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bitlens::train {

namespace {

/// Photos that are left for training, for each one that is taken out.
constexpr std::size_t kTrainedPerHeldOut = 4;

/// Picture `index` of a batch of pictures (N,3,side,side).
image::Planes pictureOf(const std::vector<float> &batch, std::size_t index, int side)
{
    image::Planes picture(3, side, side);
    const auto begin = batch.begin() + static_cast<std::ptrdiff_t>(index * picture.count());
    std::copy_n(begin, picture.count(), picture.mutableData());
    return picture;
}

} // namespace

HeldOut::Crops HeldOut::cropsOf(PhotoSet &photos, const Shape &shape, std::uint64_t seed)
{
    const std::size_t wanted =
        std::min(static_cast<std::size_t>(std::max(1, shape.photos)), photos.size() / (kTrainedPerHeldOut + 1));
    const PhotoSet taken = wanted == 0 ? photos : photos.takeOut(wanted);
    const int scale = taken.scale();
    PhotoSet::BatchShape batch;
    batch.count = shape.crops;
    batch.side = std::min(shape.side * scale, taken.smallestSide() / scale * scale);
    const PhotoSet::Batch made = taken.batch(batch, seed);
    Crops crops;
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i) {
        crops.low.push_back(pictureOf(made.low, i, batch.side / scale));
        crops.high.push_back(image::fromPlanes(pictureOf(made.high, i, batch.side)));
    }
    return crops;
}

HeldOut::HeldOut(const model::GeneratorPtr &generator, PhotoSet &photos, const Shape &shape, std::uint64_t seed,
                 const base::ThreadPool &pool, const base::Job &job)
    : HeldOut(generator, cropsOf(photos, shape, seed), pool, job)
{
}

HeldOut::HeldOut(const model::GeneratorPtr &generator, std::vector<image::Planes> pictures,
                 const base::ThreadPool &pool, const base::Job &job)
    : HeldOut(generator, Crops{std::move(pictures), {}}, pool, job)
{
}

HeldOut::HeldOut(const model::GeneratorPtr &generator, Crops crops, const base::ThreadPool &pool, const base::Job &job)
    : m_pool(pool), m_pictures(std::move(crops.low)), m_photographs(std::move(crops.high))
{
    if (m_pictures.empty())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "validation needs at least one picture");
    runGenerator(generator, job);
}

void HeldOut::runGenerator(const model::GeneratorPtr &generator, const base::Job &job)
{
    run::FloatRunner runner(generator, m_pool.threads());
    for (std::size_t i = 0; i < m_pictures.size(); ++i) {
        job.report(static_cast<double>(i) / static_cast<double>(m_pictures.size()),
                   fmt::format("FP32 on held-out crop {} of {}", i + 1, m_pictures.size()));
        m_expected.push_back(runner.run(m_pictures[i], job.cancel));
    }
}

HeldOut::Scores HeldOut::measure(const quant::QuantizedModelPtr &model, const base::CancelToken &cancel,
                                 const Lpips *judge) const
{
    run::IntegerRunner runner(model, m_pool);
    double squares = 0.0;
    double count = 0.0;
    double distance = 0.0;
    const bool isJudged =
        judge != nullptr && !m_photographs.empty()
        && std::min(m_photographs.front().width(), m_photographs.front().height()) >= Lpips::kSmallestSide;
    for (std::size_t i = 0; i < m_pictures.size(); ++i) {
        const image::Planes result = runner.run(m_pictures[i], cancel);
        const float *actual = result.data();
        const float *expected = m_expected[i].data();
        for (std::size_t k = 0; k < result.count(); ++k) {
            const auto difference = static_cast<double>(std::clamp(actual[k], 0.0F, 1.0F))
                                    - static_cast<double>(std::clamp(expected[k], 0.0F, 1.0F));
            squares += difference * difference;
        }
        count += static_cast<double>(result.count());
        if (isJudged)
            distance += judge->distance(image::fromPlanes(result), m_photographs[i]);
    }
    Scores scores;
    if (std::isfinite(squares))
        scores.psnr = std::min(kLargestPsnr, -10.0 * std::log10(std::max(squares / count, 1.0e-12)));
    if (isJudged)
        scores.lpips = distance / static_cast<double>(m_pictures.size());
    return scores;
}

} // namespace bitlens::train
