// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <cstdint>

namespace bitlens::kernel {

/// Elements per pixel of a stored feature map: up to 4 channels take 4 (the picture, the head's input), others a
/// multiple of 16, so that a vector never straddles two pixels.
constexpr int pixelStrideFor(int channels) { return channels <= 4 ? 4 : (channels + 15) / 16 * 16; }

/// Channels that a kernel computes for a layer of `outChannels`: whole vectors.
constexpr int outStrideFor(int outChannels) { return (outChannels + 15) / 16 * 16; }

/// Where the elements of a stored feature map are: H,W,C with `border` extra pixels on all four sides, which hold what
/// stands for 0, so that zero padding needs no branch. Elements between `channels` and `pixelStride` hold 0.
struct MapLayout {
    int height = 0;
    int width = 0;
    int channels = 0;
    int pixelStride = 0; ///< elements from a pixel to the next, see pixelStrideFor
    int border = 0;      ///< pixels

    std::ptrdiff_t rowStride() const { return static_cast<std::ptrdiff_t>(width + 2 * border) * pixelStride; }
    /// Elements in all, border included.
    std::size_t count() const { return static_cast<std::size_t>((height + 2 * border) * rowStride()); }
    /// Element number of channel 0 of a pixel; y in [-border, height + border), x likewise.
    std::ptrdiff_t offset(int y, int x) const
    {
        return (y + border) * rowStride() + static_cast<std::ptrdiff_t>(x + border) * pixelStride;
    }
};

/// A stored feature map that somebody else owns. T is std::int16_t (levels, see LevelCoding) or float, possibly const.
template <typename T>
struct MapView {
    T *data = nullptr;
    MapLayout layout;

    T *pixel(int y, int x) const { return data + layout.offset(y, x); }
    operator MapView<const T>() const { return {data, layout}; }
};

} // namespace bitlens::kernel
