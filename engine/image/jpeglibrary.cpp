// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/jpeglibrary.h"

#include "engine/base/error.h"

#include <array>
#include <csetjmp>
#include <cstdio> // before jpeglib.h, which needs FILE
#include <string>
#include <vector>

#include <jpeglib.h>

#include <jerror.h>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

/// libjpeg's error manager with a way back. Its functions must not throw through C code.
struct ErrorManager {
    jpeg_error_mgr base{};
    std::jmp_buf back{};
    std::array<char, JMSG_LENGTH_MAX> message{};
    bool outOfMemory = false;
};

ErrorManager &managerOf(j_common_ptr info) { return *reinterpret_cast<ErrorManager *>(info->err); }

void giveUp(j_common_ptr info)
{
    ErrorManager &manager = managerOf(info);
    manager.outOfMemory = manager.base.msg_code == JERR_OUT_OF_MEMORY;
    manager.base.format_message(info, manager.message.data());
    std::longjmp(manager.back, 1);
}

/// Warnings after which pixels are made up. Others (foreign bytes between segments, unusual headers) cost nothing.
bool losesPixels(int code)
{
    return code == JWRN_HIT_MARKER || code == JWRN_JPEG_EOF || code == JWRN_HUFF_BAD_CODE || code == JWRN_MUST_RESYNC
           || code == JWRN_ARITH_BAD_CODE;
}

void takeMessage(j_common_ptr info, int level)
{
    if (level < 0 && losesPixels(info->err->msg_code))
        giveUp(info);
}

void ignoreOutput(j_common_ptr) {}

/// Everything between setjmp and longjmp: no object with a destructor may live here. Decodes into `pixels`, rows of
/// width * components bytes; returns false on error. `components` is what libjpeg puts out, 1, 3 or 4 (CMYK).
bool decodeRows(jpeg_decompress_struct &info, ErrorManager &manager, std::span<const std::uint8_t> bytes, Size size,
                int components, std::uint8_t *pixels)
{
    if (setjmp(manager.back) != 0)
        return false;
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes.data(), bytes.size());
    jpeg_read_header(&info, TRUE);
    info.out_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_start_decompress(&info);
    if (static_cast<int>(info.output_width) != size.width || static_cast<int>(info.output_height) != size.height
        || info.output_components != components)
        return false;
    const std::size_t rowBytes = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(components);
    while (info.output_scanline < info.output_height) {
        JSAMPROW row = pixels + rowBytes * info.output_scanline;
        jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
    return true;
}

/// Adobe's programs, and most after them, store CMYK inverted: 255 is no ink.
Image fromCmyk(const std::vector<std::uint8_t> &inks, Size size, bool inverted)
{
    Image image(size, 3);
    std::uint8_t *out = image.mutableBytes();
    for (std::size_t i = 0; i < inks.size(); i += 4, out += 3) {
        const unsigned paper = inverted ? inks[i + 3] : 255U - inks[i + 3];
        for (std::size_t colour = 0; colour < 3; ++colour) {
            const unsigned light = inverted ? inks[i + colour] : 255U - inks[i + colour];
            out[colour] = static_cast<std::uint8_t>((light * paper + 127) / 255);
        }
    }
    return image;
}

/// Components that the file stores; 4 is CMYK or YCCK.
int storedComponents(std::span<const std::uint8_t> bytes)
{
    jpeg_decompress_struct info{};
    ErrorManager manager;
    info.err = jpeg_std_error(&manager.base);
    manager.base.error_exit = giveUp;
    manager.base.emit_message = [](j_common_ptr, int) {};
    manager.base.output_message = ignoreOutput;
    if (setjmp(manager.back) != 0) {
        jpeg_destroy_decompress(&info);
        return 0;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes.data(), bytes.size());
    jpeg_read_header(&info, TRUE);
    const int components = info.num_components;
    jpeg_destroy_decompress(&info);
    return components;
}

} // namespace

Image JpegLibrary::decode(std::span<const std::uint8_t> bytes, Size size, int channels)
{
    const int components = storedComponents(bytes) == 4 ? 4 : channels;
    Image image(size, channels);
    std::vector<std::uint8_t> inks(components == 4 ? size.pixels() * 4 : 0);
    jpeg_decompress_struct info{};
    ErrorManager manager;
    info.err = jpeg_std_error(&manager.base);
    manager.base.error_exit = giveUp;
    manager.base.emit_message = takeMessage;
    manager.base.output_message = ignoreOutput;
    const bool good =
        decodeRows(info, manager, bytes, size, components, components == 4 ? inks.data() : image.mutableBytes());
    const bool inverted = info.saw_Adobe_marker != 0;
    jpeg_destroy_decompress(&info);
    if (!good && manager.outOfMemory)
        throw Error(ErrorCode::OutOfMemory, {}, "not enough memory to decode the picture");
    if (!good)
        throw Error(ErrorCode::BrokenFile, {},
                    "the JPEG is damaged"
                        + (manager.message[0] != 0 ? ": " + std::string(manager.message.data()) : std::string()));
    return components == 4 ? fromCmyk(inks, size, inverted) : image;
}

} // namespace bitlens::image
