// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/bytereader.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace bitlens::image {

/// Tags of the TIFF 6.0 specification that this program looks at.
enum class TiffTag : std::uint16_t {
    ImageWidth = 256,
    ImageLength = 257,
    BitsPerSample = 258,
    Compression = 259,
    Photometric = 262,
    StripOffsets = 273,
    Orientation = 274,
    SamplesPerPixel = 277,
    StripByteCounts = 279,
    PlanarConfiguration = 284,
    TileOffsets = 324,
    TileByteCounts = 325,
    ExtraSamples = 338,
    SampleFormat = 339
};

/// The first image file directory of a TIFF (classic or BigTIFF, either byte order), read without decoding. Throws
/// base::Error{BrokenFile}.
class TiffDirectory {
public:
    explicit TiffDirectory(std::span<const std::uint8_t> bytes);

    /// The byte order and version marks of either kind of TIFF.
    static bool recognises(std::span<const std::uint8_t> bytes);

    /// Error{BrokenFile} unless the values of all tags are in the file. (The constructor may see only a file's start.)
    void requireComplete() const;

    bool has(TiffTag tag) const { return m_entries.contains(tag); }
    /// The values of a tag of type BYTE, SHORT, LONG or LONG8; empty when absent.
    std::vector<std::uint64_t> values(TiffTag tag) const;
    /// The first value, or `otherwise` when absent.
    std::uint64_t value(TiffTag tag, std::uint64_t otherwise) const;
    /// Where the first value stands in the file, when present and of type SHORT.
    std::optional<std::uint64_t> shortValueOffset(TiffTag tag) const;
    ByteReader::Order order() const { return m_order; }

private:
    struct Entry {
        std::uint16_t type = 0;
        std::uint64_t count = 0;
        std::uint64_t offset = 0; ///< of the values
    };

    ByteReader::Order m_order;
    ByteReader m_reader;
    std::map<TiffTag, Entry> m_entries;
    std::uint64_t m_end = 0; ///< behind the last entry
};

} // namespace bitlens::image
