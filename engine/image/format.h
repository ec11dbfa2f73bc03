// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitlens::image {

/// What a file's first bytes say about its picture.
struct ImageHeader {
    Size size;        ///< as stored, before any orientation
    int channels = 0; ///< of the Image that decoding gives: indexed counts as 3, or 4 with transparent entries
    int bits = 8;     ///< per sample as stored: 1, 2, 4, 8 or 16; decoding gives U16 for 16, else U8
};

/// What a format can hold; writing converts to the nearest.
struct FormatLimits {
    bool sixteenBit = false;
    bool alpha = false;
    bool gray = true;         ///< else gray becomes RGB
    bool lossless = true;     ///< decoding what was encoded gives the same samples
    bool hiddenColour = true; ///< the colour of fully transparent pixels survives
    bool iccProfile = true;
    int longestSide = 0; ///< pixels
};

/// One image file format: a file pair <name>format.{h,cpp} and a line in the registry of format.cpp. Stateless;
/// thread-safe. Functions throw base::Error without a file name (the caller adds it).
class Format {
public:
    virtual ~Format() = default;

    virtual std::string name() const = 0;
    /// File name extensions in lower case without dot; the first one is the usual one.
    virtual std::vector<std::string> extensions() const = 0;
    virtual FormatLimits limits() const = 0;

    /// "My format": by signature, from the first bytes.
    virtual bool recognises(std::span<const std::uint8_t> bytes) const = 0;

    /// Parses the header. `bytes` may be only the start of a file of `fileSize` bytes; when they do not reach far
    /// enough that is Error{BrokenFile} like any other damage. Also BrokenFile: a header that promises more pixels than
    /// `fileSize` bytes can hold in this format.
    virtual ImageHeader readHeader(std::span<const std::uint8_t> bytes, std::uint64_t fileSize) const = 0;

    /// Decodes a whole file whose header was read. Orientation and profile are not applied here. Damage and truncation
    /// are Error{BrokenFile}.
    virtual Image decode(std::span<const std::uint8_t> bytes, const ImageHeader &header) const = 0;

    /// Encodes an image that respects limits(), with its profile where the format carries one.
    virtual std::vector<std::uint8_t> encode(const Image &image) const = 0;
};

/// All formats, in the order in which they are asked and listed.
std::span<const Format *const> allFormats();

/// The format whose signature the bytes start with; Error{UnknownFormat} when there is none.
const Format &formatOf(std::span<const std::uint8_t> bytes);

/// The format for a path's extension (any case), or nullptr.
const Format *formatForPath(const std::string &path);

/// Error{BrokenFile} unless a picture that needs `packedBytes` before compression can be in `fileSize` bytes, when the
/// format's compression shrinks at most by `ratio`.
void requirePlausible(Size size, double packedBytes, double ratio, std::uint64_t fileSize);

} // namespace bitlens::image
