// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/displaypicture.h"

#include "ui/imageconvert.h"
#include "ui/views/picturestore.h"
#include "ui/views/tilepyramid.h"

#include <algorithm>

namespace bitlens::ui {

DisplayPicture prepareForDisplay(const image::Image &picture)
{
    DisplayPicture display{toQImage(picture)};
    QSize size = display.picture.size();
    if (std::max(size.width(), size.height()) <= kTileSize)
        return display;

    // The first level tile by tile, so that the converted picture never lies in memory whole.
    PictureStore store;
    store.reset(size);
    store.setWhole(display);
    QImage level(halfSize(size), QImage::Format_ARGB32_Premultiplied);
    const QRect tiles = tilesOf(QRect(QPoint(0, 0), size));
    for (int y = tiles.top(); y <= tiles.bottom(); ++y) {
        for (int x = tiles.left(); x <= tiles.right(); ++x)
            halve(store.tile({x, y}), level, QPoint(x, y) * (kTileSize / 2));
    }
    display.halves << level;
    while (std::max(level.width(), level.height()) > kTileSize) {
        QImage next(halfSize(level.size()), QImage::Format_ARGB32_Premultiplied);
        halve(level, next, {0, 0});
        level = next;
        display.halves << level;
    }
    return display;
}

} // namespace bitlens::ui
