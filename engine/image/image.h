// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace bitlens::image {

enum class SampleType { U8, U16 };

/// Width and height in pixels.
struct Size {
    int width = 0;
    int height = 0;
    bool operator==(const Size &) const = default;
    bool isEmpty() const { return width <= 0 || height <= 0; }
    std::size_t pixels() const
    {
        return isEmpty() ? 0 : static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    }
};

/// A rectangle in pixels; x to the right, y down.
struct Rect {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    bool operator==(const Rect &) const = default;
    bool isEmpty() const { return width <= 0 || height <= 0; }
    int right() const { return x + width; }   ///< one past the last column
    int bottom() const { return y + height; } ///< one past the last row
    Rect intersected(const Rect &other) const;
};

/// A picture as it is in a file or on the screen: H,W,C interleaved, full range, gamma-encoded as in the file (sRGB
/// unless the ICC profile says otherwise). Channels: 1 gray, 2 gray + alpha, 3 RGB, 4 RGB + alpha (alpha is straight,
/// not premultiplied). Copies share the pixels; a writer detaches. Safe to hand to other threads by value.
class Image {
public:
    Image() = default;
    /// Zero-filled. channels in [1,4]. Throws base::Error{OutOfMemory|InvalidArgument}.
    Image(Size size, int channels, SampleType type = SampleType::U8);

    bool isNull() const { return m_size.isEmpty(); }
    Size size() const { return m_size; }
    int width() const { return m_size.width; }
    int height() const { return m_size.height; }
    int channels() const { return m_channels; }
    bool hasAlpha() const { return m_channels == 2 || m_channels == 4; }
    bool isGray() const { return m_channels == 1 || m_channels == 2; }
    SampleType type() const { return m_type; }
    int maximum() const { return m_type == SampleType::U8 ? 255 : 65535; }
    std::size_t bytesPerLine() const;
    std::size_t byteCount() const { return bytesPerLine() * static_cast<std::size_t>(m_size.height); }

    const std::uint8_t *bytes() const { return m_pixels ? m_pixels->data() : nullptr; }
    std::uint8_t *mutableBytes(); ///< detaches
    const std::uint8_t *line8(int y) const { return bytes() + bytesPerLine() * static_cast<std::size_t>(y); }
    const std::uint16_t *line16(int y) const { return reinterpret_cast<const std::uint16_t *>(line8(y)); }

    /// A copy of a part; `rect` must lie inside. Metadata is kept.
    Image cropped(const Rect &rect) const;

    /// ICC profile bytes as found in the file; empty means sRGB.
    const std::vector<std::uint8_t> &iccProfile() const { return m_iccProfile; }
    void setIccProfile(std::vector<std::uint8_t> profile) { m_iccProfile = std::move(profile); }

    /// Same size, channels, type and samples (metadata is not compared).
    bool samePixels(const Image &other) const;

private:
    Size m_size;
    int m_channels = 0;
    SampleType m_type = SampleType::U8;
    std::shared_ptr<std::vector<std::uint8_t>> m_pixels;
    std::vector<std::uint8_t> m_iccProfile;
};

/// What the networks compute on: float32 samples in planes C,H,W; colour in [0,1] where it came from an Image (network
/// outputs may leave that range until they are converted back). Copies share; a writer detaches.
class Planes {
public:
    Planes() = default;
    /// Zero-filled. Throws base::Error{OutOfMemory|InvalidArgument}.
    Planes(int channels, int height, int width);

    bool isNull() const { return m_samples == nullptr; }
    int channels() const { return m_channels; }
    int height() const { return m_height; }
    int width() const { return m_width; }
    Size size() const { return {m_width, m_height}; }
    std::size_t planeSize() const { return static_cast<std::size_t>(m_height) * static_cast<std::size_t>(m_width); }
    std::size_t count() const { return planeSize() * static_cast<std::size_t>(m_channels); }

    const float *data() const { return m_samples ? m_samples->data() : nullptr; }
    const float *plane(int channel) const { return data() + planeSize() * static_cast<std::size_t>(channel); }
    const float *line(int channel, int y) const
    {
        return plane(channel) + static_cast<std::size_t>(y) * static_cast<std::size_t>(m_width);
    }
    float *mutableData(); ///< detaches
    float *mutablePlane(int channel) { return mutableData() + planeSize() * static_cast<std::size_t>(channel); }

    Planes cropped(const Rect &rect) const;

private:
    int m_channels = 0;
    int m_height = 0;
    int m_width = 0;
    std::shared_ptr<std::vector<float>> m_samples;
};

/// Colour of an image as 3 planes R,G,B in [0,1] (gray is repeated; alpha is left out).
Planes toPlanes(const Image &image);

/// Alpha of an image as 3 equal planes in [0,1] (all 1 where it has none), to be enlarged by the same network in a pass
/// of its own.
Planes alphaToPlanes(const Image &image);

/// 3 planes to an RGB image: clamp to [0,1], times maximum, round to nearest (ties to even); NaN becomes 0.
Image fromPlanes(const Planes &planes, SampleType type = SampleType::U8);

} // namespace bitlens::image
