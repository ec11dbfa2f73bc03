// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/score/plane.h"

#include <complex>
#include <cstddef>
#include <memory>

namespace bitlens::score {

/// Half of the spectrum of a real H x W plane: rows of frequency 0..H-1 (negative ones wrapped), columns 0..W/2. The
/// other half is its complex conjugate.
class Spectrum {
public:
    /// Zero-filled. Throws std::bad_alloc.
    Spectrum(int height, int width);

    void clear(); ///< back to zeros
    int height() const { return m_height; }
    int width() const { return m_width; }           ///< of the plane
    int columns() const { return m_width / 2 + 1; } ///< of this half
    std::complex<double> *line(int row) { return m_values.get() + static_cast<std::size_t>(row) * columns(); }
    const std::complex<double> *line(int row) const
    {
        return m_values.get() + static_cast<std::size_t>(row) * columns();
    }
    /// Frequency -H/2..(H-1)/2 of a row, and back.
    int frequencyOfRow(int row) const { return row < (m_height + 1) / 2 ? row : row - m_height; }
    int rowOfFrequency(int frequency) const { return frequency < 0 ? frequency + m_height : frequency; }

private:
    struct Free {
        void operator()(std::complex<double> *values) const;
    };
    int m_height;
    int m_width;
    std::unique_ptr<std::complex<double>[], Free> m_values;
};

/// Two-dimensional Fourier transforms of real planes of one size, in double, any size at full speed (FFTW). The same
/// size gives the same bits every time. Thread-safe, also the constructor.
class FourierTransform {
public:
    FourierTransform(int height, int width);
    ~FourierTransform();
    FourierTransform(const FourierTransform &) = delete;
    FourierTransform &operator=(const FourierTransform &) = delete;

    /// Into a spectrum of this size.
    void forward(const Plane &plane, Spectrum &spectrum) const;
    /// Includes the division by H*W. Leaves `spectrum` with arbitrary values.
    Plane inverse(Spectrum &spectrum) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::score
