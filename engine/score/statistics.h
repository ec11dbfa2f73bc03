// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/score/metric.h"

#include <cstddef>
#include <span>

namespace bitlens::score {

/// How far a set of values is from another: exact hits, sign flips, signal-to-noise ratio, worst difference. Add values
/// one after the other or in pieces on several threads and merge() the pieces; merging in a fixed order gives the same
/// bits each time. Not thread-safe; copyable.
class DistortionStatistics {
public:
    /// `original` is the value that should be, `distorted` the one that is. A pair with a value that is not finite is
    /// only counted as such.
    void add(double original, double distorted);
    /// Throws base::Error{InvalidArgument} when the lengths differ.
    void add(std::span<const float> original, std::span<const float> distorted);
    void merge(const DistortionStatistics &other);

    std::size_t count() const { return m_count; }         ///< finite pairs
    std::size_t notFinite() const { return m_notFinite; } ///< pairs with an infinity or NaN, left out of all else
    std::size_t exact() const { return m_exact; }         ///< pairs that are equal
    std::size_t signFlips() const { return m_signFlips; } ///< pairs of strictly opposite sign
    double exactShare() const;                            ///< exact() / count(), 0 when there is nothing
    double signFlipShare() const;
    double worst() const { return m_worst; } ///< largest |distorted - original|, 0 when there is nothing
    double worstOriginal() const { return m_worstOriginal; }
    double meanError() const;        ///< mean of distorted - original: a bias
    double meanSquaredError() const; ///< 0 when there is nothing
    /// Signal-to-noise ratio in dB: 10 log10(sum original² / sum (distorted - original)²). +infinity when all are
    /// exact; not available without values or when the original is all zeros and the distorted is not.
    Metric signalToNoise() const;

private:
    std::size_t m_count = 0;
    std::size_t m_notFinite = 0;
    std::size_t m_exact = 0;
    std::size_t m_signFlips = 0;
    double m_signal = 0.0;
    double m_noise = 0.0;
    double m_error = 0.0;
    double m_worst = 0.0;
    double m_worstOriginal = 0.0;
};

} // namespace bitlens::score
