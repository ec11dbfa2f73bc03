// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/fourier.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <new>

#include <fftw3.h>

namespace bitlens::score {

namespace {

/// FFTW's transforms may run at the same time; making and destroying plans may not.
std::mutex &plannerMutex()
{
    static std::mutex mutex;
    return mutex;
}

// Plans count on the alignment of the arrays that they were made with; FFTW wants 16 bytes, and every array from the
// heap has that.
static_assert(alignof(std::max_align_t) >= 16);

fftw_complex *native(std::complex<double> *values) { return reinterpret_cast<fftw_complex *>(values); }

} // namespace

void Spectrum::Free::operator()(std::complex<double> *values) const { fftw_free(values); }

Spectrum::Spectrum(int height, int width) : m_height(height), m_width(width)
{
    const std::size_t count = static_cast<std::size_t>(height) * columns();
    m_values.reset(reinterpret_cast<std::complex<double> *>(fftw_alloc_complex(count)));
    if (!m_values)
        throw std::bad_alloc();
    clear();
}

void Spectrum::clear()
{
    std::fill_n(m_values.get(), static_cast<std::size_t>(m_height) * columns(), std::complex<double>());
}

struct FourierTransform::Private {
    int height = 0;
    int width = 0;
    fftw_plan forward = nullptr;
    fftw_plan inverse = nullptr;
};

FourierTransform::FourierTransform(int height, int width) : d(std::make_unique<Private>())
{
    d->height = height;
    d->width = width;
    Spectrum spectrum(height, width);
    Plane plane(height, width);
    const std::lock_guard lock(plannerMutex());
    // Estimated, not measured: a measured plan may differ from run to run, and with it the last bits.
    d->forward = fftw_plan_dft_r2c_2d(height, width, plane.samples.data(), native(spectrum.line(0)),
                                      FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    d->inverse = fftw_plan_dft_c2r_2d(height, width, native(spectrum.line(0)), plane.samples.data(), FFTW_ESTIMATE);
    if (!d->forward || !d->inverse) {
        fftw_destroy_plan(d->forward);
        throw std::bad_alloc();
    }
}

FourierTransform::~FourierTransform()
{
    const std::lock_guard lock(plannerMutex());
    fftw_destroy_plan(d->forward);
    fftw_destroy_plan(d->inverse);
}

void FourierTransform::forward(const Plane &plane, Spectrum &spectrum) const
{
    double *in = const_cast<double *>(plane.samples.data()); // this transform does not write there
    fftw_execute_dft_r2c(d->forward, in, native(spectrum.line(0)));
}

Plane FourierTransform::inverse(Spectrum &spectrum) const
{
    Plane plane(d->height, d->width);
    fftw_execute_dft_c2r(d->inverse, native(spectrum.line(0)), plane.samples.data());
    const double scale = 1.0 / static_cast<double>(plane.count());
    for (double &sample : plane.samples)
        sample *= scale;
    return plane;
}

} // namespace bitlens::score
