// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/codec.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/image/alpha.h"
#include "engine/image/colour.h"
#include "engine/image/format.h"
#include "engine/image/iccprofile.h"
#include "engine/image/metadata.h"
#include "engine/image/orientation.h"

#include <algorithm>
#include <filesystem>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

/// Enough for every header but those of files with large metadata in front, or with their directory at the end.
constexpr std::size_t kHeaderBytes = std::size_t(1) << 16;

std::string text(Size size) { return std::to_string(size.width) + "x" + std::to_string(size.height); }

ImageInfo infoOf(std::span<const std::uint8_t> bytes, std::uint64_t fileSize)
{
    const Format &format = formatOf(bytes);
    const ImageHeader header = format.readHeader(bytes, fileSize);
    return {format.name(), header.size, header.channels, header.bits, {}};
}

void requireAllowed(Size size, const ReadOptions &options)
{
    if (size.pixels() > kLargestImagePixels)
        throw Error(ErrorCode::TooLarge, {},
                    "pictures of " + text(size) + " pixels cannot be read, even when large ones are allowed");
    if (size.pixels() > kLargeImagePixels && !options.allowLarge)
        throw Error(ErrorCode::TooLarge, {},
                    "the picture has " + text(size) + " pixels, more than "
                        + std::to_string(kLargeImagePixels / 1'000'000) + " megapixels; reading it must be allowed");
}

Image decode(std::span<const std::uint8_t> bytes, const ReadOptions &options)
{
    const Format &format = formatOf(bytes);
    const ImageHeader header = format.readHeader(bytes, bytes.size());
    requireAllowed(header.size, options);
    Image image = format.decode(bytes, header);
    if (image.size() != header.size)
        throw Error(ErrorCode::BrokenFile, {},
                    "the header promises " + text(header.size) + " pixels, the picture has " + text(image.size()));
    const Metadata metadata = readMetadata(bytes);
    image = upright(image, metadata.orientation);
    if (iccProfileFits(metadata.iccProfile, image))
        image.setIccProfile(metadata.iccProfile);
    return image;
}

const Format &formatToWrite(const std::string &path)
{
    if (const Format *format = formatForPath(path))
        return *format;
    std::string known;
    for (const std::string &extension : writableExtensions())
        known += (known.empty() ? "" : ", ") + extension;
    throw Error(ErrorCode::InvalidArgument, path,
                "the file name's extension is none that can be written (" + known + ")");
}

/// The nearest picture that the format can hold.
Image prepared(const Image &image, const FormatLimits &limits)
{
    Image result = image;
    if (result.hasAlpha() && !limits.alpha)
        result = overWhite(result);
    if (!limits.sixteenBit)
        result = toEightBit(result);
    if (!limits.gray)
        result = toColour(result);
    if (!limits.iccProfile || !iccProfileFits(result.iccProfile(), result))
        result.setIccProfile({});
    return result;
}

/// Same samples, but for the colour of pixels that nobody sees.
bool sameVisiblePixels(const Image &a, const Image &b)
{
    if (a.size() != b.size() || a.channels() != b.channels() || a.type() != b.type())
        return false;
    if (!a.hasAlpha())
        return a.samePixels(b);
    const std::size_t pixel = a.bytesPerLine() / static_cast<std::size_t>(a.width());
    const std::size_t alpha = pixel / static_cast<std::size_t>(a.channels());
    for (std::size_t at = 0; at < a.byteCount(); at += pixel) {
        const std::uint8_t *one = a.bytes() + at;
        const std::uint8_t *other = b.bytes() + at;
        const bool hidden = std::all_of(one + pixel - alpha, one + pixel, [](std::uint8_t byte) { return byte == 0; });
        if (!std::equal(hidden ? one + pixel - alpha : one, one + pixel, hidden ? other + pixel - alpha : other))
            return false;
    }
    return true;
}

void requireSame(const Image &wanted, const Image &got, const FormatLimits &limits)
{
    const bool shape =
        got.size() == wanted.size() && got.channels() == wanted.channels() && got.type() == wanted.type();
    const bool samples =
        !limits.lossless || (limits.hiddenColour ? got.samePixels(wanted) : sameVisiblePixels(wanted, got));
    if (!shape || !samples || got.iccProfile() != wanted.iccProfile())
        throw Error(ErrorCode::Internal, {},
                    "what was encoded does not read back as the same picture; nothing was saved");
}

} // namespace

ImageInfo readImageInfo(const std::string &path)
{
    try {
        const std::vector<std::uint8_t> start = base::readFileStart(path, kHeaderBytes);
        std::error_code error;
        const std::uint64_t fileSize = std::filesystem::file_size(path, error);
        if (error)
            throw Error(ErrorCode::NotReadable, path, error.message());
        ImageInfo info;
        try {
            info = infoOf(start, fileSize);
        } catch (const Error &parsing) {
            if (parsing.code() != ErrorCode::BrokenFile || start.size() >= fileSize)
                throw;
            info = infoOf(base::readFile(path), fileSize);
        }
        info.file = path;
        return info;
    } catch (...) {
        throw base::currentExceptionAsError(path);
    }
}

Image readImage(const std::string &path, const ReadOptions &options)
{
    try {
        // The header first, so that a file that will be refused is not read whole.
        requireAllowed(readImageInfo(path).size, options);
        return decode(base::readFile(path), options);
    } catch (...) {
        throw base::currentExceptionAsError(path);
    }
}

Image readImage(std::span<const std::uint8_t> bytes, const std::string &name, const ReadOptions &options)
{
    try {
        return decode(bytes, options);
    } catch (...) {
        throw base::currentExceptionAsError(name);
    }
}

Image asStored(const Image &image, const std::string &path) { return prepared(image, formatToWrite(path).limits()); }

void writeImage(const Image &image, const std::string &path, std::span<const std::string> inputs)
{
    try {
        if (image.isNull())
            throw Error(ErrorCode::InvalidArgument, path, "there is no picture to save");
        const Format &format = formatToWrite(path);
        const FormatLimits limits = format.limits();
        if (std::max(image.width(), image.height()) > limits.longestSide || image.size().pixels() > kLargestImagePixels)
            throw Error(ErrorCode::InvalidArgument, path,
                        format.name() + " cannot hold " + text(image.size()) + " pixels (at most "
                            + std::to_string(limits.longestSide) + " on a side)");
        base::refuseInput(path, inputs);
        const Image wanted = prepared(image, limits);
        const std::vector<std::uint8_t> bytes = format.encode(wanted);
        // Before the old file goes: an encoder's mistake must not cost it.
        requireSame(wanted, decode(bytes, {.allowLarge = true}), limits);
        base::writeFileAtomically(path, bytes);
        if (base::readFile(path) != bytes)
            throw Error(ErrorCode::NotWritable, path,
                        "the file does not read back as it was written; the disk may be failing");
    } catch (...) {
        throw base::currentExceptionAsError(path);
    }
}

std::vector<std::string> writableExtensions()
{
    std::vector<std::string> all;
    for (const Format *format : allFormats())
        for (const std::string &extension : format->extensions())
            all.push_back(extension);
    return all;
}

bool looksLikeImage(const std::string &path) { return formatForPath(path) != nullptr; }

} // namespace bitlens::image
