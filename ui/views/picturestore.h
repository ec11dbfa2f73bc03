// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/views/displaypicture.h"
#include "ui/views/tilesource.h"

#include <QColor>
#include <QColorSpace>
#include <QHash>
#include <QList>
#include <QRegion>

namespace bitlens::ui {

/// One picture that may arrive in parts. Keeps the pixels as they came (8 bits a sample) and hands out tiles for the
/// screen: converted to sRGB, transparency over a checkerboard.
class PictureStore : public TileSource {
public:
    /// Forgets everything.
    void reset(const QSize &size);
    /// `pixels` belongs at `position`; what lies outside is cut off. Returns the rectangle that changed. Copies
    /// nothing: a part is put into its place tile by tile, when somebody looks there.
    QRect insert(const QPoint &position, const QImage &pixels);
    /// The whole picture at once, shared and not copied.
    void setWhole(const DisplayPicture &picture);

    QSize size() const override { return m_size; }
    QImage tile(const QPoint &index) const override;
    QImage halved(int level, const QPoint &index) const override;
    /// Where pixels are known.
    const QRegion &coverage() const { return m_coverage; }
    /// As stored, before any colour conversion; invalid where nothing is known.
    QColor pixel(const QPoint &position) const;

private:
    struct Part {
        QPoint position;
        QImage pixels;
    };
    /// The tile as stored, with all parts in their places; null where nothing is known.
    QImage block(const QPoint &index) const;

    QSize m_size;
    DisplayPicture m_whole;
    QRegion m_replaced; ///< parts came over the whole: its halves are of the past there
    // GUI thread only; what block() has put together replaces the parts it was made of.
    mutable QHash<QPoint, QImage> m_blocks;       ///< over the whole
    mutable QHash<QPoint, QList<Part>> m_pending; ///< over the blocks, the newest last
    QRegion m_coverage;
    QColorSpace m_colorSpace;
    bool m_alpha = false;
};

} // namespace bitlens::ui
