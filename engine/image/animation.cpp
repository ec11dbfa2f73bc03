// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/animation.h"

#include "engine/base/error.h"
#include "engine/image/pngwriter.h"

#include <limits>
#include <string_view>

#include <zlib.h>

namespace bitlens::image {

namespace {

constexpr std::size_t kSignatureBytes = 8;
constexpr std::size_t kChunkFrame = 12; // length, name, checksum

/// Puts chunks together.
class ChunkWriter {
public:
    void addRaw(std::span<const std::uint8_t> bytes) { m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end()); }

    void begin(std::string_view name, std::size_t length)
    {
        number(static_cast<std::uint32_t>(length), 4);
        m_start = m_bytes.size();
        m_bytes.insert(m_bytes.end(), name.begin(), name.end());
    }
    /// Big-endian, in `count` bytes.
    void number(std::uint32_t value, int count)
    {
        for (int shift = 8 * (count - 1); shift >= 0; shift -= 8)
            m_bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    void end()
    {
        number(static_cast<std::uint32_t>(crc32_z(0, m_bytes.data() + m_start, m_bytes.size() - m_start)), 4);
    }

    std::vector<std::uint8_t> take() { return std::move(m_bytes); }

private:
    std::vector<std::uint8_t> m_bytes;
    std::size_t m_start = 0;
};

struct Chunk {
    std::string_view name;
    std::span<const std::uint8_t> whole; ///< length and checksum included
    std::span<const std::uint8_t> data;
};

/// The chunks of a PNG that our own writer made.
std::vector<Chunk> chunksOf(std::span<const std::uint8_t> png)
{
    std::vector<Chunk> chunks;
    for (std::size_t at = kSignatureBytes; at + kChunkFrame <= png.size();) {
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i)
            length = length << 8 | png[at + i];
        chunks.push_back({std::string_view(reinterpret_cast<const char *>(png.data() + at + 4), 4),
                          png.subspan(at, length + kChunkFrame), png.subspan(at + 8, length)});
        at += length + kChunkFrame;
    }
    return chunks;
}

void addFrameControl(ChunkWriter &writer, std::uint32_t sequence, Size size, int milliseconds)
{
    constexpr std::size_t kLength = 26;
    constexpr std::uint32_t kPerSecond = 1000;
    writer.begin("fcTL", kLength);
    writer.number(sequence, 4);
    writer.number(static_cast<std::uint32_t>(size.width), 4);
    writer.number(static_cast<std::uint32_t>(size.height), 4);
    writer.number(0, 4); // at the left
    writer.number(0, 4); // at the top
    writer.number(static_cast<std::uint32_t>(milliseconds), 2);
    writer.number(kPerSecond, 2);
    writer.number(0, 1); // nothing is disposed of
    writer.number(0, 1); // and every frame replaces all of the one before
    writer.end();
}

} // namespace

std::vector<std::uint8_t> encodeAnimation(std::span<const Image> frames, int milliseconds)
{
    const auto refuse = [](const char *why) { throw base::Error(base::ErrorCode::InvalidArgument, {}, why); };
    if (frames.empty() || frames.front().isNull())
        refuse("an animation needs at least one frame");
    if (milliseconds < 1 || milliseconds > std::numeric_limits<std::uint16_t>::max())
        refuse("a frame stands between 1 and 65535 milliseconds");
    for (const Image &frame : frames)
        if (frame.size() != frames.front().size() || frame.channels() != frames.front().channels()
            || frame.type() != frames.front().type())
            refuse("the frames of an animation must have one size and kind");

    ChunkWriter writer;
    std::uint32_t sequence = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const std::vector<std::uint8_t> png = PngWriter(frames[i]).bytes();
        if (i == 0)
            writer.addRaw(std::span(png).first(kSignatureBytes));
        bool controlled = false;
        for (const Chunk &chunk : chunksOf(png)) {
            if (chunk.name == "IEND")
                break;
            if (chunk.name != "IDAT") {
                if (i == 0)
                    writer.addRaw(chunk.whole);
                if (i == 0 && chunk.name == "IHDR") {
                    writer.begin("acTL", 8);
                    writer.number(static_cast<std::uint32_t>(frames.size()), 4);
                    writer.number(0, 4); // for ever
                    writer.end();
                }
                continue;
            }
            if (!controlled)
                addFrameControl(writer, sequence++, frames[i].size(), milliseconds);
            controlled = true;
            if (i == 0) {
                writer.addRaw(chunk.whole);
                continue;
            }
            writer.begin("fdAT", chunk.data.size() + 4);
            writer.number(sequence++, 4);
            writer.addRaw(chunk.data);
            writer.end();
        }
    }
    writer.begin("IEND", 0);
    writer.end();
    return writer.take();
}

} // namespace bitlens::image
