// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/imageconvert.h"

#include <QColorSpace>

#include <algorithm>
#include <array>
#include <cstring>

namespace bitlens::ui {

namespace {

/// A QImage that looks at the Image's own memory and keeps it alive.
QImage shareMemory(const image::Image &image, QImage::Format format)
{
    auto *owner = new image::Image(image);
    return QImage(
        owner->bytes(), owner->width(), owner->height(), static_cast<qsizetype>(owner->bytesPerLine()), format,
        [](void *held) { delete static_cast<image::Image *>(held); }, owner);
}

void attachProfile(QImage &picture, const std::vector<std::uint8_t> &profile)
{
    if (profile.empty())
        return;
    const QByteArray bytes(reinterpret_cast<const char *>(profile.data()), static_cast<qsizetype>(profile.size()));
    const QColorSpace space = QColorSpace::fromIccProfile(bytes);
    if (space.isValid())
        picture.setColorSpace(space);
}

/// Channels 2, 3 and 4 of 16 bits, and 2 of 8: written out sample by sample.
template <typename Sample>
QImage widen(const image::Image &image, QImage::Format format)
{
    QImage picture(image.width(), image.height(), format);
    if (picture.isNull())
        return {};
    const int channels = image.channels();
    const auto opaque = static_cast<Sample>(image.maximum());
    for (int y = 0; y < image.height(); ++y) {
        const auto *from = reinterpret_cast<const Sample *>(image.line8(y));
        auto *to = reinterpret_cast<Sample *>(picture.scanLine(y));
        for (int x = 0; x < image.width(); ++x, from += channels, to += 4) {
            const bool gray = channels < 3;
            to[0] = from[0];
            to[1] = gray ? from[0] : from[1];
            to[2] = gray ? from[0] : from[2];
            to[3] = channels == 2 ? from[1] : channels == 4 ? from[3] : opaque;
        }
    }
    return picture;
}

} // namespace

QImage toQImage(const image::Image &image)
{
    if (image.isNull())
        return {};
    QImage picture;
    if (image.type() == image::SampleType::U8) {
        switch (image.channels()) {
        case 1:
            picture = shareMemory(image, QImage::Format_Grayscale8);
            break;
        case 3:
            picture = shareMemory(image, QImage::Format_RGB888);
            break;
        case 4:
            picture = shareMemory(image, QImage::Format_RGBA8888);
            break;
        default:
            picture = widen<std::uint8_t>(image, QImage::Format_RGBA8888);
            break;
        }
    } else {
        switch (image.channels()) {
        case 1:
            picture = shareMemory(image, QImage::Format_Grayscale16);
            break;
        case 3:
            picture = widen<std::uint16_t>(image, QImage::Format_RGBX64);
            break;
        default:
            picture = widen<std::uint16_t>(image, QImage::Format_RGBA64);
            break;
        }
    }
    attachProfile(picture, image.iccProfile());
    return picture;
}

image::Image fromQImage(const QImage &image)
{
    if (image.isNull())
        return {};
    const bool wide = image.depth() == 64 || image.format() == QImage::Format_Grayscale16;
    const bool alpha = image.hasAlphaChannel();
    const bool gray = image.format() == QImage::Format_Grayscale8 || image.format() == QImage::Format_Grayscale16;
    const QImage source = image.convertToFormat(gray   ? image.format()
                                                : wide ? (alpha ? QImage::Format_RGBA64 : QImage::Format_RGBX64)
                                                       : (alpha ? QImage::Format_RGBA8888 : QImage::Format_RGB888));
    const int channels = gray ? 1 : alpha ? 4 : 3;
    image::Image result({source.width(), source.height()}, channels,
                        wide ? image::SampleType::U16 : image::SampleType::U8);
    const std::size_t line = result.bytesPerLine();
    std::uint8_t *to = result.mutableBytes();
    for (int y = 0; y < source.height(); ++y, to += line) {
        const uchar *from = source.constScanLine(y);
        if (wide && channels == 3) { // four samples a pixel in Qt, three here
            const auto *samples = reinterpret_cast<const std::uint16_t *>(from);
            auto *out = reinterpret_cast<std::uint16_t *>(to);
            for (int x = 0; x < source.width(); ++x, samples += 4, out += 3)
                std::copy_n(samples, 3, out);
        } else {
            std::memcpy(to, from, line);
        }
    }
    if (image.colorSpace().isValid() && image.colorSpace() != QColorSpace(QColorSpace::SRgb)) {
        const QByteArray profile = image.colorSpace().iccProfile();
        result.setIccProfile({profile.begin(), profile.end()});
    }
    return result;
}

} // namespace bitlens::ui
