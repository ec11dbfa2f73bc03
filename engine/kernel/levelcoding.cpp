// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/levelcoding.h"

#include <algorithm>

namespace bitlens::kernel {

namespace {

constexpr std::int32_t kHalfOf16Bits = 32768;

/// Calls fill(first, pixels) for every run of border pixels.
template <typename T, typename Fill>
void forBorder(const MapView<T> &map, const Fill &fill)
{
    const MapLayout &layout = map.layout;
    if (layout.border == 0)
        return;
    const int whole = layout.width + 2 * layout.border;
    for (int row = 0; row < layout.border; ++row) {
        fill(map.pixel(row - layout.border, -layout.border), whole);
        fill(map.pixel(layout.height + row, -layout.border), whole);
    }
    for (int y = 0; y < layout.height; ++y) {
        fill(map.pixel(y, -layout.border), layout.border);
        fill(map.pixel(y, layout.width), layout.border);
    }
}

} // namespace

LevelCoding::LevelCoding(const quant::ActivationQuantizer &quantizer, int pixelStride)
    : m_bits(quantizer.bits),
      m_inverseScale(static_cast<std::size_t>(pixelStride), 0.0F),
      m_lowest(m_inverseScale.size(), 0.0F),
      m_highest(m_inverseScale.size(), 0.0F),
      m_zeroPoint(m_inverseScale.size(), 0),
      m_correction(m_inverseScale.size(), 0)
{
    for (std::size_t c = 0; c < quantizer.scale.size(); ++c) {
        m_inverseScale[c] = quantizer.inverseScale[c];
        m_zeroPoint[c] = quantizer.zeroPoint[c];
        m_lowest[c] = static_cast<float>(-m_zeroPoint[c]);
        m_highest[c] = static_cast<float>(maximum() - m_zeroPoint[c]);
        if (m_bits == 16)
            m_correction[c] = kHalfOf16Bits - m_zeroPoint[c];
    }
}

std::int16_t LevelCoding::level(float value, int channel) const
{
    const auto c = static_cast<std::size_t>(channel);
    const std::int32_t q = quant::quantizeActivation(value, m_inverseScale[c], m_zeroPoint[c], maximum());
    return static_cast<std::int16_t>(q - m_zeroPoint[c] - m_correction[c]);
}

void LevelCoding::fillBorder(const MapView<std::int16_t> &map) const
{
    const int stride = map.layout.pixelStride;
    if (m_bits < 16) {
        forBorder(map, [stride](std::int16_t *first, int pixels) {
            std::fill_n(first, static_cast<std::size_t>(pixels) * static_cast<std::size_t>(stride), std::int16_t{0});
        });
        return;
    }
    forBorder(map, [this, stride](std::int16_t *first, int pixels) {
        for (int i = 0; i < pixels; ++i)
            for (int c = 0; c < stride; ++c)
                *first++ = zeroLevel(c);
    });
}

void fillBorder(const MapView<float> &map)
{
    const auto stride = static_cast<std::size_t>(map.layout.pixelStride);
    forBorder(map, [stride](float *first, int pixels) {
        std::fill_n(first, static_cast<std::size_t>(pixels) * stride, 0.0F);
    });
}

} // namespace bitlens::kernel
