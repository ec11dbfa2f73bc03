// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "ui/figure/figurelayout.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::figure {

/// Extensions that writeFigure knows, without dot: png, pdf, svg first, then the other picture formats.
std::vector<std::string> writableExtensions();

/// The file's bytes for an extension of the three vector-capable formats (png, pdf, svg). Throws
/// base::Error{InvalidArgument|OutOfMemory}.
std::vector<std::uint8_t> figureBytes(const ui::FigureContent &content, const ui::FigureSettings &settings,
                                      const std::string &extension);

/// Draws and writes a figure, format by extension, atomically; never over one of `inputs`. Makes a QGuiApplication
/// without display when there is none. Throws base::Error{NotWritable|InvalidArgument|OutOfMemory}; cancelled, it
/// leaves what was there.
void writeFigure(const ui::FigureContent &content, const ui::FigureSettings &settings, const std::string &path,
                 std::span<const std::string> inputs, const base::Job &job);

} // namespace bitlens::figure
