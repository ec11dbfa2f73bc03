// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/picturestore.h"

#include <QPainter>

#include <cstring>

namespace bitlens::ui {

namespace {

/// Squares of the checkerboard under transparent pixels, in output pixels.
constexpr int kCheck = 16;
constexpr QRgb kCheckLight = 0xFFC8C8C8;
constexpr QRgb kCheckDark = 0xFFA0A0A0;

QImage::Format storageFormat(bool alpha) { return alpha ? QImage::Format_RGBA8888 : QImage::Format_RGB888; }

void copyPixels(QImage &to, const QPoint &where, const QImage &from, const QRect &part)
{
    const int bytes = to.depth() / 8;
    for (int y = 0; y < part.height(); ++y)
        std::memcpy(to.scanLine(where.y() + y) + where.x() * bytes, from.constScanLine(part.y() + y) + part.x() * bytes,
                    static_cast<std::size_t>(part.width()) * static_cast<std::size_t>(bytes));
}

QImage overCheckerboard(const QImage &picture, const QPoint &position)
{
    QImage result(picture.size(), QImage::Format_ARGB32_Premultiplied);
    for (int y = 0; y < result.height(); ++y) {
        auto *line = reinterpret_cast<QRgb *>(result.scanLine(y));
        for (int x = 0; x < result.width(); ++x) {
            const bool dark = ((position.x() + x) / kCheck + (position.y() + y) / kCheck) % 2 != 0;
            line[x] = dark ? kCheckDark : kCheckLight;
        }
    }
    QPainter painter(&result);
    painter.drawImage(0, 0, picture);
    return result;
}

} // namespace

void PictureStore::reset(const QSize &size)
{
    m_size = size;
    m_whole = {};
    m_blocks.clear();
    m_coverage = {};
    m_colorSpace = {};
    m_alpha = false;
}

QRect PictureStore::insert(const QPoint &position, const QImage &pixels)
{
    const QRect target = QRect(position, pixels.size()).intersected(QRect(QPoint(0, 0), m_size));
    if (target.isEmpty())
        return {};
    if (pixels.hasAlphaChannel() && !m_alpha) {
        m_alpha = true;
        for (QImage &stored : m_blocks)
            stored.convertTo(storageFormat(true));
    }
    m_colorSpace = pixels.colorSpace();
    const QImage source = pixels.convertToFormat(storageFormat(m_alpha));
    const QRect tiles = tilesOf(target);
    for (int y = tiles.top(); y <= tiles.bottom(); ++y) {
        for (int x = tiles.left(); x <= tiles.right(); ++x) {
            const QPoint index(x, y);
            const QRect whole = tileRect(index, m_size);
            const QRect part = whole.intersected(target);
            QImage &stored = m_blocks[index];
            if (stored.isNull()) {
                stored = block(index);
                if (stored.isNull()) {
                    stored = QImage(whole.size(), storageFormat(m_alpha));
                    stored.fill(Qt::black);
                }
            }
            copyPixels(stored, part.topLeft() - whole.topLeft(), source, part.translated(-position));
        }
    }
    m_coverage += target;
    return target;
}

void PictureStore::setWhole(const QImage &picture)
{
    m_blocks.clear();
    m_alpha = picture.hasAlphaChannel();
    m_whole = picture.convertToFormat(storageFormat(m_alpha));
    m_colorSpace = picture.colorSpace();
    m_coverage = QRect(QPoint(0, 0), m_size);
}

QImage PictureStore::block(const QPoint &index) const
{
    const auto stored = m_blocks.constFind(index);
    if (stored != m_blocks.constEnd() && !stored->isNull())
        return *stored;
    if (m_whole.isNull())
        return {};
    return m_whole.copy(tileRect(index, m_size)).convertToFormat(storageFormat(m_alpha));
}

QImage PictureStore::tile(const QPoint &index) const
{
    const QRect rect = tileRect(index, m_size);
    const QImage stored = block(index);
    if (stored.isNull()) {
        QImage empty(rect.size(), QImage::Format_ARGB32_Premultiplied);
        empty.fill(Qt::transparent);
        return empty;
    }
    QImage shown = stored;
    const QColorSpace screen(QColorSpace::SRgb);
    if (m_colorSpace.isValid() && m_colorSpace != screen) {
        shown.setColorSpace(m_colorSpace);
        shown.convertToColorSpace(screen);
    }
    shown =
        m_alpha ? overCheckerboard(shown, rect.topLeft()) : shown.convertToFormat(QImage::Format_ARGB32_Premultiplied);
    const QRegion unknown = QRegion(rect) - m_coverage;
    if (!unknown.isEmpty()) {
        QPainter painter(&shown);
        painter.setCompositionMode(QPainter::CompositionMode_Source);
        for (const QRect &hole : unknown)
            painter.fillRect(hole.translated(-rect.topLeft()), Qt::transparent);
    }
    return shown;
}

QColor PictureStore::pixel(const QPoint &position) const
{
    if (!m_coverage.contains(position))
        return {};
    const QPoint index(position.x() / kTileSize, position.y() / kTileSize);
    const auto stored = m_blocks.constFind(index);
    if (stored != m_blocks.constEnd())
        return stored->pixelColor(position - index * kTileSize);
    return m_whole.isNull() ? QColor() : m_whole.pixelColor(position);
}

} // namespace bitlens::ui
