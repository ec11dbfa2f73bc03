// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/bmpformat.h"

#include "engine/image/bytereader.h"
#include "engine/image/opencvcodec.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

enum Compression { None = 0, RunLength8 = 1, RunLength4 = 2, BitFields = 3, AlphaBitFields = 6 };

constexpr std::uint64_t kInfoHeader = 14;
constexpr std::uint32_t kOs2Header = 12;

struct BmpHeader {
    Size size;
    bool topDown = false;
    int bits = 0; ///< per pixel
    std::uint32_t compression = None;
    std::uint64_t pixelsAt = 0;
    std::uint64_t pixelBytes = 0;                     ///< as declared; 0: not declared
    std::vector<std::array<std::uint8_t, 3>> palette; ///< of 8 bits or less
    bool alpha = false; ///< 32 bit with the masks of blue, green, red, alpha in this order

    std::uint64_t rowBytes() const { return (static_cast<std::uint64_t>(size.width) * bits + 31) / 32 * 4; }
    bool grayPalette() const
    {
        return !palette.empty() && std::all_of(palette.begin(), palette.end(), [](const auto &entry) {
            return entry[0] == entry[1] && entry[0] == entry[2];
        });
    }
    bool runLength() const { return compression == RunLength8 || compression == RunLength4; }
};

bool declaresAlpha(const ByteReader &reader, std::uint32_t infoSize, const BmpHeader &header)
{
    // The masks follow the 40 bytes of the basic header, inside the larger headers that have an alpha mask.
    return header.bits == 32 && (header.compression == BitFields || header.compression == AlphaBitFields)
           && infoSize >= 56 && reader.u32(kInfoHeader + 40) == 0x00ff0000U
           && reader.u32(kInfoHeader + 44) == 0x0000ff00U && reader.u32(kInfoHeader + 48) == 0x000000ffU
           && reader.u32(kInfoHeader + 52) == 0xff000000U;
}

/// Colours as red, green, blue; OS/2 stores three bytes for each, Windows four.
std::vector<std::array<std::uint8_t, 3>> readPalette(const ByteReader &reader, std::uint32_t infoSize, int bits)
{
    std::vector<std::array<std::uint8_t, 3>> palette;
    if (bits > 8)
        return palette;
    const std::uint64_t entrySize = infoSize == kOs2Header ? 3 : 4;
    const std::uint64_t most = std::uint64_t(1) << bits;
    const std::uint64_t used = infoSize == kOs2Header ? 0 : reader.u32(kInfoHeader + 32);
    palette.resize(used == 0 ? most : std::min(used, most));
    std::uint64_t at = kInfoHeader + infoSize;
    for (auto &entry : palette) {
        entry = {reader.u8(at + 2), reader.u8(at + 1), reader.u8(at)};
        at += entrySize;
    }
    return palette;
}

BmpHeader parse(const ByteReader &reader)
{
    BmpHeader header;
    header.pixelsAt = reader.u32(10);
    const std::uint32_t infoSize = reader.u32(kInfoHeader);
    std::int64_t width = 0;
    std::int64_t height = 0;
    if (infoSize == kOs2Header) {
        width = reader.u16(kInfoHeader + 4);
        height = static_cast<std::int16_t>(reader.u16(kInfoHeader + 6));
        header.bits = reader.u16(kInfoHeader + 10);
    } else if (infoSize >= 40 && infoSize <= 124) {
        width = static_cast<std::int32_t>(reader.u32(kInfoHeader + 4));
        height = static_cast<std::int32_t>(reader.u32(kInfoHeader + 8));
        header.bits = reader.u16(kInfoHeader + 14);
        header.compression = reader.u32(kInfoHeader + 16);
        header.pixelBytes = reader.u32(kInfoHeader + 20);
    } else {
        throw Error(ErrorCode::BrokenFile, {}, "the BMP header has an impossible length");
    }
    header.topDown = height < 0;
    height = std::abs(height);
    if (width <= 0 || height == 0 || height > 0x7fffffff)
        throw Error(ErrorCode::BrokenFile, {}, "the BMP header has an impossible size");
    header.size = {static_cast<int>(width), static_cast<int>(height)};
    const int bits = header.bits;
    if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)
        throw Error(ErrorCode::BrokenFile, {},
                    "the BMP header has an impossible depth of " + std::to_string(bits) + " bits");
    if (header.compression > BitFields && header.compression != AlphaBitFields)
        throw Error(ErrorCode::UnknownFormat, {},
                    "BMP with compression " + std::to_string(header.compression) + " is not supported");
    header.palette = readPalette(reader, infoSize, header.bits);
    header.alpha = declaresAlpha(reader, infoSize, header);
    return header;
}

/// A row of three or four bytes a pixel in the order blue, green, red, alpha; without `alpha` the fourth means nothing.
void decodeBytes(const std::uint8_t *in, const BmpHeader &header, std::uint8_t *out)
{
    const int step = header.bits / 8;
    for (int x = 0; x < header.size.width; ++x, in += step, out += header.alpha ? 4 : 3) {
        out[0] = in[2];
        out[1] = in[1];
        out[2] = in[0];
        if (header.alpha)
            out[3] = in[3];
    }
}

/// A row of indices, the first pixel in the highest bits. An index that the palette does not have is black.
void decodeIndices(const std::uint8_t *in, const BmpHeader &header, int channels, std::uint8_t *out)
{
    const int perByte = 8 / header.bits;
    for (int x = 0; x < header.size.width; ++x, out += channels) {
        const int shift = 8 - header.bits * (x % perByte + 1);
        const std::size_t index = in[x / perByte] >> shift & ((1U << header.bits) - 1);
        if (index < header.palette.size())
            std::copy_n(header.palette[index].begin(), channels, out);
    }
}

/// Everything that is stored as it is: the decoder drops alpha and misreads OS/2's pixels.
Image decodePlain(const ByteReader &reader, const BmpHeader &header, int channels)
{
    Image image(header.size, channels);
    std::uint8_t *out = image.mutableBytes();
    for (int y = 0; y < header.size.height; ++y, out += image.bytesPerLine()) {
        const int row = header.topDown ? y : header.size.height - 1 - y;
        const auto in =
            reader.part(header.pixelsAt + header.rowBytes() * static_cast<std::uint64_t>(row), header.rowBytes());
        if (header.bits <= 8)
            decodeIndices(in.data(), header, channels, out);
        else
            decodeBytes(in.data(), header, out);
    }
    return image;
}

} // namespace

std::string BmpFormat::name() const { return "BMP"; }
std::vector<std::string> BmpFormat::extensions() const { return {"bmp", "dib"}; }

FormatLimits BmpFormat::limits() const
{
    FormatLimits limits;
    limits.iccProfile = false;
    limits.longestSide = 1 << 20; // OpenCV's limit on reading
    return limits;
}

bool BmpFormat::recognises(std::span<const std::uint8_t> bytes) const
{
    return bytes.size() >= 2 && bytes[0] == 'B' && bytes[1] == 'M';
}

ImageHeader BmpFormat::readHeader(std::span<const std::uint8_t> bytes, std::uint64_t fileSize) const
{
    const BmpHeader bmp = parse(ByteReader(bytes, ByteReader::Order::LittleEndian));
    // Two bytes of a run give at most 255 pixels; everything else is stored as it is.
    const double stored = static_cast<double>(bmp.rowBytes()) * bmp.size.height;
    requirePlausible(bmp.size, bmp.runLength() ? static_cast<double>(bmp.size.pixels()) : stored,
                     bmp.runLength() ? 128 : 1, fileSize);
    ImageHeader header;
    header.size = bmp.size;
    header.channels = bmp.alpha ? 4 : bmp.grayPalette() ? 1 : 3;
    return header;
}

Image BmpFormat::decode(std::span<const std::uint8_t> bytes, const ImageHeader &header) const
{
    const ByteReader reader(bytes, ByteReader::Order::LittleEndian);
    const BmpHeader bmp = parse(reader);
    // All there?
    reader.part(bmp.pixelsAt,
                bmp.runLength() ? bmp.pixelBytes : bmp.rowBytes() * static_cast<std::uint64_t>(bmp.size.height));
    if (bmp.alpha || (bmp.compression == None && bmp.bits != 16))
        return decodePlain(reader, bmp, header.channels);
    return withChannels(OpenCvCodec::decode(bytes), header.channels);
}

std::vector<std::uint8_t> BmpFormat::encode(const Image &image) const { return OpenCvCodec::encode(image, ".bmp", {}); }

} // namespace bitlens::image
