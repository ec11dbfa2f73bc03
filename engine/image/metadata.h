// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bitlens::image {

/// What is carried over from a file beside its pixels.
struct Metadata {
    int orientation = 1; ///< EXIF tag 274: 1 to 8, 1 upright
    std::vector<std::uint8_t> iccProfile;
};

/// Reads the metadata of an encoded image. Damaged metadata never stops a picture from opening: what cannot be read has
/// its default. Thread-safe.
Metadata readMetadata(std::span<const std::uint8_t> bytes);

/// The encoded JPEG with the ICC profile embedded; unchanged for an empty one. Throws base::Error{Internal}.
/// Thread-safe.
std::vector<std::uint8_t> withProfile(std::vector<std::uint8_t> bytes, const std::vector<std::uint8_t> &profile);

} // namespace bitlens::image
