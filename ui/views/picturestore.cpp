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

/// How many parts of a tile may wait before they are put together all the same.
constexpr int kMostPending = 8;

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
    m_replaced = {};
    m_blocks.clear();
    m_pending.clear();
    m_coverage = {};
    m_colorSpace = {};
    m_alpha = false;
}

QRect PictureStore::insert(const QPoint &position, const QImage &pixels)
{
    const QRect target = QRect(position, pixels.size()).intersected(QRect(QPoint(0, 0), m_size));
    if (target.isEmpty())
        return {};
    m_alpha = m_alpha || pixels.hasAlphaChannel();
    m_colorSpace = pixels.colorSpace();
    const QRect tiles = tilesOf(target);
    for (int y = tiles.top(); y <= tiles.bottom(); ++y) {
        for (int x = tiles.left(); x <= tiles.right(); ++x) {
            const QPoint index(x, y);
            QList<Part> &pending = m_pending[index];
            if (target.contains(tileRect(index, m_size))) {
                pending.clear();
                m_blocks.remove(index);
            }
            pending.append({position, pixels});
            if (pending.size() > kMostPending)
                block(index);
        }
    }
    m_coverage += target;
    if (!m_whole.halves.isEmpty())
        m_replaced += target;
    return target;
}

void PictureStore::setWhole(const DisplayPicture &picture)
{
    m_replaced = {};
    m_blocks.clear();
    m_pending.clear();
    m_alpha = picture.picture.hasAlphaChannel();
    m_whole = picture;
    m_colorSpace = picture.picture.colorSpace();
    m_coverage = QRect(QPoint(0, 0), m_size);
}

QImage PictureStore::block(const QPoint &index) const
{
    const QImage::Format format = storageFormat(m_alpha);
    const auto pending = m_pending.constFind(index);
    const auto known = m_blocks.constFind(index);
    if (pending == m_pending.constEnd()) {
        if (known != m_blocks.constEnd())
            return known->convertToFormat(format);
        return m_whole.picture.isNull() ? QImage()
                                        : m_whole.picture.copy(tileRect(index, m_size)).convertToFormat(format);
    }
    const QRect whole = tileRect(index, m_size);
    QImage made;
    if (known != m_blocks.constEnd())
        made = known->convertToFormat(format);
    else if (!m_whole.picture.isNull())
        made = m_whole.picture.copy(whole).convertToFormat(format);
    if (made.isNull()) {
        made = QImage(whole.size(), format);
        made.fill(Qt::black);
    }
    for (const Part &part : *pending) {
        const QRect target = whole.intersected(QRect(part.position, part.pixels.size()));
        const QImage source = part.pixels.copy(target.translated(-part.position)).convertToFormat(format);
        copyPixels(made, target.topLeft() - whole.topLeft(), source, source.rect());
    }
    m_pending.erase(pending);
    m_blocks.insert(index, made);
    return made;
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

QImage PictureStore::halved(int level, const QPoint &index) const
{
    if (level > m_whole.halves.size())
        return {};
    const QImage &half = m_whole.halves.at(level - 1);
    const QRect rect = tileRect(index, half.size());
    const int factor = 1 << level;
    if (m_replaced.intersects(QRect(rect.topLeft() * factor, rect.size() * factor)))
        return {};
    return half.copy(rect);
}

QColor PictureStore::pixel(const QPoint &position) const
{
    if (!m_coverage.contains(position))
        return {};
    const QPoint index(position.x() / kTileSize, position.y() / kTileSize);
    if (m_pending.contains(index))
        block(index);
    const auto stored = m_blocks.constFind(index);
    if (stored != m_blocks.constEnd())
        return stored->pixelColor(position - index * kTileSize);
    if (m_whole.picture.isNull())
        return {};
    return m_whole.picture.copy(QRect(position, QSize(1, 1))).convertToFormat(storageFormat(m_alpha)).pixelColor(0, 0);
}

} // namespace bitlens::ui
