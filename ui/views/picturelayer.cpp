// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/picturelayer.h"

#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace bitlens::ui {

namespace {

constexpr int kScreenMegabytes = 48;
/// Above this pixels are squares.
constexpr double kSquaresFrom = 2.0;
/// Pixels around a patch that smooth scaling looks at.
constexpr int kMargin = 2;

/// Rounds outwards.
QRect enclosing(const QRect &device, double scale)
{
    const int left = static_cast<int>(std::floor(device.left() / scale)) - kMargin;
    const int top = static_cast<int>(std::floor(device.top() / scale)) - kMargin;
    const int right = static_cast<int>(std::ceil((device.right() + 1) / scale)) + kMargin;
    const int bottom = static_cast<int>(std::ceil((device.bottom() + 1) / scale)) + kMargin;
    return {left, top, right - left, bottom - top};
}

/// Each device pixel takes the pixel that its centre lies in. Qt's own scaling may round differently from tile to tile.
QImage scaleToSquares(const QImage &patch, const QPoint &corner, const QRect &device, double zoom)
{
    QImage result(device.size(), QImage::Format_ARGB32_Premultiplied);
    std::vector<int> columns(static_cast<std::size_t>(device.width()));
    const auto sourceOf = [zoom](int position, int from, int count) {
        return std::clamp(static_cast<int>(std::floor((position + 0.5) / zoom)) - from, 0, count - 1);
    };
    for (int x = 0; x < device.width(); ++x)
        columns[static_cast<std::size_t>(x)] = sourceOf(device.left() + x, corner.x(), patch.width());
    int previous = -1;
    for (int y = 0; y < device.height(); ++y) {
        const int row = sourceOf(device.top() + y, corner.y(), patch.height());
        auto *to = reinterpret_cast<QRgb *>(result.scanLine(y));
        if (row == previous) {
            std::memcpy(to, result.constScanLine(y - 1), static_cast<std::size_t>(result.width()) * sizeof(QRgb));
            continue;
        }
        const auto *from = reinterpret_cast<const QRgb *>(patch.constScanLine(row));
        for (int x = 0; x < device.width(); ++x)
            to[x] = from[columns[static_cast<std::size_t>(x)]];
        previous = row;
    }
    return result;
}

/// Keys' cubic kernel with a = -0.5, as MATLAB's imresize and engine/image/resample use it.
double cubic(double x)
{
    x = std::abs(x);
    if (x < 1.0)
        return (1.5 * x - 2.5) * x * x + 1.0;
    return x < 2.0 ? ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0 : 0.0;
}

constexpr int kTaps = 4;

/// From which four samples a device pixel is mixed.
struct CubicTap {
    std::array<int, kTaps> index{};
    std::array<float, kTaps> weight{};
};

std::vector<CubicTap> cubicTaps(int first, int count, double zoom, int samples)
{
    std::vector<CubicTap> taps(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        const double position = (first + i + 0.5) / zoom - 0.5;
        const int base = static_cast<int>(std::floor(position)) - 1;
        for (int k = 0; k < kTaps; ++k) {
            taps[static_cast<std::size_t>(i)].index[static_cast<std::size_t>(k)] = std::clamp(base + k, 0, samples - 1);
            taps[static_cast<std::size_t>(i)].weight[static_cast<std::size_t>(k)] =
                static_cast<float>(cubic(position - base - k));
        }
    }
    return taps;
}

} // namespace

PictureLayer::PictureLayer(const TileSource *source, int megabytes)
    : m_pyramid(source, megabytes), m_source(source), m_screen(kScreenMegabytes * 1024)
{
}

bool PictureLayer::draw(QPainter &painter, const QPoint &origin, double zoom, const QRect &clip, FrameBudget &budget)
{
    if (m_source->size().isEmpty())
        return true;
    if (zoom != m_zoom) {
        keepPlaceholder();
        m_zoom = zoom;
        m_screen.clear();
    }
    const QSize whole(static_cast<int>(std::lround(m_source->size().width() * zoom)),
                      static_cast<int>(std::lround(m_source->size().height() * zoom)));
    const QRect visible = clip.translated(-origin).intersected(QRect(QPoint(0, 0), whole));
    if (visible.isEmpty())
        return true;
    m_drawn = visible;
    bool complete = true;
    QRegion missing;
    const QRect tiles = tilesOf(visible);
    for (int y = tiles.top(); y <= tiles.bottom(); ++y) {
        for (int x = tiles.left(); x <= tiles.right(); ++x) {
            const QImage tile = screenTile({x, y}, budget, complete);
            if (tile.isNull()) {
                missing += tileRect({x, y}, whole).intersected(visible);
                continue;
            }
            const QPoint corner = QPoint(x, y) * kTileSize;
            const QRect part = QRect(corner, tile.size()).intersected(visible);
            painter.drawImage(part.topLeft() + origin, tile, part.translated(-corner));
        }
    }
    if (!missing.isEmpty())
        drawPlaceholder(painter, origin, missing);
    else
        m_placeholder = {};
    return complete;
}

void PictureLayer::keepPlaceholder()
{
    if (m_drawn.isEmpty() || m_zoom <= 0.0)
        return;
    QImage shot(m_drawn.size(), QImage::Format_ARGB32_Premultiplied);
    shot.fill(Qt::transparent);
    QPainter painter(&shot);
    drawPlaceholder(painter, -m_drawn.topLeft(), m_drawn);
    const QRect tiles = tilesOf(m_drawn);
    for (int y = tiles.top(); y <= tiles.bottom(); ++y) {
        for (int x = tiles.left(); x <= tiles.right(); ++x) {
            if (const ScreenTile *tile = m_screen.object({x, y}))
                painter.drawImage(QPoint(x, y) * kTileSize - m_drawn.topLeft(), tile->image);
        }
    }
    painter.end();
    m_placeholder = shot;
    m_placeholderPixels = QRectF(QPointF(m_drawn.topLeft()) / m_zoom, QSizeF(m_drawn.size()) / m_zoom);
}

void PictureLayer::drawPlaceholder(QPainter &painter, const QPoint &origin, const QRegion &missing) const
{
    if (m_placeholder.isNull())
        return;
    painter.save();
    painter.setClipRegion(missing.translated(origin), Qt::IntersectClip);
    painter.drawImage(
        QRectF(m_placeholderPixels.topLeft() * m_zoom + QPointF(origin), m_placeholderPixels.size() * m_zoom),
        m_placeholder);
    painter.restore();
}

QImage PictureLayer::screenTile(const QPoint &index, FrameBudget &budget, bool &complete)
{
    const ScreenTile *known = m_screen.object(index);
    if (known && !known->stale)
        return known->image;
    const QSize whole(static_cast<int>(std::lround(m_source->size().width() * m_zoom)),
                      static_cast<int>(std::lround(m_source->size().height() * m_zoom)));
    const QImage made = renderTile(tileRect(index, whole), budget);
    if (made.isNull()) {
        complete = false;
        return known ? known->image : QImage();
    }
    m_screen.insert(index, new ScreenTile{made, false}, std::max<int>(1, static_cast<int>(made.sizeInBytes() / 1024)));
    return made;
}

QImage PictureLayer::renderTile(const QRect &device, FrameBudget &budget)
{
    if (m_alwaysSmooth && m_zoom > 1.0)
        return renderCubic(device, budget);
    if (m_zoom == 1.0)
        return m_pyramid.tile(0, device.topLeft() / kTileSize, budget);
    int level = 0;
    double scale = m_zoom; // from the level to the screen, over 0.5
    while (scale <= 0.5) {
        scale *= 2.0;
        ++level;
    }
    const QRect levelRect(QPoint(0, 0), m_pyramid.size(level));
    const QRect pixels = enclosing(device, scale).intersected(levelRect);
    const QImage source = patch(level, pixels, budget);
    if (source.isNull())
        return {};
    if (m_zoom > kSquaresFrom && !m_alwaysSmooth)
        return scaleToSquares(source, pixels.topLeft(), device, m_zoom);
    QImage result(device.size(), QImage::Format_ARGB32_Premultiplied);
    result.fill(Qt::transparent);
    QPainter painter(&result);
    painter.setCompositionMode(QPainter::CompositionMode_Source);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.translate(-device.topLeft());
    painter.scale(scale, scale);
    painter.drawImage(pixels.topLeft(), source);
    return result;
}

/// Bicubic enlargement of an opaque picture, first along the lines, then across them.
QImage PictureLayer::renderCubic(const QRect &device, FrameBudget &budget)
{
    constexpr int kChannels = 3;
    const QRect pixels = enclosing(device, m_zoom).intersected(QRect(QPoint(0, 0), m_source->size()));
    const QImage source = patch(0, pixels, budget);
    if (source.isNull())
        return {};
    const std::vector<CubicTap> columns = cubicTaps(device.left(), device.width(), m_zoom, m_source->size().width());
    const std::vector<CubicTap> rows = cubicTaps(device.top(), device.height(), m_zoom, m_source->size().height());
    const auto width = static_cast<std::size_t>(device.width());
    std::vector<float> lines(static_cast<std::size_t>(source.height()) * width * kChannels);
    for (int y = 0; y < source.height(); ++y) {
        const auto *from = reinterpret_cast<const QRgb *>(source.constScanLine(y));
        float *to = lines.data() + static_cast<std::size_t>(y) * width * kChannels;
        for (const CubicTap &tap : columns) {
            float red = 0.0F;
            float green = 0.0F;
            float blue = 0.0F;
            for (std::size_t k = 0; k < kTaps; ++k) {
                const QRgb color = from[std::clamp(tap.index[k] - pixels.left(), 0, source.width() - 1)];
                red += tap.weight[k] * static_cast<float>(qRed(color));
                green += tap.weight[k] * static_cast<float>(qGreen(color));
                blue += tap.weight[k] * static_cast<float>(qBlue(color));
            }
            *to++ = red;
            *to++ = green;
            *to++ = blue;
        }
    }
    QImage result(device.size(), QImage::Format_ARGB32_Premultiplied);
    std::vector<float> mixed(width * kChannels);
    for (int y = 0; y < result.height(); ++y) {
        std::fill(mixed.begin(), mixed.end(), 0.5F); // rounds
        const CubicTap &tap = rows[static_cast<std::size_t>(y)];
        for (std::size_t k = 0; k < kTaps; ++k) {
            const int row = std::clamp(tap.index[k] - pixels.top(), 0, source.height() - 1);
            const float *from = lines.data() + static_cast<std::size_t>(row) * width * kChannels;
            for (std::size_t i = 0; i < mixed.size(); ++i)
                mixed[i] += tap.weight[k] * from[i];
        }
        auto *to = reinterpret_cast<QRgb *>(result.scanLine(y));
        const auto sample = [](float value) { return static_cast<int>(std::clamp(value, 0.0F, 255.0F)); };
        for (std::size_t x = 0; x < width; ++x)
            to[x] = qRgb(sample(mixed[3 * x]), sample(mixed[3 * x + 1]), sample(mixed[3 * x + 2]));
    }
    return result;
}

QImage PictureLayer::patch(int level, const QRect &pixels, FrameBudget &budget)
{
    QImage result(pixels.size(), QImage::Format_ARGB32_Premultiplied);
    const QSize size = m_pyramid.size(level);
    const QRect tiles = tilesOf(pixels);
    for (int y = tiles.top(); y <= tiles.bottom(); ++y) {
        for (int x = tiles.left(); x <= tiles.right(); ++x) {
            const QImage tile = m_pyramid.tile(level, {x, y}, budget);
            if (tile.isNull())
                return {};
            const QRect whole = tileRect({x, y}, size);
            const QRect part = whole.intersected(pixels);
            for (int row = part.top(); row <= part.bottom(); ++row)
                std::memcpy(reinterpret_cast<QRgb *>(result.scanLine(row - pixels.top()))
                                + (part.left() - pixels.left()),
                            reinterpret_cast<const QRgb *>(tile.constScanLine(row - whole.top()))
                                + (part.left() - whole.left()),
                            static_cast<std::size_t>(part.width()) * sizeof(QRgb));
        }
    }
    return result;
}

void PictureLayer::invalidate(const QRect &pixels)
{
    m_pyramid.invalidate(pixels);
    if (m_zoom <= 0.0)
        return;
    const QRectF device(pixels.left() * m_zoom, pixels.top() * m_zoom, pixels.width() * m_zoom,
                        pixels.height() * m_zoom);
    // Smooth scaling looks a few pixels of the level beyond.
    const int reach = kMargin + static_cast<int>(std::ceil(std::max(1.0, m_zoom))) * kMargin;
    const QRect touched = device.toAlignedRect().adjusted(-reach, -reach, reach, reach);
    const QRect tiles = tilesOf(touched.intersected(QRect(0, 0, touched.right() + 1, touched.bottom() + 1)));
    for (int y = tiles.top(); y <= tiles.bottom(); ++y) {
        for (int x = tiles.left(); x <= tiles.right(); ++x) {
            if (ScreenTile *tile = m_screen.object({x, y}))
                tile->stale = true;
        }
    }
}

void PictureLayer::clear()
{
    m_pyramid.clear();
    m_screen.clear();
    m_drawn = {};
    m_placeholder = {};
}

} // namespace bitlens::ui
