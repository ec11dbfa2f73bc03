// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <QImage>

namespace bitlens::ui {

/// The same pixels as a QImage, without a copy where Qt has the format (8-bit gray, RGB and RGBA; 16-bit gray); the
/// QImage keeps the Image's memory alive. 16-bit RGB and RGBA are widened to 64 bits per pixel, gray + alpha to RGBA.
/// Carries the ICC profile as colour space when Qt can read it.
QImage toQImage(const image::Image &image);

/// A QImage (clipboard, drag) as an Image: RGB, RGBA when it has transparency, gray when it is gray; 16-bit formats
/// stay 16-bit. Throws base::Error{OutOfMemory}.
image::Image fromQImage(const QImage &image);

} // namespace bitlens::ui
