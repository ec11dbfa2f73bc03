// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/planmeter.h"

#include "engine/base/error.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"
#include "engine/search/layererror.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitlens::search {

double lumaSquaredError(const image::Planes &a, const image::Planes &b, int shave)
{
    if (!(a.size() == b.size()) || a.channels() != 3 || b.channels() != 3)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "pictures of different size cannot be compared");
    constexpr std::array kLuma{65.481 / 255.0, 128.553 / 255.0, 24.966 / 255.0};
    const int cut = std::min(shave, (std::min(a.width(), a.height()) - 1) / 2);
    double sum = 0.0;
    for (int y = cut; y < a.height() - cut; ++y)
        for (int x = cut; x < a.width() - cut; ++x) {
            double difference = 0.0;
            for (int c = 0; c < 3; ++c)
                difference += kLuma[static_cast<std::size_t>(c)]
                              * static_cast<double>(std::clamp(a.line(c, y)[x], 0.0F, 1.0F)
                                                    - std::clamp(b.line(c, y)[x], 0.0F, 1.0F));
            sum += difference * difference;
        }
    const double error = sum / (static_cast<double>(a.height() - 2 * cut) * (a.width() - 2 * cut));
    if (!std::isfinite(error))
        throw base::Error(base::ErrorCode::Internal, {}, "the quantized generator's picture is not finite");
    return error;
}

PlanMeter::PlanMeter(model::GeneratorPtr generator, std::shared_ptr<const quant::Calibration> calibration,
                     std::vector<image::Planes> pictures, const base::ThreadPool &pool, const base::CancelToken &cancel)
    : m_generator(std::move(generator)),
      m_calibration(std::move(calibration)),
      m_pictures(std::move(pictures)),
      m_pool(pool)
{
    requireFits(*m_generator, *m_calibration);
    if (m_pictures.empty())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "plans cannot be measured without a picture");
    run::FloatRunner runner(m_generator, pool.threads());
    for (const image::Planes &picture : m_pictures)
        m_originals.push_back(runner.run(picture, cancel));
}

double PlanMeter::squaredError(const quant::BitPlan &plan, const base::CancelToken &cancel) const
{
    run::IntegerRunner runner(quant::quantize(m_generator, plan, *m_calibration), m_pool);
    double sum = 0.0;
    for (std::size_t i = 0; i < m_pictures.size(); ++i)
        sum += lumaSquaredError(runner.run(m_pictures[i], cancel), m_originals[i], m_generator->scale);
    return sum / static_cast<double>(m_pictures.size());
}

std::size_t PlanMeter::bytes(const quant::BitPlan &plan) const
{
    return quant::packedBytes(*quant::quantize(m_generator, plan, *m_calibration));
}

} // namespace bitlens::search
