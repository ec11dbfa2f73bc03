// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/steerablepyramid.h"

#include "engine/score/fourier.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

namespace bitlens::score {

namespace {

constexpr double kPi = std::numbers::pi;

/// Linear interpolation in a table at unit distances. Outside, the outermost pieces go on.
class Table {
public:
    explicit Table(std::vector<double> values) : m_values(std::move(values)) {}
    double at(double position) const
    {
        const auto last = static_cast<int>(m_values.size()) - 2;
        const int i = std::clamp(static_cast<int>(position), 0, last);
        return m_values[i] + (m_values[i + 1] - m_values[i]) * (position - i);
    }

private:
    std::vector<double> m_values;
};

/// The published pyramid takes its masks from tables, interpolated linearly: part of the definition, since the error of
/// that interpolation is larger than the agreement that the features need.
class Masks {
public:
    Masks() : m_high(radial(false)), m_low(radial(true)), m_angular(angular()) {}

    /// `octave` is log2 of the radius, 0 at the Nyquist frequency; `level` counts halvings.
    double high(double octave, int level) const { return m_high.at(radialPosition(octave, level)); }
    double low(double octave, int level) const { return m_low.at(radialPosition(octave, level)); }
    double angle(double angle, int orientation) const
    {
        const double turned = angle - kPi * orientation / SteerablePyramid::kOrientations;
        return m_angular.at(turned * (kAngularSteps / kPi) + 2 * kAngularSteps + 1);
    }

private:
    static constexpr int kRadialSteps = 256;
    static constexpr int kAngularSteps = 1024;

    static double radialPosition(double octave, int level)
    {
        return kRadialSteps * (octave + level) + kRadialSteps + 1;
    }

    static std::vector<double> radial(bool low)
    {
        std::vector<double> values;
        for (int k = -kRadialSteps - 1; k <= 1; ++k) {
            const int inside = std::clamp(k, -kRadialSteps, 0);
            const double cosine = std::cos(kPi * inside / (2 * kRadialSteps));
            const double high = std::sqrt(cosine * cosine);
            values.push_back(low ? std::sqrt(1 - high * high) : high);
        }
        return values;
    }
    static std::vector<double> angular()
    {
        constexpr int kOrder = SteerablePyramid::kOrientations - 1;
        double factorial = 1; // order!
        for (int i = 2; i <= kOrder; ++i)
            factorial *= i;
        double doubled = factorial; // (2 order)!
        for (int i = kOrder + 1; i <= 2 * kOrder; ++i)
            doubled *= i;
        const double power =
            std::pow(2.0, 2 * kOrder) * factorial * factorial / (SteerablePyramid::kOrientations * doubled);
        std::vector<double> values;
        for (int k = -(2 * kAngularSteps + 1); k <= kAngularSteps + 1; ++k)
            values.push_back(std::sqrt(power) * std::pow(std::cos(kPi * k / kAngularSteps), kOrder));
        return values;
    }

    Table m_high;
    Table m_low;
    Table m_angular;
};

/// The masks that only depend on the frequency's radius, and its angle, on the half spectrum of the picture.
struct PolarGrid {
    Plane highPass;
    std::array<Plane, SteerablePyramid::kLevels> ring; ///< zero outside one octave and its flanks
    Plane angle;

    explicit PolarGrid(const Spectrum &spectrum)
        : highPass(spectrum.height(), spectrum.columns()), angle(spectrum.height(), spectrum.columns())
    {
        for (Plane &plane : ring)
            plane = Plane(spectrum.height(), spectrum.columns());
    }
    void fillRow(const Spectrum &spectrum, const Masks &masks, int row)
    {
        const double halfHeight = spectrum.height() / 2.0;
        const double halfWidth = spectrum.width() / 2.0;
        const double y = spectrum.frequencyOfRow(row) / halfHeight;
        for (int column = 0; column < spectrum.columns(); ++column) {
            const double x = column / halfWidth;
            // The origin takes the radius of its neighbour. Octave 0 is the Nyquist frequency.
            const double octave = row == 0 && column == 0 ? -std::log2(halfWidth) : 0.5 * std::log2(x * x + y * y);
            highPass.line(row)[column] = masks.high(octave, 0);
            double low = masks.low(octave, 0);
            for (int level = 0; level < SteerablePyramid::kLevels; ++level) {
                const bool inside = octave < -level && octave > -level - 2;
                ring[level].line(row)[column] = inside ? low * masks.high(octave, level + 1) : 0.0;
                low *= masks.low(octave, level + 1);
            }
            angle.line(row)[column] = std::atan2(y, x);
        }
    }
};

} // namespace

SteerablePyramid SteerablePyramid::of(const Plane &image, const base::ThreadPool &pool)
{
    const Masks masks;
    const FourierTransform full(image.height, image.width);
    const int halfHeight = (image.height + 1) / 2;
    const int halfWidth = (image.width + 1) / 2;
    const FourierTransform half(halfHeight, halfWidth);
    Spectrum spectrum(image.height, image.width);
    PolarGrid grid(spectrum);
    // One thread transforms the picture, the others meanwhile make the masks.
    constexpr std::size_t kRows = 32;
    const std::size_t strips = (static_cast<std::size_t>(image.height) + kRows - 1) / kRows;
    pool.forRanges(1 + strips, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i) {
            if (i == 0)
                full.forward(image, spectrum);
            else
                for (std::size_t row = (i - 1) * kRows; row < std::min(i * kRows, std::size_t(image.height)); ++row)
                    grid.fillRow(spectrum, masks, static_cast<int>(row));
        }
    });

    SteerablePyramid pyramid;
    // The bands are real parts of transforms of what is -i times a real odd mask times the spectrum of a real plane:
    // the spectra of real planes themselves, up to frequencies where the masks are zero. Half of each is enough.
    const auto makeHighPass = [&](Spectrum &masked) {
        for (int row = 0; row < masked.height(); ++row)
            for (int column = 0; column < masked.columns(); ++column)
                masked.line(row)[column] = spectrum.line(row)[column] * grid.highPass.line(row)[column];
        pyramid.highPass = full.inverse(masked);
    };
    const auto makeBand = [&](int level, int orientation, Spectrum &masked) {
        masked.clear();
        for (int row = 0; row < masked.height(); ++row) {
            const int source = spectrum.rowOfFrequency(masked.frequencyOfRow(row));
            const std::complex<double> *in = spectrum.line(source);
            const double *ring = grid.ring[level].line(source);
            const double *angles = grid.angle.line(source);
            std::complex<double> *out = masked.line(row);
            for (int column = 0; column < masked.columns(); ++column) {
                if (ring[column] == 0.0)
                    continue;
                const double mask = ring[column] * masks.angle(angles[column], orientation);
                out[column] = {in[column].imag() * mask, -in[column].real() * mask};
            }
        }
        pyramid.bands[level][orientation] = (level == 0 ? full : half).inverse(masked);
    };
    struct Scratch {
        std::optional<Spectrum> full;
        std::optional<Spectrum> half;
    };
    std::vector<Scratch> scratch(static_cast<std::size_t>(pool.threads()));
    pool.forRanges(1 + kLevels * kOrientations, 1, [&](std::size_t begin, std::size_t end, int thread) {
        Scratch &own = scratch[thread];
        if (!own.full) {
            own.full.emplace(image.height, image.width);
            own.half.emplace(halfHeight, halfWidth);
        }
        for (std::size_t i = begin; i < end; ++i) {
            const int level = static_cast<int>(i - 1) / kOrientations;
            if (i == 0)
                makeHighPass(*own.full);
            else
                makeBand(level, static_cast<int>(i - 1) % kOrientations, level == 0 ? *own.full : *own.half);
        }
    });
    return pyramid;
}

} // namespace bitlens::score
