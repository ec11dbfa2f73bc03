// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/image.h"

#include "engine/base/error.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <string>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

std::string text(Size size) { return std::to_string(size.width) + "x" + std::to_string(size.height); }

/// A zero-filled vector; exhaustion becomes the error that names what was asked for.
template <typename Sample>
std::shared_ptr<std::vector<Sample>> allocate(std::size_t perPixel, Size size)
{
    const std::size_t most = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(Sample) / perPixel;
    try {
        if (size.pixels() <= most)
            return std::make_shared<std::vector<Sample>>(size.pixels() * perPixel);
    } catch (const std::bad_alloc &) { // reported below
    } catch (const std::length_error &) {
    }
    throw Error(ErrorCode::OutOfMemory, {}, "not enough memory for a picture of " + text(size) + " pixels");
}

void requireInside(const Rect &rect, Size size)
{
    const bool inside = !rect.isEmpty() && rect.x >= 0 && rect.y >= 0 && rect.width <= size.width - rect.x
                        && rect.height <= size.height - rect.y;
    if (!inside)
        throw Error(ErrorCode::InvalidArgument, {}, "a crop does not lie inside the picture of " + text(size));
}

/// Calls store(index, sample) for `channel` of each pixel in reading order, sample scaled to [0,1].
template <typename Store>
void forSamples(const Image &image, int channel, Store store)
{
    const int step = image.channels();
    // A division and not a product with the reciprocal: the quotient is the correctly rounded value that every other
    // program computes for v / 255.
    const auto maximum = static_cast<float>(image.maximum());
    std::size_t index = 0;
    for (int y = 0; y < image.height(); ++y) {
        if (image.type() == SampleType::U8) {
            const std::uint8_t *line = image.line8(y) + channel;
            for (int x = 0; x < image.width(); ++x)
                store(index++, static_cast<float>(line[x * step]) / maximum);
        } else {
            const std::uint16_t *line = image.line16(y) + channel;
            for (int x = 0; x < image.width(); ++x)
                store(index++, static_cast<float>(line[x * step]) / maximum);
        }
    }
}

template <typename Sample>
void quantize(const Planes &planes, Image &image)
{
    const float maximum = static_cast<float>(image.maximum());
    const float *red = planes.plane(0);
    const float *green = planes.plane(1);
    const float *blue = planes.plane(2);
    auto *out = reinterpret_cast<Sample *>(image.mutableBytes());
    const auto sample = [maximum](float value) {
        // Both comparisons are false for NaN, which therefore ends as 0.
        const float clamped = value > 0.0F ? (value < 1.0F ? value : 1.0F) : 0.0F;
        return static_cast<Sample>(std::lrintf(clamped * maximum));
    };
    for (std::size_t i = 0; i < planes.planeSize(); ++i) {
        out[3 * i] = sample(red[i]);
        out[3 * i + 1] = sample(green[i]);
        out[3 * i + 2] = sample(blue[i]);
    }
}

} // namespace

Rect Rect::intersected(const Rect &other) const
{
    const int left = std::max(x, other.x);
    const int top = std::max(y, other.y);
    const Rect common{left, top, std::min(right(), other.right()) - left, std::min(bottom(), other.bottom()) - top};
    return common.isEmpty() ? Rect{left, top, 0, 0} : common;
}

Image::Image(Size size, int channels, SampleType type) : m_size(size), m_channels(channels), m_type(type)
{
    if (size.isEmpty())
        throw Error(ErrorCode::InvalidArgument, {}, "a picture cannot have " + text(size) + " pixels");
    if (channels < 1 || channels > 4)
        throw Error(ErrorCode::InvalidArgument, {},
                    "a picture cannot have " + std::to_string(channels) + " channels (1 to 4)");
    m_pixels = allocate<std::uint8_t>(static_cast<std::size_t>(channels) * (type == SampleType::U8 ? 1 : 2), size);
}

std::size_t Image::bytesPerLine() const
{
    return static_cast<std::size_t>(m_size.width) * static_cast<std::size_t>(m_channels)
           * (m_type == SampleType::U8 ? 1U : 2U);
}

std::uint8_t *Image::mutableBytes()
{
    if (!m_pixels)
        return nullptr;
    if (m_pixels.use_count() > 1) {
        auto own = allocate<std::uint8_t>(byteCount() / m_size.pixels(), m_size);
        std::copy(m_pixels->begin(), m_pixels->end(), own->begin());
        m_pixels = std::move(own);
    }
    return m_pixels->data();
}

Image Image::cropped(const Rect &rect) const
{
    requireInside(rect, m_size);
    Image part({rect.width, rect.height}, m_channels, m_type);
    const std::size_t bytesPerPixel = bytesPerLine() / static_cast<std::size_t>(m_size.width);
    std::uint8_t *out = part.mutableBytes();
    for (int y = 0; y < rect.height; ++y, out += part.bytesPerLine())
        std::memcpy(out, line8(rect.y + y) + static_cast<std::size_t>(rect.x) * bytesPerPixel, part.bytesPerLine());
    part.m_iccProfile = m_iccProfile;
    return part;
}

bool Image::samePixels(const Image &other) const
{
    if (m_size != other.m_size || m_channels != other.m_channels || m_type != other.m_type)
        return false;
    return m_pixels == other.m_pixels || (m_pixels && other.m_pixels && *m_pixels == *other.m_pixels);
}

Planes::Planes(int channels, int height, int width) : m_channels(channels), m_height(height), m_width(width)
{
    if (channels < 1 || size().isEmpty())
        throw Error(ErrorCode::InvalidArgument, {},
                    "planes cannot be " + std::to_string(channels) + " of " + text(size()) + " pixels");
    m_samples = allocate<float>(static_cast<std::size_t>(channels), size());
}

float *Planes::mutableData()
{
    if (!m_samples)
        return nullptr;
    if (m_samples.use_count() > 1) {
        auto own = allocate<float>(static_cast<std::size_t>(m_channels), size());
        std::copy(m_samples->begin(), m_samples->end(), own->begin());
        m_samples = std::move(own);
    }
    return m_samples->data();
}

Planes Planes::cropped(const Rect &rect) const
{
    requireInside(rect, size());
    Planes part(m_channels, rect.height, rect.width);
    float *out = part.mutableData();
    for (int channel = 0; channel < m_channels; ++channel)
        for (int y = 0; y < rect.height; ++y, out += rect.width)
            std::copy_n(line(channel, rect.y + y) + rect.x, rect.width, out);
    return part;
}

Planes toPlanes(const Image &image)
{
    if (image.isNull())
        return {};
    Planes planes(3, image.height(), image.width());
    for (int channel = 0; channel < 3; ++channel) {
        float *out = planes.mutablePlane(channel);
        if (image.isGray() && channel > 0)
            std::copy_n(planes.plane(0), planes.planeSize(), out);
        else
            forSamples(image, channel, [out](std::size_t i, float value) { out[i] = value; });
    }
    return planes;
}

Planes alphaToPlanes(const Image &image)
{
    if (image.isNull())
        return {};
    Planes planes(3, image.height(), image.width());
    float *first = planes.mutablePlane(0);
    if (image.hasAlpha())
        forSamples(image, image.channels() - 1, [first](std::size_t i, float value) { first[i] = value; });
    else
        std::fill_n(first, planes.planeSize(), 1.0F);
    for (int channel = 1; channel < 3; ++channel)
        std::copy_n(planes.plane(0), planes.planeSize(), planes.mutablePlane(channel));
    return planes;
}

Image fromPlanes(const Planes &planes, SampleType type)
{
    if (planes.isNull())
        return {};
    if (planes.channels() != 3)
        throw Error(ErrorCode::InvalidArgument, {},
                    "a picture is made of 3 planes, not of " + std::to_string(planes.channels()));
    Image image(planes.size(), 3, type);
    if (type == SampleType::U8)
        quantize<std::uint8_t>(planes, image);
    else
        quantize<std::uint16_t>(planes, image);
    return image;
}

} // namespace bitlens::image
