// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/generalizedgaussian.h"
#include "engine/score/mafeatureparts.h"
#include "engine/score/sampleloops.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

namespace bitlens::score::detail {

namespace {

constexpr int kSide = 7;
constexpr int kStride = 3;
constexpr int kBorder = 2;
constexpr int kCoefficients = kSide * kSide;

/// Coefficients (row * 7 + column) of all but the mean, and of three orientations.
constexpr std::array<int, 48> kAlternating = [] {
    std::array<int, 48> all{};
    for (int i = 0; i < 48; ++i)
        all[i] = i + 1;
    return all;
}();
constexpr std::array<std::array<int, 16>, 3> kOrientations{{
    {1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 18, 19, 20, 26, 27},
    {8, 16, 17, 23, 24, 25, 31, 32, 33, 34, 39, 40, 41, 46, 47, 48},
    {7, 14, 21, 28, 35, 42, 15, 22, 29, 36, 43, 30, 37, 44, 38, 45},
}};

using Transform = std::array<std::array<double, kSide>, kSide>;

Transform orthonormalTransform()
{
    Transform d;
    for (int k = 0; k < kSide; ++k)
        for (int m = 0; m < kSide; ++m)
            d[k][m] = k == 0 ? 1 / std::sqrt(static_cast<double>(kSide))
                             : std::sqrt(2.0 / kSide) * std::cos(std::numbers::pi * k * (2 * m + 1) / (2.0 * kSide));
    return d;
}

/// One row of windows at a time: every quantity is an array over the windows, so that the loops vectorise.
class WindowRow {
public:
    WindowRow(const Plane &plane, int windows)
        : m_plane(plane),
          m_windows(static_cast<std::size_t>(windows)),
          m_transform(orthonormalTransform()),
          m_phases(kStride),
          m_rows(kSide * kSide, Values(m_windows)),
          m_coefficients(kCoefficients, Values(m_windows))
    {
        for (Values &phase : m_phases)
            phase.resize(m_windows + kSide / kStride);
    }

    void transform(int windowRow)
    {
        for (int m = 0; m < kSide; ++m)
            transformAlongX(windowRow * kStride - kBorder + m, m);
        for (int k = 0; k < kSide; ++k)
            for (int l = 0; l < kSide; ++l) {
                const auto &d = m_transform[k];
                const double *r[kSide];
                for (int m = 0; m < kSide; ++m)
                    r[m] = m_rows[m * kSide + l].data();
                m_loops.combine(r, d.data(), m_coefficients[k * kSide + l].data(), count());
            }
    }

    /// Shape of a generalized Gaussian of the 48 alternating coefficients.
    void shapes(double *out)
    {
        Values mean(m_windows), squares(m_windows), magnitudes(m_windows);
        for (int c : kAlternating)
            m_loops.add(m_coefficients[c].data(), mean.data(), count());
        for (double &m : mean)
            m /= kAlternating.size();
        for (int c : kAlternating)
            m_loops.addSpread(m_coefficients[c].data(), mean.data(), squares.data(), magnitudes.data(), count());
        const auto &table = GeneralizedGaussianTable::forMa();
        for (std::size_t j = 0; j < m_windows; ++j) {
            const double magnitude = magnitudes[j] / kAlternating.size();
            out[j] = table.shapeOf(squares[j] / (kAlternating.size() - 1) / (magnitude * magnitude + 1e-7));
        }
    }

    /// Standard deviation of the magnitudes of some coefficients over their mean.
    void variation(std::span<const int> coefficients, double epsilon, double *out)
    {
        const auto terms = static_cast<double>(coefficients.size());
        Values mean(m_windows), squares(m_windows);
        for (int c : coefficients)
            m_loops.addMagnitude(m_coefficients[c].data(), mean.data(), count());
        for (double &m : mean)
            m /= terms;
        for (int c : coefficients)
            m_loops.addMagnitudeSpread(m_coefficients[c].data(), mean.data(), squares.data(), count());
        for (std::size_t j = 0; j < m_windows; ++j)
            out[j] = std::sqrt(squares[j] / (terms - 1)) / (mean[j] + epsilon);
    }

    /// Variance of that ratio over the three orientations.
    void orientationVariance(double *out)
    {
        std::array<Values, 3> ratio;
        for (std::size_t i = 0; i < 3; ++i) {
            ratio[i].resize(m_windows);
            variation(kOrientations[i], 1e-8, ratio[i].data());
        }
        for (std::size_t j = 0; j < m_windows; ++j) {
            const double mean = (ratio[0][j] + ratio[1][j] + ratio[2][j]) / 3;
            double sum = 0.0;
            for (const Values &values : ratio)
                sum += (values[j] - mean) * (values[j] - mean);
            out[j] = sum / 2;
        }
    }

private:
    using Values = std::vector<double>;

    int count() const { return static_cast<int>(m_windows); }

    /// Row `y` of the plane (zero outside) into row m of the windows, transformed along x.
    void transformAlongX(int y, int m)
    {
        if (y < 0 || y >= m_plane.height) {
            for (int l = 0; l < kSide; ++l)
                std::fill(m_rows[m * kSide + l].begin(), m_rows[m * kSide + l].end(), 0.0);
            return;
        }
        // Samples 3j + p side by side, so that sample 3j + m of window j is element j + m/3 of phase m%3.
        const double *in = m_plane.line(y);
        for (int p = 0; p < kStride; ++p)
            for (std::size_t j = 0; j < m_phases[p].size(); ++j) {
                const auto x = static_cast<std::ptrdiff_t>(kStride * j) + p - kBorder;
                m_phases[p][j] = x >= 0 && x < m_plane.width ? in[x] : 0.0;
            }
        const double *s[kSide];
        for (int i = 0; i < kSide; ++i)
            s[i] = m_phases[i % kStride].data() + i / kStride;
        for (int l = 0; l < kSide; ++l) {
            const auto &d = m_transform[l];
            m_loops.combine(s, d.data(), m_rows[m * kSide + l].data(), count());
        }
    }

    const SampleLoops &m_loops = sampleLoops();
    const Plane &m_plane;
    std::size_t m_windows;
    Transform m_transform;
    std::vector<Values> m_phases;
    std::vector<Values> m_rows;
    std::vector<Values> m_coefficients;
};

double mean(std::span<const double> values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double meanOfLowestTenth(std::vector<double> &values)
{
    const auto count = static_cast<std::size_t>(std::ceil(static_cast<double>(values.size()) * 0.1));
    std::nth_element(values.begin(), values.begin() + (count - 1), values.end());
    return mean(std::span(values).first(count));
}

/// The published code starts at the sorted value number fix(0.9 n), counted from 1.
double meanOfHighestTenth(std::vector<double> &values)
{
    const auto start = static_cast<std::size_t>(static_cast<double>(values.size()) * 0.9) - 1;
    std::nth_element(values.begin(), values.begin() + start, values.end());
    return mean(std::span(values).subspan(start));
}

} // namespace

std::array<double, 6> maBlockFeatures(const Plane &plane, const base::ThreadPool &pool)
{
    const int down = (plane.height + kStride - 1) / kStride;
    const int across = (plane.width + kStride - 1) / kStride;
    const std::size_t count = static_cast<std::size_t>(down) * across;
    std::vector<double> shape(count), variation(count), orientation(count);
    constexpr std::size_t kRows = 8;
    pool.forRanges(static_cast<std::size_t>(down), kRows, [&](std::size_t begin, std::size_t end, int) {
        WindowRow row(plane, across);
        for (std::size_t y = begin; y < end; ++y) {
            row.transform(static_cast<int>(y));
            row.shapes(shape.data() + y * across);
            row.variation(kAlternating, 1e-7, variation.data() + y * across);
            row.orientationVariance(orientation.data() + y * across);
        }
    });
    std::array<double, 6> features{};
    pool.forRanges(3, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i) {
            std::vector<double> &values = i == 0 ? shape : i == 1 ? variation : orientation;
            // The mean first: selecting the tenth reorders the values.
            features[2 * i + 1] = mean(values);
            features[2 * i] = i == 0 ? meanOfLowestTenth(values) : meanOfHighestTenth(values);
        }
    });
    return features;
}

} // namespace bitlens::score::detail
