// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/statistics.h"

#include "engine/base/error.h"

#include <cmath>
#include <limits>

namespace bitlens::score {

void DistortionStatistics::add(double original, double distorted)
{
    if (!std::isfinite(original) || !std::isfinite(distorted)) {
        ++m_notFinite;
        return;
    }
    ++m_count;
    m_signal += original * original;
    if (original == distorted) {
        ++m_exact;
        return;
    }
    if ((original < 0 && distorted > 0) || (original > 0 && distorted < 0))
        ++m_signFlips;
    const double error = distorted - original;
    m_noise += error * error;
    m_error += error;
    if (std::abs(error) > m_worst) {
        m_worst = std::abs(error);
        m_worstOriginal = original;
    }
}

void DistortionStatistics::add(std::span<const float> original, std::span<const float> distorted)
{
    if (original.size() != distorted.size())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the two sets of values differ in length");
    for (std::size_t i = 0; i < original.size(); ++i)
        add(static_cast<double>(original[i]), static_cast<double>(distorted[i]));
}

void DistortionStatistics::merge(const DistortionStatistics &other)
{
    m_count += other.m_count;
    m_notFinite += other.m_notFinite;
    m_exact += other.m_exact;
    m_signFlips += other.m_signFlips;
    m_signal += other.m_signal;
    m_noise += other.m_noise;
    m_error += other.m_error;
    if (other.m_worst > m_worst) {
        m_worst = other.m_worst;
        m_worstOriginal = other.m_worstOriginal;
    }
}

double DistortionStatistics::exactShare() const
{
    return m_count == 0 ? 0.0 : static_cast<double>(m_exact) / static_cast<double>(m_count);
}

double DistortionStatistics::signFlipShare() const
{
    return m_count == 0 ? 0.0 : static_cast<double>(m_signFlips) / static_cast<double>(m_count);
}

double DistortionStatistics::meanError() const { return m_count == 0 ? 0.0 : m_error / static_cast<double>(m_count); }

double DistortionStatistics::meanSquaredError() const
{
    return m_count == 0 ? 0.0 : m_noise / static_cast<double>(m_count);
}

Metric DistortionStatistics::signalToNoise() const
{
    if (m_count == 0)
        return Metric::notAvailable("there are no values");
    if (m_noise == 0.0)
        return Metric::of(std::numeric_limits<double>::infinity());
    if (m_signal == 0.0)
        return Metric::notAvailable("the original is all zeros");
    return Metric::of(10.0 * std::log10(m_signal / m_noise));
}

} // namespace bitlens::score
