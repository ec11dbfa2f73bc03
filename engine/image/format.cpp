// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/format.h"

#include "engine/base/error.h"
#include "engine/image/bmpformat.h"
#include "engine/image/jpegformat.h"
#include "engine/image/pngformat.h"
#include "engine/image/tiffformat.h"
#include "engine/image/webpformat.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

namespace bitlens::image {

using base::Error;
using base::ErrorCode;

std::span<const Format *const> allFormats()
{
    static const PngFormat png;
    static const JpegFormat jpeg;
    static const TiffFormat tiff;
    static const WebpFormat webp;
    static const BmpFormat bmp;
    static const std::array<const Format *, 5> formats{&png, &jpeg, &tiff, &webp, &bmp};
    return formats;
}

const Format &formatOf(std::span<const std::uint8_t> bytes)
{
    if (bytes.empty())
        throw Error(ErrorCode::BrokenFile, {}, "the file is empty");
    std::string names;
    for (const Format *format : allFormats()) {
        if (format->recognises(bytes))
            return *format;
        names += (names.empty() ? "" : ", ") + format->name();
    }
    throw Error(ErrorCode::UnknownFormat, {}, "not an image of a known format (" + names + ")");
}

const Format *formatForPath(const std::string &path)
{
    std::string extension = std::filesystem::path(path).extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    for (const Format *format : allFormats())
        for (const std::string &own : format->extensions())
            if (extension == "." + own)
                return format;
    return nullptr;
}

void requirePlausible(Size size, double packedBytes, double ratio, std::uint64_t fileSize)
{
    if (packedBytes > ratio * static_cast<double>(fileSize))
        throw Error(ErrorCode::BrokenFile, {},
                    "the header promises " + std::to_string(size.width) + "x" + std::to_string(size.height)
                        + " pixels, more than a file of " + std::to_string(fileSize) + " bytes can hold");
}

} // namespace bitlens::image
