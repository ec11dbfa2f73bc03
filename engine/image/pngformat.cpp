// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/pngformat.h"

#include "engine/image/bytereader.h"
#include "engine/image/opencvcodec.h"
#include "engine/image/pngwriter.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include <zlib.h>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::array<std::uint8_t, 8> kSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::uint64_t kFirstChunk = kSignature.size();
/// Length, name and checksum around a chunk's data.
constexpr std::uint64_t kChunkFrame = 12;

enum ColourType { Gray = 0, Rgb = 2, Indexed = 3, GrayAlpha = 4, RgbAlpha = 6 };

struct Chunk {
    std::string_view name;
    std::uint64_t data = 0; ///< offset
    std::uint32_t length = 0;
    std::uint64_t next() const { return data + length + 4; }
};

Chunk chunkAt(const ByteReader &reader, std::uint64_t offset)
{
    const Chunk chunk{reader.text(offset + 4, 4), offset + 8, reader.u32(offset)};
    if (chunk.length > 0x7fffffffU)
        throw Error(ErrorCode::BrokenFile, {}, "a PNG chunk has an impossible length");
    return chunk;
}

struct PngHeader {
    Size size;
    int depth = 0;
    int colourType = 0;
    bool transparency = false; ///< a tRNS chunk
    std::uint64_t transparencyAt = 0;

    int samplesPerPixel() const
    {
        constexpr std::array<int, 7> kSamples{1, 0, 3, 1, 2, 0, 4};
        return kSamples[static_cast<std::size_t>(colourType)];
    }
};

bool isDepthAllowed(int colourType, int depth)
{
    switch (colourType) {
    case Gray:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case Indexed:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case Rgb:
    case GrayAlpha:
    case RgbAlpha:
        return depth == 8 || depth == 16;
    default:
        return false;
    }
}

PngHeader parse(const ByteReader &reader)
{
    const Chunk first = chunkAt(reader, kFirstChunk);
    if (first.name != "IHDR" || first.length != 13)
        throw Error(ErrorCode::BrokenFile, {}, "the PNG does not start with its header chunk");
    PngHeader header;
    const std::uint32_t width = reader.u32(first.data);
    const std::uint32_t height = reader.u32(first.data + 4);
    if (width == 0 || height == 0 || width > 0x7fffffffU || height > 0x7fffffffU)
        throw Error(ErrorCode::BrokenFile, {}, "the PNG header has an impossible size");
    header.size = {static_cast<int>(width), static_cast<int>(height)};
    header.depth = reader.u8(first.data + 8);
    header.colourType = reader.u8(first.data + 9);
    if (!isDepthAllowed(header.colourType, header.depth))
        throw Error(ErrorCode::BrokenFile, {},
                    "the PNG header has an impossible colour type " + std::to_string(header.colourType) + " with "
                        + std::to_string(header.depth) + " bits");
    return header;
}

/// What stands between the header and the pixels.
void parseUpToPixels(const ByteReader &reader, PngHeader &header)
{
    for (std::uint64_t offset = kFirstChunk;;) {
        const Chunk chunk = chunkAt(reader, offset);
        if (chunk.name == "IDAT")
            return;
        if (chunk.name == "IEND")
            throw Error(ErrorCode::BrokenFile, {}, "the PNG holds no pixels");
        if (chunk.name == "tRNS") {
            header.transparency = header.colourType != GrayAlpha && header.colourType != RgbAlpha;
            header.transparencyAt = chunk.data;
        }
        offset = chunk.next();
    }
}

/// Every critical chunk (its name starts with a capital letter) must have the right checksum, up to the end chunk.
/// libpng reads a picture whose end is missing without complaint.
void requireComplete(const ByteReader &reader)
{
    for (std::uint64_t offset = kFirstChunk;;) {
        if (!reader.has(offset, kChunkFrame))
            throw Error(ErrorCode::BrokenFile, {}, "the PNG ends without its end chunk; it may be truncated");
        const Chunk chunk = chunkAt(reader, offset);
        const auto data = reader.part(offset + 4, std::uint64_t{chunk.length} + 4);
        if (std::isupper(static_cast<unsigned char>(chunk.name.front()))) {
            const auto sum = crc32_z(0, data.data(), data.size());
            if (sum != reader.u32(chunk.data + chunk.length))
                throw Error(ErrorCode::BrokenFile, {},
                            "the PNG is damaged: the checksum of its chunk " + std::string(chunk.name) + " is wrong");
        }
        if (chunk.name == "IEND")
            return;
        offset = chunk.next();
    }
}

/// Adds the alpha that tRNS gives to gray pictures: one gray value is transparent. (For RGB and indexed pictures the
/// decoder does it.)
template <typename Sample>
Image withTransparentGray(const Image &gray, unsigned transparent)
{
    Image result(gray.size(), 2, gray.type());
    const auto *in = reinterpret_cast<const Sample *>(gray.bytes());
    auto *out = reinterpret_cast<Sample *>(result.mutableBytes());
    for (std::size_t i = 0; i < gray.size().pixels(); ++i) {
        out[2 * i] = in[i];
        out[2 * i + 1] = in[i] == transparent ? Sample{0} : static_cast<Sample>(gray.maximum());
    }
    return result;
}

} // namespace

std::string PngFormat::name() const { return "PNG"; }
std::vector<std::string> PngFormat::extensions() const { return {"png"}; }

FormatLimits PngFormat::limits() const
{
    FormatLimits limits;
    limits.sixteenBit = true;
    limits.alpha = true;
    limits.longestSide = 1'000'000; // libpng's limit on reading
    return limits;
}

bool PngFormat::recognises(std::span<const std::uint8_t> bytes) const
{
    return bytes.size() >= kSignature.size() && std::equal(kSignature.begin(), kSignature.end(), bytes.begin());
}

ImageHeader PngFormat::readHeader(std::span<const std::uint8_t> bytes, std::uint64_t fileSize) const
{
    const ByteReader reader(bytes, ByteReader::Order::BigEndian);
    PngHeader png = parse(reader);
    // Deflate cannot do better than 258 bytes for two bits and so stays below 1032:1. Each row has a filter byte.
    const double bitsPerRow = static_cast<double>(png.size.width) * png.samplesPerPixel() * png.depth;
    requirePlausible(png.size, (bitsPerRow / 8 + 1) * png.size.height, 1032, fileSize);
    parseUpToPixels(reader, png);

    ImageHeader header;
    header.size = png.size;
    header.bits = png.depth;
    const bool alpha = png.transparency || png.colourType == GrayAlpha || png.colourType == RgbAlpha;
    header.channels = (png.colourType == Gray || png.colourType == GrayAlpha ? 1 : 3) + (alpha ? 1 : 0);
    return header;
}

Image PngFormat::decode(std::span<const std::uint8_t> bytes, const ImageHeader &header) const
{
    const ByteReader reader(bytes, ByteReader::Order::BigEndian);
    requireComplete(reader);
    PngHeader png = parse(reader);
    parseUpToPixels(reader, png);
    const Image image = OpenCvCodec::decode(bytes);
    if (png.colourType != Gray || !png.transparency || image.channels() != 1)
        return withChannels(image, header.channels);
    const unsigned stored = reader.u16(png.transparencyAt) & ((1U << png.depth) - 1);
    if (png.depth == 16)
        return withTransparentGray<std::uint16_t>(image, stored);
    return withTransparentGray<std::uint8_t>(image, stored * 255 / ((1U << png.depth) - 1));
}

std::vector<std::uint8_t> PngFormat::encode(const Image &image) const { return PngWriter(image).bytes(); }

} // namespace bitlens::image
