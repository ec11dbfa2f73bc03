// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/tiffformat.h"

#include "engine/image/opencvcodec.h"
#include "engine/image/tiffdirectory.h"
#include "engine/image/tifflibrary.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

enum Photometric {
    WhiteIsZero = 0,
    BlackIsZero = 1,
    Rgb = 2,
    Palette = 3,
    TransparencyMask = 4,
    Separated = 5,
    YCbCr = 6
};
enum Compression { Uncompressed = 1, Lzw = 5, Jpeg = 7, Deflate = 8, PackBits = 32773, OldDeflate = 32946 };
enum ExtraSample { Unspecified = 0, AssociatedAlpha = 1, StraightAlpha = 2 };

struct TiffHeader {
    Size size;
    int bits = 1;
    int samples = 1;
    int photometric = BlackIsZero;
    int compression = Uncompressed;
    int extra = -1; ///< what the sample after the colour means; -1: there is none

    int colours() const { return photometric == WhiteIsZero || photometric == BlackIsZero ? 1 : 3; }
    bool alpha() const { return extra >= 0; }
    /// Gray or RGB samples that need no conversion: read exactly. Everything else goes through OpenCV.
    bool plain() const
    {
        return photometric <= Rgb && (bits == 8 || bits == 16) && compression != Jpeg
               && samples == colours() + (alpha() ? 1 : 0);
    }
};

TiffHeader parse(const TiffDirectory &directory)
{
    TiffHeader header;
    const std::uint64_t width = directory.value(TiffTag::ImageWidth, 0);
    const std::uint64_t height = directory.value(TiffTag::ImageLength, 0);
    if (width == 0 || height == 0 || width > 0x7fffffffU || height > 0x7fffffffU)
        throw Error(ErrorCode::BrokenFile, {}, "the TIFF header has an impossible size");
    header.size = {static_cast<int>(width), static_cast<int>(height)};
    const std::vector<std::uint64_t> bits = directory.values(TiffTag::BitsPerSample);
    const std::uint64_t samples = directory.value(TiffTag::SamplesPerPixel, 1);
    if (samples == 0 || samples > 8)
        throw Error(ErrorCode::UnknownFormat, {},
                    "TIFF with " + std::to_string(samples) + " samples per pixel is not supported");
    header.samples = static_cast<int>(samples);
    const std::uint64_t depth = bits.empty() ? 1 : bits.front();
    const bool equal = std::all_of(bits.begin(), bits.end(), [depth](std::uint64_t other) { return other == depth; });
    const std::uint64_t sampleFormat = directory.value(TiffTag::SampleFormat, 1);
    if (!equal || (depth != 1 && depth != 2 && depth != 4 && depth != 8 && depth != 16)
        || (sampleFormat != 1 && sampleFormat != 4))
        throw Error(ErrorCode::UnknownFormat, {},
                    "TIFF with samples of " + std::to_string(depth) + " bits"
                        + (sampleFormat == 3   ? " floating point"
                           : sampleFormat == 2 ? " with sign"
                                               : "")
                        + " is not supported (unsigned 1 to 16 bits are)");
    header.bits = static_cast<int>(depth);
    header.photometric =
        static_cast<int>(std::min<std::uint64_t>(directory.value(TiffTag::Photometric, BlackIsZero), 65535));
    header.compression =
        static_cast<int>(std::min<std::uint64_t>(directory.value(TiffTag::Compression, Uncompressed), 65535));
    if (header.photometric <= Rgb && header.samples > header.colours())
        header.extra =
            static_cast<int>(std::min<std::uint64_t>(directory.value(TiffTag::ExtraSamples, Unspecified), 3));
    if (header.photometric <= Rgb && header.samples < header.colours())
        throw Error(ErrorCode::BrokenFile, {}, "the TIFF has too few samples per pixel for its colours");
    return header;
}

/// How much of what a file's bytes can become when decompressed.
double largestRatio(int compression)
{
    switch (compression) {
    case Uncompressed:
        return 1;
    case PackBits: // two bytes give at most 128
        return 64;
    case Lzw: // twelve bits give at most the longest of 4096 strings
        return 4096 * 8 / 12.0;
    case Deflate:
    case OldDeflate:
        return 1032;
    case Jpeg: // one bit for a block of 64 samples, and colours at a quarter
        return 512 * 3;
    default: // fax and others: a bit may stand for a whole row
        return 1e5;
    }
}

/// Strips and tiles must lie inside the file; what is missing would be gray in a picture.
void requireComplete(const TiffDirectory &directory, const ByteReader &reader)
{
    directory.requireComplete();
    const bool tiled = directory.has(TiffTag::TileOffsets);
    const auto offsets = directory.values(tiled ? TiffTag::TileOffsets : TiffTag::StripOffsets);
    const auto counts = directory.values(tiled ? TiffTag::TileByteCounts : TiffTag::StripByteCounts);
    if (offsets.empty())
        throw Error(ErrorCode::BrokenFile, {}, "the TIFF holds no pixels");
    for (std::size_t i = 0; i < offsets.size(); ++i)
        if (!reader.has(offsets[i], i < counts.size() ? counts[i] : 1))
            throw Error(ErrorCode::BrokenFile, {}, "the TIFF's pixels lie beyond its end; it may be truncated");
}

template <typename Sample>
void adjust(Image &image, const TiffHeader &header)
{
    const auto maximum = static_cast<unsigned>(image.maximum());
    const int channels = image.channels();
    auto *sample = reinterpret_cast<Sample *>(image.mutableBytes());
    for (std::size_t i = 0; i < image.size().pixels(); ++i, sample += channels) {
        if (header.photometric == WhiteIsZero)
            sample[0] = static_cast<Sample>(maximum - sample[0]);
        if (header.extra != AssociatedAlpha)
            continue;
        const std::uint64_t alpha = sample[channels - 1];
        for (int colour = 0; colour + 1 < channels; ++colour)
            sample[colour] = alpha == 0 ? Sample{0}
                                        : static_cast<Sample>(std::min<std::uint64_t>(
                                            maximum, (std::uint64_t{sample[colour]} * maximum + alpha / 2) / alpha));
    }
}

/// OpenCV turns the picture upright by itself. All formats shall be turned at one place: give it a copy that says it is
/// upright already.
std::vector<std::uint8_t> withoutOrientation(std::span<const std::uint8_t> bytes, const TiffDirectory &directory)
{
    std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
    if (const auto offset = directory.shortValueOffset(TiffTag::Orientation); offset && *offset + 2 <= copy.size()) {
        const bool little = directory.order() == ByteReader::Order::LittleEndian;
        copy[*offset] = little ? 1 : 0;
        copy[*offset + 1] = little ? 0 : 1;
    }
    return copy;
}

} // namespace

std::string TiffFormat::name() const { return "TIFF"; }
std::vector<std::string> TiffFormat::extensions() const { return {"tif", "tiff"}; }

FormatLimits TiffFormat::limits() const
{
    FormatLimits limits;
    limits.sixteenBit = true;
    limits.alpha = true;
    limits.longestSide = 1 << 20; // as for reading by OpenCV
    return limits;
}

bool TiffFormat::recognises(std::span<const std::uint8_t> bytes) const { return TiffDirectory::recognises(bytes); }

ImageHeader TiffFormat::readHeader(std::span<const std::uint8_t> bytes, std::uint64_t fileSize) const
{
    const TiffHeader tiff = parse(TiffDirectory(bytes));
    const double rowBytes = std::ceil(static_cast<double>(tiff.size.width) * tiff.samples * tiff.bits / 8);
    // Chroma of YCbCr may be stored at a quarter of the resolution in both directions.
    const double stored = rowBytes * tiff.size.height / (tiff.photometric == YCbCr ? 16 : 1);
    requirePlausible(tiff.size, stored, largestRatio(tiff.compression), fileSize);
    ImageHeader header;
    header.size = tiff.size;
    header.bits = tiff.bits;
    header.channels = tiff.colours() + (tiff.alpha() ? 1 : 0);
    return header;
}

Image TiffFormat::decode(std::span<const std::uint8_t> bytes, const ImageHeader &header) const
{
    const TiffDirectory directory(bytes);
    requireComplete(directory, ByteReader(bytes, directory.order()));
    const TiffHeader tiff = parse(directory);
    if (!tiff.plain())
        return withChannels(OpenCvCodec::decode(withoutOrientation(bytes, directory)), header.channels);
    Image image =
        TiffLibrary::decode(bytes, tiff.size, header.channels, tiff.bits == 8 ? SampleType::U8 : SampleType::U16);
    if (tiff.photometric == WhiteIsZero || tiff.extra == AssociatedAlpha) {
        if (tiff.bits == 8)
            adjust<std::uint8_t>(image, tiff);
        else
            adjust<std::uint16_t>(image, tiff);
    }
    return image;
}

std::vector<std::uint8_t> TiffFormat::encode(const Image &image) const { return TiffLibrary::encode(image); }

} // namespace bitlens::image
