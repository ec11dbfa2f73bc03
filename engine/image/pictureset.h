// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"

#include <span>
#include <string>

namespace bitlens::image {

/// A picture and the file that it is for.
struct NamedImage {
    std::string path;
    Image picture;
};

/// Writes pictures that belong together, as writeImage does: all of them, or none when one fails or the job is
/// cancelled. Each is written and verified under a temporary name in the first one's folder, where all of them go;
/// existing files are never replaced. Throws base::Error{NotWritable} naming the file that is there already, and as
/// writeImage; base::Cancelled.
void writeImages(std::span<const NamedImage> pictures, const base::Job &job);

} // namespace bitlens::image
