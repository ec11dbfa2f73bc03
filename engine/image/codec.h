// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::image {

/// What an image file's header says, read without decoding it.
struct ImageInfo {
    std::string format; ///< "PNG", "JPEG", "TIFF", "WebP", "BMP"
    Size size;          ///< as stored, before EXIF orientation
    int channels = 0;   ///< that readImage will give: 1 gray, 2 gray + alpha, 3 RGB, 4 RGB + alpha
    int bits = 8;       ///< per sample as stored; readImage gives U16 for 16, else U8
    std::string file;
};

/// Pixels above which reading must be allowed by the user.
inline constexpr std::size_t kLargeImagePixels = 64'000'000;

/// Pixels above which nothing can be read, whatever the user allows: OpenCV's own limit.
inline constexpr std::size_t kLargestImagePixels = std::size_t(1) << 30;

/// Reads a header. Throws base::Error{NotFound|NotReadable|UnknownFormat|BrokenFile} naming the file and the reason. A
/// header that promises more pixels than the file can hold is BrokenFile.
ImageInfo readImageInfo(const std::string &path);

struct ReadOptions {
    bool allowLarge = false; ///< read more than kLargeImagePixels
};

/// Decodes an image: PNG, JPEG, TIFF, WebP, BMP; 8 or 16 bit; gray, indexed (becomes RGB or RGBA), alpha. EXIF
/// orientation is applied; the ICC profile is carried. Header first: sizes are checked before pixels are allocated
/// (Error{TooLarge}), and a header that promises more than the file can hold is BrokenFile.
Image readImage(const std::string &path, const ReadOptions &options = {});
/// The same from memory (clipboard, tests); `name` is for messages.
Image readImage(std::span<const std::uint8_t> bytes, const std::string &name, const ReadOptions &options = {});

/// Encodes by the path's extension (png, jpg/jpeg, tif/tiff, webp, bmp), atomically, and reads the file back: what
/// cannot be verified throws and leaves nothing. Formats that cannot hold 16 bit or alpha get the nearest that they can
/// (8 bit; alpha over white). `inputs` are files that must not be overwritten: Error{InvalidArgument}.
void writeImage(const Image &image, const std::string &path, std::span<const std::string> inputs = {});

/// The picture that writeImage(image, path) stores, for who wants to show or count what the format costs.
Image asStored(const Image &image, const std::string &path);

/// Extensions that writeImage knows, without dot.
std::vector<std::string> writableExtensions();
/// True when the file name's extension is one that readImage may know (for folders and drops).
bool looksLikeImage(const std::string &path);

} // namespace bitlens::image
