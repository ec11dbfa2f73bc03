// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/webpformat.h"

#include "engine/image/bytereader.h"
#include "engine/image/opencvcodec.h"

#include <opencv2/imgcodecs.hpp>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

/// OpenCV takes any quality above 100 as lossless.
constexpr int kLossless = 101;
constexpr std::uint64_t kFirstChunk = 12;

/// A chunk of the RIFF container.
struct Chunk {
    std::string_view name;
    std::uint64_t data = 0;
    std::uint32_t length = 0;
    std::uint64_t next() const { return data + length + (length & 1U); }
};

Chunk chunkAt(const ByteReader &reader, std::uint64_t offset)
{
    return {reader.text(offset, 4), offset + 8, reader.u32(offset + 4)};
}

/// Size and alpha of a lossy frame; its alpha, if any, is in a chunk of its own before it.
ImageHeader lossyHeader(const ByteReader &reader, std::uint64_t data)
{
    if (reader.u24(data + 3) != 0x2a019d || (reader.u8(data) & 1U) != 0)
        throw Error(ErrorCode::BrokenFile, {}, "the WebP's frame header is damaged");
    ImageHeader header;
    header.size = {reader.u16(data + 6) & 0x3fff, reader.u16(data + 8) & 0x3fff};
    header.channels = 3;
    return header;
}

ImageHeader losslessHeader(const ByteReader &reader, std::uint64_t data)
{
    if (reader.u8(data) != 0x2f)
        throw Error(ErrorCode::BrokenFile, {}, "the WebP's frame header is damaged");
    const std::uint32_t packed = reader.u32(data + 1); // 14 bits width - 1, 14 bits height - 1, 1 bit alpha
    ImageHeader header;
    header.size = {static_cast<int>(packed & 0x3fff) + 1, static_cast<int>(packed >> 14 & 0x3fff) + 1};
    header.channels = (packed >> 28 & 1U) != 0 ? 4 : 3;
    return header;
}

/// The header of the extended format says what the frame after it must agree with.
void requireAgreement(const ByteReader &reader, const Chunk &extended, ImageHeader &frame)
{
    const Size canvas{static_cast<int>(reader.u24(extended.data + 4)) + 1,
                      static_cast<int>(reader.u24(extended.data + 7)) + 1};
    if (canvas != frame.size)
        throw Error(ErrorCode::BrokenFile, {}, "the WebP's header and its frame have different sizes");
}

void appendLittleEndian(std::vector<std::uint8_t> &bytes, std::uint32_t value, int count)
{
    for (int i = 0; i < count; ++i)
        bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void appendChunk(std::vector<std::uint8_t> &bytes, std::string_view name, std::span<const std::uint8_t> data)
{
    bytes.insert(bytes.end(), name.begin(), name.end());
    appendLittleEndian(bytes, static_cast<std::uint32_t>(data.size()), 4);
    bytes.insert(bytes.end(), data.begin(), data.end());
    if (data.size() % 2 != 0)
        bytes.push_back(0);
}

/// The encoder's simple file (one chunk) as an extended one with the image's profile. Not with exiv2: of a lossless
/// frame it writes a wrong canvas size.
std::vector<std::uint8_t> extended(std::span<const std::uint8_t> simple, const Image &image)
{
    constexpr std::uint32_t kHasProfile = 0x20;
    constexpr std::uint32_t kHasAlpha = 0x10;
    std::vector<std::uint8_t> header;
    appendLittleEndian(header, kHasProfile | (image.hasAlpha() ? kHasAlpha : 0), 4);
    appendLittleEndian(header, static_cast<std::uint32_t>(image.width() - 1), 3);
    appendLittleEndian(header, static_cast<std::uint32_t>(image.height() - 1), 3);

    std::vector<std::uint8_t> chunks;
    appendChunk(chunks, "VP8X", header);
    appendChunk(chunks, "ICCP", image.iccProfile());
    const auto frame = simple.subspan(kFirstChunk);
    chunks.insert(chunks.end(), frame.begin(), frame.end());

    std::vector<std::uint8_t> bytes{'R', 'I', 'F', 'F'};
    appendLittleEndian(bytes, static_cast<std::uint32_t>(chunks.size() + 4), 4);
    bytes.insert(bytes.end(), {'W', 'E', 'B', 'P'});
    bytes.insert(bytes.end(), chunks.begin(), chunks.end());
    return bytes;
}

} // namespace

std::string WebpFormat::name() const { return "WebP"; }
std::vector<std::string> WebpFormat::extensions() const { return {"webp"}; }

FormatLimits WebpFormat::limits() const
{
    FormatLimits limits;
    limits.alpha = true;
    limits.gray = false;
    limits.hiddenColour = false;
    limits.longestSide = 16383;
    return limits;
}

bool WebpFormat::recognises(std::span<const std::uint8_t> bytes) const
{
    const ByteReader reader(bytes, ByteReader::Order::LittleEndian);
    return bytes.size() >= kFirstChunk && reader.text(0, 4) == "RIFF" && reader.text(8, 4) == "WEBP";
}

ImageHeader WebpFormat::readHeader(std::span<const std::uint8_t> bytes, std::uint64_t fileSize) const
{
    const ByteReader reader(bytes, ByteReader::Order::LittleEndian);
    if (std::uint64_t{reader.u32(4)} + 8 > fileSize)
        throw Error(ErrorCode::BrokenFile, {}, "the WebP is shorter than its header says; it may be truncated");
    Chunk canvas;
    bool alphaChunk = false;
    for (Chunk chunk = chunkAt(reader, kFirstChunk);; chunk = chunkAt(reader, chunk.next())) {
        if (chunk.name == "VP8X") {
            canvas = chunk;
            if ((reader.u8(chunk.data) & 0x02U) != 0)
                throw Error(ErrorCode::UnknownFormat, {}, "animated WebP is not supported");
        }
        alphaChunk = alphaChunk || chunk.name == "ALPH";
        if (chunk.name != "VP8 " && chunk.name != "VP8L")
            continue;
        // A frame of one colour fits into a few bytes at any size that the 14 bits allow, so any is plausible.
        ImageHeader header =
            chunk.name == "VP8L" ? losslessHeader(reader, chunk.data) : lossyHeader(reader, chunk.data);
        if (header.size.isEmpty())
            throw Error(ErrorCode::BrokenFile, {}, "the WebP header has an impossible size");
        if (!canvas.name.empty())
            requireAgreement(reader, canvas, header);
        if (alphaChunk)
            header.channels = 4;
        return header;
    }
}

Image WebpFormat::decode(std::span<const std::uint8_t> bytes, const ImageHeader &header) const
{
    return withChannels(OpenCvCodec::decode(bytes), header.channels);
}

std::vector<std::uint8_t> WebpFormat::encode(const Image &image) const
{
    const std::vector<std::uint8_t> plain = OpenCvCodec::encode(image, ".webp", {cv::IMWRITE_WEBP_QUALITY, kLossless});
    return image.iccProfile().empty() ? plain : extended(plain, image);
}

} // namespace bitlens::image
