// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/maplayout.h"
#include "engine/quant/quantizer.h"

#include <cstdint>
#include <vector>

namespace bitlens::kernel {

/// How quantized values q in [0, M] of a feature map are stored as int16 levels. Up to 15 bits: level = q - zeroPoint,
/// so that a level is what rule 5 multiplies and 0 stands for 0. 16 bits: level = q - 32768, because q - zeroPoint
/// needs 17 bits; then `correction` is what is missing. Vectors have pixelStride entries, those of padding channels are
/// 0.
class LevelCoding {
public:
    LevelCoding() = default;
    /// `pixelStride` of the map that is to be stored.
    LevelCoding(const quant::ActivationQuantizer &quantizer, int pixelStride);

    int bits() const { return m_bits; }
    int maximum() const { return quant::activationMaximum(m_bits); }
    /// q - zeroPoint of a level is level + correction()[c]; all 0 up to 15 bits.
    const std::vector<std::int32_t> &correction() const { return m_correction; }
    const std::vector<std::int32_t> &zeroPoint() const { return m_zeroPoint; }
    const std::vector<float> &inverseScale() const { return m_inverseScale; }
    /// Range of a level before rounding, as the rounding rule clamps: -zeroPoint and maximum - zeroPoint.
    const std::vector<float> &lowest() const { return m_lowest; }
    const std::vector<float> &highest() const { return m_highest; }
    /// The level that stands for 0, per channel.
    std::int16_t zeroLevel(int channel) const
    {
        return static_cast<std::int16_t>(-m_correction[static_cast<std::size_t>(channel)]);
    }

    /// THE rounding rule (quant::quantizeActivation) followed by the coding.
    std::int16_t level(float value, int channel) const;

    /// Writes the level of 0 into a map's border.
    void fillBorder(const MapView<std::int16_t> &map) const;

private:
    int m_bits = 8;
    std::vector<float> m_inverseScale;
    std::vector<float> m_lowest;
    std::vector<float> m_highest;
    std::vector<std::int32_t> m_zeroPoint;
    std::vector<std::int32_t> m_correction;
};

/// Writes 0 into a float map's border.
void fillBorder(const MapView<float> &map);

} // namespace bitlens::kernel
