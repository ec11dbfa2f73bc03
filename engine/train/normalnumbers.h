// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace bitlens::train {

/// Normal random numbers by Box and Muller, the same on every machine: std::normal_distribution may differ between
/// standard libraries.
class NormalNumbers {
public:
    explicit NormalNumbers(std::uint64_t seed) : m_engine(seed) {}

    /// Mean 0, variance 1.
    float next()
    {
        const double u = (static_cast<double>(m_engine() >> 11) + 0.5) * 0x1p-53;
        const double v = (static_cast<double>(m_engine() >> 11) + 0.5) * 0x1p-53;
        return static_cast<float>(std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v));
    }

private:
    std::mt19937_64 m_engine;
};

} // namespace bitlens::train
