// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/heldout.h"

#include "engine/base/error.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bitlens::train {

namespace {

/// Photos that are left for training, for each one that is taken out.
constexpr std::size_t kTrainedPerHeldOut = 4;

std::vector<image::Planes> cropsOf(PhotoSet &photos, const HeldOut::Shape &shape, std::uint64_t seed)
{
    const std::size_t wanted =
        std::min(static_cast<std::size_t>(std::max(1, shape.photos)), photos.size() / (kTrainedPerHeldOut + 1));
    const PhotoSet taken = wanted == 0 ? photos : photos.takeOut(wanted);
    const int scale = taken.scale();
    PhotoSet::BatchShape batch;
    batch.count = shape.crops;
    batch.side = std::min(shape.side * scale, taken.smallestSide() / scale * scale);
    const PhotoSet::Batch made = taken.batch(batch, seed);
    const int side = batch.side / scale;
    std::vector<image::Planes> crops;
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i) {
        image::Planes crop(3, side, side);
        std::copy_n(made.low.begin() + static_cast<std::ptrdiff_t>(i * crop.count()), crop.count(), crop.mutableData());
        crops.push_back(std::move(crop));
    }
    return crops;
}

} // namespace

HeldOut::HeldOut(const model::GeneratorPtr &generator, PhotoSet &photos, const Shape &shape, std::uint64_t seed,
                 const base::ThreadPool &pool, const base::Job &job)
    : HeldOut(generator, cropsOf(photos, shape, seed), pool, job)
{
}

HeldOut::HeldOut(const model::GeneratorPtr &generator, std::vector<image::Planes> pictures,
                 const base::ThreadPool &pool, const base::Job &job)
    : m_pool(pool), m_pictures(std::move(pictures))
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

double HeldOut::psnr(const quant::QuantizedModelPtr &model, const base::CancelToken &cancel) const
{
    run::IntegerRunner runner(model, m_pool);
    double squares = 0.0;
    double count = 0.0;
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
    }
    if (!std::isfinite(squares))
        return 0.0;
    return std::min(kLargestPsnr, -10.0 * std::log10(std::max(squares / count, 1.0e-12)));
}

} // namespace bitlens::train
