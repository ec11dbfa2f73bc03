// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/jpegformat.h"

#include "engine/image/bytereader.h"
#include "engine/image/jpeglibrary.h"
#include "engine/image/metadata.h"
#include "engine/image/opencvcodec.h"

#include <opencv2/imgcodecs.hpp>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

constexpr int kQuality = 95;

enum Marker {
    StartOfFrameFirst = 0xc0,
    HuffmanTable = 0xc4,
    Reserved = 0xc8,
    ArithmeticTable = 0xcc,
    StartOfFrameLast = 0xcf,
    RestartFirst = 0xd0,
    RestartLast = 0xd7,
    StartOfImage = 0xd8,
    EndOfImage = 0xd9,
    StartOfScan = 0xda,
    Temporary = 0x01
};

bool isStartOfFrame(int marker)
{
    return marker >= StartOfFrameFirst && marker <= StartOfFrameLast && marker != HuffmanTable && marker != Reserved
           && marker != ArithmeticTable;
}

bool isStandalone(int marker) { return (marker >= RestartFirst && marker <= StartOfImage) || marker == Temporary; }

/// Walks the marker segments from `offset` on.
class MarkerWalk {
public:
    MarkerWalk(const ByteReader &reader, std::uint64_t offset) : m_reader(reader), m_offset(offset) {}

    /// The next marker; data() and length() are its segment's, for those that have one.
    int next()
    {
        if (m_reader.u8(m_offset) != 0xff)
            throw Error(ErrorCode::BrokenFile, {}, "the JPEG is damaged: a marker is missing");
        while (m_reader.u8(m_offset) == 0xff) // any number of fill bytes
            ++m_offset;
        const int marker = m_reader.u8(m_offset++);
        m_data = m_offset;
        m_length = 0;
        if (!isStandalone(marker) && marker != EndOfImage) {
            const unsigned length = m_reader.u16(m_offset);
            if (length < 2)
                throw Error(ErrorCode::BrokenFile, {}, "the JPEG is damaged: a segment has an impossible length");
            m_data = m_offset + 2;
            m_length = length - 2;
            m_offset += length;
        }
        return marker;
    }
    /// After a start of scan: over the entropy-coded data to the next marker.
    void skipScan()
    {
        for (;; ++m_offset) {
            if (!m_reader.has(m_offset, 2))
                throw Error(ErrorCode::BrokenFile, {},
                            "the JPEG ends in the middle of the picture; it may be truncated");
            if (m_reader.u8(m_offset) != 0xff)
                continue;
            const int following = m_reader.u8(m_offset + 1);
            const bool partOfScan = following == 0 || (following >= RestartFirst && following <= RestartLast);
            if (!partOfScan && following != 0xff)
                return;
        }
    }
    std::uint64_t data() const { return m_data; }
    unsigned length() const { return m_length; }

private:
    const ByteReader &m_reader;
    std::uint64_t m_offset;
    std::uint64_t m_data = 0;
    unsigned m_length = 0;
};

/// libjpeg fills what is missing with gray and only warns: insist on the end marker.
void requireComplete(const ByteReader &reader)
{
    MarkerWalk walk(reader, 2);
    for (bool scans = false;;) {
        const int marker = walk.next();
        if (marker == EndOfImage && scans)
            return;
        if (marker == EndOfImage)
            throw Error(ErrorCode::BrokenFile, {}, "the JPEG holds no pixels");
        if (marker == StartOfScan) {
            scans = true;
            walk.skipScan();
        }
    }
}

} // namespace

std::string JpegFormat::name() const { return "JPEG"; }
std::vector<std::string> JpegFormat::extensions() const { return {"jpg", "jpeg", "jpe", "jfif"}; }

FormatLimits JpegFormat::limits() const
{
    FormatLimits limits;
    limits.lossless = false;
    limits.longestSide = 65500; // libjpeg's
    return limits;
}

bool JpegFormat::recognises(std::span<const std::uint8_t> bytes) const
{
    return bytes.size() >= 3 && bytes[0] == 0xff && bytes[1] == StartOfImage && bytes[2] == 0xff;
}

ImageHeader JpegFormat::readHeader(std::span<const std::uint8_t> bytes, std::uint64_t fileSize) const
{
    const ByteReader reader(bytes, ByteReader::Order::BigEndian);
    MarkerWalk walk(reader, 2);
    int marker = walk.next();
    while (!isStartOfFrame(marker)) {
        if (marker == EndOfImage || marker == StartOfScan)
            throw Error(ErrorCode::BrokenFile, {}, "the JPEG has no frame header");
        marker = walk.next();
    }
    if (walk.length() < 6)
        throw Error(ErrorCode::BrokenFile, {}, "the JPEG's frame header is too short");
    if (reader.u8(walk.data()) != 8)
        throw Error(ErrorCode::UnknownFormat, {},
                    "JPEG with " + std::to_string(reader.u8(walk.data())) + " bits per sample is not supported (8 is)");
    ImageHeader header;
    header.size = {reader.u16(walk.data() + 3), reader.u16(walk.data() + 1)};
    if (header.size.isEmpty())
        throw Error(ErrorCode::BrokenFile, {}, "the JPEG header has an impossible size");
    const int components = reader.u8(walk.data() + 5);
    if (components != 1 && components != 3 && components != 4)
        throw Error(ErrorCode::BrokenFile, {}, "the JPEG has " + std::to_string(components) + " components");
    header.channels = components == 1 ? 1 : 3;
    // Huffman coding needs at least one bit for the 64 samples of a block of the finest component; arithmetic coding
    // (frames from 0xc9) may need far less.
    const double ratio = marker < 0xc9 ? 512 : 65536;
    requirePlausible(header.size, static_cast<double>(header.size.pixels()), ratio, fileSize);
    return header;
}

Image JpegFormat::decode(std::span<const std::uint8_t> bytes, const ImageHeader &header) const
{
    requireComplete(ByteReader(bytes, ByteReader::Order::BigEndian));
    return JpegLibrary::decode(bytes, header.size, header.channels);
}

std::vector<std::uint8_t> JpegFormat::encode(const Image &image) const
{
    return withProfile(OpenCvCodec::encode(image, ".jpg", {cv::IMWRITE_JPEG_QUALITY, kQuality}), image.iccProfile());
}

} // namespace bitlens::image
