// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/tifflibrary.h"

#include "engine/base/error.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include <tiffio.h>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

/// A file in memory as libtiff's callbacks see it; the first error message is kept.
struct MemoryFile {
    std::span<const std::uint8_t> input;
    std::vector<std::uint8_t> output;
    bool writing = false;
    std::uint64_t position = 0;
    std::string error;

    std::uint64_t size() const { return writing ? output.size() : input.size(); }
    const std::uint8_t *data() const { return writing ? output.data() : input.data(); }
};

MemoryFile &fileOf(thandle_t handle) { return *static_cast<MemoryFile *>(handle); }

tmsize_t readBytes(thandle_t handle, void *buffer, tmsize_t count)
{
    MemoryFile &file = fileOf(handle);
    if (count <= 0 || file.position >= file.size())
        return 0;
    const std::uint64_t got = std::min<std::uint64_t>(static_cast<std::uint64_t>(count), file.size() - file.position);
    std::memcpy(buffer, file.data() + file.position, got);
    file.position += got;
    return static_cast<tmsize_t>(got);
}

tmsize_t writeBytes(thandle_t handle, void *buffer, tmsize_t count)
{
    MemoryFile &file = fileOf(handle);
    if (!file.writing || count < 0)
        return -1;
    try {
        file.output.resize(
            std::max<std::size_t>(file.output.size(), file.position + static_cast<std::uint64_t>(count)));
    } catch (const std::exception &) { // must not cross the C library
        return -1;
    }
    std::memcpy(file.output.data() + file.position, buffer, static_cast<std::size_t>(count));
    file.position += static_cast<std::uint64_t>(count);
    return count;
}

toff_t seekTo(thandle_t handle, toff_t offset, int whence)
{
    MemoryFile &file = fileOf(handle);
    file.position = offset + (whence == SEEK_CUR ? file.position : whence == SEEK_END ? file.size() : 0);
    return file.position;
}

int keepOpen(thandle_t) { return 0; }
toff_t sizeOf(thandle_t handle) { return fileOf(handle).size(); }

int takeError(TIFF *, void *user, const char *, const char *format, va_list arguments)
{
    auto *file = static_cast<MemoryFile *>(user);
    if (file->error.empty()) {
        char text[256];
        std::vsnprintf(text, sizeof text, format, arguments);
        file->error = text;
    }
    return 1; // handled: nothing on the terminal
}

int ignoreWarning(TIFF *, void *, const char *, const char *, va_list) { return 1; }

struct Closer {
    void operator()(TIFF *tiff) const { TIFFClose(tiff); }
};
using Handle = std::unique_ptr<TIFF, Closer>;

Handle open(MemoryFile &file, const char *mode)
{
    const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                   &TIFFOpenOptionsFree);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), takeError, &file);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignoreWarning, nullptr);
    return Handle(TIFFClientOpenExt("picture", mode, &file, readBytes, writeBytes, seekTo, keepOpen, sizeOf, nullptr,
                                    nullptr, options.get()));
}

[[noreturn]] void fail(const MemoryFile &file)
{
    throw Error(file.writing ? ErrorCode::Internal : ErrorCode::BrokenFile, {},
                file.writing ? "the TIFF cannot be written: " + file.error
                             : "the TIFF is damaged" + (file.error.empty() ? "" : ": " + file.error));
}

/// A block of samples on its way into the image: a strip, or a tile with what hangs over the border.
struct Block {
    int x = 0;
    int y = 0;
    int width = 0; ///< samples a row in the buffer, in pixels
    int rows = 0;
    int plane = 0;  ///< first channel
    int planes = 1; ///< channels interleaved in the buffer
};

void place(const std::vector<std::uint8_t> &buffer, const Block &block, Image &image, std::uint8_t *out)
{
    const std::size_t sample = image.type() == SampleType::U8 ? 1 : 2;
    const std::size_t pixel = sample * static_cast<std::size_t>(image.channels());
    const std::size_t blockPixel = sample * static_cast<std::size_t>(block.planes);
    const int columns = std::min(block.width, image.width() - block.x);
    const int rows = std::min(block.rows, image.height() - block.y);
    for (int y = 0; y < rows; ++y) {
        const std::uint8_t *from =
            buffer.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(block.width) * blockPixel;
        std::uint8_t *to = out + static_cast<std::size_t>(block.y + y) * image.bytesPerLine()
                           + static_cast<std::size_t>(block.x) * pixel + static_cast<std::size_t>(block.plane) * sample;
        for (int x = 0; x < columns; ++x, from += blockPixel, to += pixel)
            std::memcpy(to, from, blockPixel);
    }
}

/// One channel of a tile or strip may not need more than this many times the picture: a broken header could ask for any
/// amount.
constexpr std::uint64_t kLargestBlockPixels = std::uint64_t(1) << 28;

class BlockReader {
public:
    BlockReader(TIFF *tiff, MemoryFile &file, Image &image)
        : m_tiff(tiff), m_file(file), m_image(image), m_out(image.mutableBytes())
    {
        std::uint16_t planar = PLANARCONFIG_CONTIG;
        TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
        m_separate = planar == PLANARCONFIG_SEPARATE && image.channels() > 1;
    }

    void read()
    {
        const int planes = m_separate ? m_image.channels() : 1;
        for (int plane = 0; plane < planes; ++plane) {
            if (TIFFIsTiled(m_tiff) != 0)
                readTiles(plane);
            else
                readStrips(plane);
        }
    }

private:
    std::vector<std::uint8_t> buffer(std::uint64_t width, std::uint64_t rows) const
    {
        if (width == 0 || rows == 0 || width > kLargestBlockPixels / rows)
            throw Error(ErrorCode::BrokenFile, {}, "the TIFF has strips or tiles of an impossible size");
        const std::uint64_t channels = m_separate ? 1 : static_cast<std::uint64_t>(m_image.channels());
        return std::vector<std::uint8_t>(width * rows * channels * (m_image.type() == SampleType::U8 ? 1 : 2));
    }

    void readStrips(int plane)
    {
        std::uint32_t rowsPerStrip = 0;
        TIFFGetFieldDefaulted(m_tiff, TIFFTAG_ROWSPERSTRIP, &rowsPerStrip);
        const int most = static_cast<int>(std::min<std::uint64_t>(rowsPerStrip, m_image.height()));
        std::vector<std::uint8_t> samples = buffer(m_image.width(), most);
        for (int y = 0; y < m_image.height(); y += most) {
            const int rows = std::min(most, m_image.height() - y);
            const auto wanted = static_cast<tmsize_t>(samples.size() / most * rows);
            const auto strip =
                TIFFComputeStrip(m_tiff, static_cast<std::uint32_t>(y), static_cast<std::uint16_t>(plane));
            if (TIFFReadEncodedStrip(m_tiff, strip, samples.data(), wanted) != wanted)
                fail(m_file);
            place(samples, block(0, y, m_image.width(), rows, plane), m_image, m_out);
        }
    }

    void readTiles(int plane)
    {
        std::uint32_t width = 0;
        std::uint32_t height = 0;
        TIFFGetField(m_tiff, TIFFTAG_TILEWIDTH, &width);
        TIFFGetField(m_tiff, TIFFTAG_TILELENGTH, &height);
        std::vector<std::uint8_t> samples = buffer(width, height);
        const auto wanted = static_cast<tmsize_t>(samples.size());
        for (std::uint32_t y = 0; y < static_cast<std::uint32_t>(m_image.height()); y += height)
            for (std::uint32_t x = 0; x < static_cast<std::uint32_t>(m_image.width()); x += width) {
                const auto tile = TIFFComputeTile(m_tiff, x, y, 0, static_cast<std::uint16_t>(plane));
                if (TIFFReadEncodedTile(m_tiff, tile, samples.data(), wanted) != wanted)
                    fail(m_file);
                place(samples,
                      block(static_cast<int>(x), static_cast<int>(y), static_cast<int>(width), static_cast<int>(height),
                            plane),
                      m_image, m_out);
            }
    }

    Block block(int x, int y, int width, int rows, int plane) const
    {
        return {x, y, width, rows, plane, m_separate ? 1 : m_image.channels()};
    }

    TIFF *m_tiff;
    MemoryFile &m_file;
    Image &m_image;
    std::uint8_t *m_out;
    bool m_separate = false;
};

void setTags(TIFF *tiff, const Image &image)
{
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(image.width()));
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(image.height()));
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, image.type() == SampleType::U8 ? 8 : 16);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, image.channels());
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, image.isGray() ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    if (image.hasAlpha()) {
        const std::uint16_t straight = EXTRASAMPLE_UNASSALPHA;
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &straight);
    }
    if (!image.iccProfile().empty())
        TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(image.iccProfile().size()),
                     image.iccProfile().data());
}

} // namespace

Image TiffLibrary::decode(std::span<const std::uint8_t> bytes, Size size, int channels, SampleType type)
{
    MemoryFile file;
    file.input = bytes;
    const Handle tiff = open(file, "rm"); // m: do not try to map the file
    if (!tiff)
        fail(file);
    Image image(size, channels, type);
    BlockReader(tiff.get(), file, image).read();
    return image;
}

std::vector<std::uint8_t> TiffLibrary::encode(const Image &image)
{
    constexpr std::size_t kClassicLimit = std::size_t(3) << 30;
    constexpr std::size_t kStripBytes = std::size_t(1) << 18;
    MemoryFile file;
    file.writing = true;
    Handle tiff = open(file, image.byteCount() > kClassicLimit ? "w8m" : "wm");
    if (!tiff)
        fail(file);
    setTags(tiff.get(), image);
    const int rows = static_cast<int>(std::clamp<std::size_t>(kStripBytes / image.bytesPerLine(), 1, image.height()));
    TIFFSetField(tiff.get(), TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(rows));
    std::vector<std::uint8_t> samples; // the predictor works in place
    for (int y = 0; y < image.height(); y += rows) {
        const int here = std::min(rows, image.height() - y);
        samples.assign(image.line8(y), image.line8(y) + image.bytesPerLine() * static_cast<std::size_t>(here));
        const auto strip = TIFFComputeStrip(tiff.get(), static_cast<std::uint32_t>(y), 0);
        if (TIFFWriteEncodedStrip(tiff.get(), strip, samples.data(), static_cast<tmsize_t>(samples.size())) < 0)
            fail(file);
    }
    if (TIFFFlush(tiff.get()) == 0)
        fail(file);
    tiff.reset();
    return std::move(file.output);
}

} // namespace bitlens::image
