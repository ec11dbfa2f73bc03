// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/kernel/maplayout.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace bitlens::kernel {

/// The rows of one source that an output row reads, as if nearest upsampling had been done: contiguous pixels from
/// column -pad to width + pad. Rows of a source that is not enlarged are used where they lie; others are written to
/// scratch memory.
template <typename T>
class SourceRows {
public:
    /// Elements of scratch memory for one source of that pixel stride.
    static std::size_t scratchCount(int kernel, int upsample, int outputWidth, int pixelStride)
    {
        if (upsample == 1)
            return 0;
        return static_cast<std::size_t>(kernel) * static_cast<std::size_t>(outputWidth + kernel)
               * static_cast<std::size_t>(pixelStride);
    }

    SourceRows(const MapView<const T> &source, int kernel, int upsample, T *scratch)
        : m_source(source),
          m_pad(kernel / 2),
          m_upsample(upsample),
          m_scratch(scratch),
          m_rowElements(static_cast<std::ptrdiff_t>(source.layout.width * upsample + 2 * m_pad)
                        * source.layout.pixelStride)
    {
    }

    /// Makes row y + offset available, offset in [-pad, pad]; valid until the row's next call with the same offset.
    const T *row(int y, int offset) const
    {
        const int at = y + offset;
        if (m_upsample == 1)
            return m_source.pixel(at, -m_pad);
        T *const enlarged = m_scratch + (offset + m_pad) * m_rowElements;
        const int stride = m_source.layout.pixelStride;
        T *to = enlarged;
        const int sourceRow = shrunk(at, m_source.layout.height);
        for (int x = -m_pad; x < m_source.layout.width * m_upsample + m_pad; ++x, to += stride)
            std::copy_n(m_source.pixel(sourceRow, shrunk(x, m_source.layout.width)), stride, to);
        return enlarged;
    }

private:
    /// All pixels outside show the same: what stands for 0.
    int shrunk(int at, int size) const { return at < 0 ? -1 : std::min(at / m_upsample, size); }

    MapView<const T> m_source;
    int m_pad;
    int m_upsample;
    T *m_scratch;
    std::ptrdiff_t m_rowElements;
};

} // namespace bitlens::kernel
