// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <QImage>
#include <QList>

namespace bitlens::ui {

/// A picture with all that showing it shrunken needs. Made by prepareForDisplay wherever there is time: halving a large
/// picture takes longer than a frame may.
struct DisplayPicture {
    QImage picture; ///< as toQImage() makes it
    /// Levels 1, 2, … of its pyramid, down to one tile: Format_ARGB32_Premultiplied in sRGB, transparency over a
    /// checkerboard. Empty when nothing was prepared: the view then halves what it has to show.
    QList<QImage> halves{};

    bool isNull() const { return picture.isNull(); }
};

/// On any thread. The levels have the very pixels that a TilePyramid of a PictureStore gives.
DisplayPicture prepareForDisplay(const image::Image &picture);

} // namespace bitlens::ui
