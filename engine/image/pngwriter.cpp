// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/pngwriter.h"

#include "engine/base/error.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>

#include <zlib.h>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

/// Photographs: level 6 takes one and a half to two times as long for one to two per cent.
constexpr int kCompressionLevel = 4;
constexpr std::size_t kPixelChunk = std::size_t(1) << 18;

void appendBigEndian(std::vector<std::uint8_t> &bytes, std::uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// A deflate stream that hands out its output in pieces.
class Deflater {
public:
    using Sink = std::function<void(std::span<const std::uint8_t>)>;

    explicit Deflater(Sink sink) : m_sink(std::move(sink)), m_piece(kPixelChunk)
    {
        if (deflateInit(&m_stream, kCompressionLevel) != Z_OK)
            throw Error(ErrorCode::OutOfMemory, {}, "not enough memory to compress the picture");
        m_stream.next_out = m_piece.data();
        m_stream.avail_out = static_cast<uInt>(m_piece.size());
    }
    ~Deflater() { deflateEnd(&m_stream); }
    Deflater(const Deflater &) = delete;
    Deflater &operator=(const Deflater &) = delete;

    void add(std::span<const std::uint8_t> bytes) { run(bytes, Z_NO_FLUSH); }
    void finish()
    {
        run({}, Z_FINISH);
        handOut();
    }

private:
    void run(std::span<const std::uint8_t> bytes, int flush)
    {
        m_stream.next_in = const_cast<std::uint8_t *>(bytes.data()); // zlib's interface predates const; it only reads
        m_stream.avail_in = static_cast<uInt>(bytes.size());
        for (;;) {
            const int result = deflate(&m_stream, flush);
            if (result == Z_STREAM_ERROR)
                throw Error(ErrorCode::Internal, {}, "zlib cannot compress the picture");
            if (m_stream.avail_out > 0)
                return; // all input taken, and with Z_FINISH the stream is ended
            handOut();
        }
    }

    void handOut()
    {
        const std::size_t used = m_piece.size() - m_stream.avail_out;
        if (used > 0)
            m_sink({m_piece.data(), used});
        m_stream.next_out = m_piece.data();
        m_stream.avail_out = static_cast<uInt>(m_piece.size());
    }

    Sink m_sink;
    std::vector<std::uint8_t> m_piece;
    z_stream m_stream{};
};

std::uint8_t paeth(int left, int up, int upLeft)
{
    const int estimate = left + up - upLeft;
    const int toLeft = std::abs(estimate - left);
    const int toUp = std::abs(estimate - up);
    const int toUpLeft = std::abs(estimate - upLeft);
    if (toLeft <= toUp && toLeft <= toUpLeft)
        return static_cast<std::uint8_t>(left);
    return static_cast<std::uint8_t>(toUp <= toUpLeft ? up : upLeft);
}

/// PNG's five row filters; picks the one whose result is smallest in sum of absolute values.
class RowFilter {
public:
    RowFilter(std::size_t rowBytes, std::size_t pixelBytes) : m_pixelBytes(pixelBytes)
    {
        for (auto &row : m_filtered)
            row.resize(rowBytes + 1);
    }

    /// The filtered row, filter byte first. `above` is the row before, zeros for the first.
    const std::vector<std::uint8_t> &best(const std::uint8_t *row, const std::uint8_t *above)
    {
        std::array<std::uint64_t, 5> sums{};
        for (std::size_t filter = 0; filter < m_filtered.size(); ++filter)
            m_filtered[filter][0] = static_cast<std::uint8_t>(filter);
        const std::size_t count = m_filtered[0].size() - 1;
        for (std::size_t i = 0; i < count; ++i) {
            const bool first = i < m_pixelBytes;
            const int left = first ? 0 : row[i - m_pixelBytes];
            const int up = above[i];
            const int upLeft = first ? 0 : above[i - m_pixelBytes];
            const std::array<int, 5> predictions{0, left, up, (left + up) / 2, paeth(left, up, upLeft)};
            for (std::size_t filter = 0; filter < predictions.size(); ++filter) {
                const auto difference = static_cast<std::uint8_t>(row[i] - predictions[filter]);
                m_filtered[filter][i + 1] = difference;
                sums[filter] += static_cast<unsigned>(std::abs(static_cast<std::int8_t>(difference)));
            }
        }
        return m_filtered[static_cast<std::size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin())];
    }

private:
    std::size_t m_pixelBytes;
    std::array<std::vector<std::uint8_t>, 5> m_filtered;
};

} // namespace

PngWriter::PngWriter(const Image &image)
{
    constexpr std::array<std::uint8_t, 8> kSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    m_bytes.assign(kSignature.begin(), kSignature.end());
    writeHeader(image);
    if (!image.iccProfile().empty())
        writeProfile(image.iccProfile());
    writePixels(image);
    writeChunk("IEND", {});
}

void PngWriter::writeHeader(const Image &image)
{
    constexpr std::array<std::uint8_t, 4> kColourTypes{0, 4, 2, 6}; // by channels: gray, gray + alpha, RGB, RGB + alpha
    std::vector<std::uint8_t> data;
    appendBigEndian(data, static_cast<std::uint32_t>(image.width()));
    appendBigEndian(data, static_cast<std::uint32_t>(image.height()));
    data.push_back(image.type() == SampleType::U8 ? 8 : 16);
    data.push_back(kColourTypes[static_cast<std::size_t>(image.channels() - 1)]);
    data.insert(data.end(), 3, 0); // deflate, adaptive filters, not interlaced
    writeChunk("IHDR", data);
}

void PngWriter::writeProfile(const std::vector<std::uint8_t> &profile)
{
    constexpr std::string_view kName("icc\0\0", 5); // name, its end, compression method 0
    std::vector<std::uint8_t> data(kName.begin(), kName.end());
    Deflater deflater(
        [&data](std::span<const std::uint8_t> piece) { data.insert(data.end(), piece.begin(), piece.end()); });
    deflater.add(profile);
    deflater.finish();
    writeChunk("iCCP", data);
}

void PngWriter::writePixels(const Image &image)
{
    const std::size_t rowBytes = image.bytesPerLine();
    const std::size_t pixelBytes = rowBytes / static_cast<std::size_t>(image.width());
    RowFilter filter(rowBytes, pixelBytes);
    Deflater deflater([this](std::span<const std::uint8_t> piece) { writeChunk("IDAT", piece); });
    std::vector<std::uint8_t> above(rowBytes);
    std::vector<std::uint8_t> row(rowBytes);
    for (int y = 0; y < image.height(); ++y) {
        if (image.type() == SampleType::U8) {
            std::copy_n(image.line8(y), rowBytes, row.begin());
        } else {
            const std::uint16_t *samples = image.line16(y);
            for (std::size_t i = 0; i < rowBytes / 2; ++i) {
                row[2 * i] = static_cast<std::uint8_t>(samples[i] >> 8);
                row[2 * i + 1] = static_cast<std::uint8_t>(samples[i] & 0xff);
            }
        }
        deflater.add(filter.best(row.data(), above.data()));
        std::swap(row, above);
    }
    deflater.finish();
}

void PngWriter::writeChunk(std::string_view name, std::span<const std::uint8_t> data)
{
    appendBigEndian(m_bytes, static_cast<std::uint32_t>(data.size()));
    const std::size_t from = m_bytes.size();
    m_bytes.insert(m_bytes.end(), name.begin(), name.end());
    m_bytes.insert(m_bytes.end(), data.begin(), data.end());
    appendBigEndian(m_bytes, static_cast<std::uint32_t>(crc32_z(0, m_bytes.data() + from, m_bytes.size() - from)));
}

} // namespace bitlens::image
