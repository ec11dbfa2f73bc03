// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/opencvcodec.h"

#include "engine/base/error.h"

#include <algorithm>
#include <limits>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

namespace bitlens::image {

namespace {

using base::Error;
using base::ErrorCode;

/// OpenCV's message without its source location.
std::string reason(const cv::Exception &exception) { return exception.err.empty() ? exception.msg : exception.err; }

int matrixType(const Image &image)
{
    return CV_MAKETYPE(image.type() == SampleType::U8 ? CV_8U : CV_16U, image.channels());
}

/// Copies pixels and swaps first and third colour: OpenCV has blue first.
template <typename Sample>
void copySwapped(const Sample *in, Sample *out, int width, int channels)
{
    std::copy_n(in, static_cast<std::size_t>(width) * static_cast<std::size_t>(channels), out);
    if (channels >= 3)
        for (int x = 0; x < width; ++x, out += channels)
            std::swap(out[0], out[2]);
}

Image fromMatrix(const cv::Mat &matrix)
{
    const SampleType type = matrix.depth() == CV_8U ? SampleType::U8 : SampleType::U16;
    Image image({matrix.cols, matrix.rows}, matrix.channels(), type);
    std::uint8_t *out = image.mutableBytes();
    for (int y = 0; y < matrix.rows; ++y, out += image.bytesPerLine()) {
        if (type == SampleType::U8)
            copySwapped(matrix.ptr<std::uint8_t>(y), out, matrix.cols, matrix.channels());
        else
            copySwapped(matrix.ptr<std::uint16_t>(y), reinterpret_cast<std::uint16_t *>(out), matrix.cols,
                        matrix.channels());
    }
    return image;
}

cv::Mat toMatrix(const Image &image)
{
    cv::Mat matrix(image.height(), image.width(), matrixType(image));
    for (int y = 0; y < image.height(); ++y) {
        if (image.type() == SampleType::U8)
            copySwapped(image.line8(y), matrix.ptr<std::uint8_t>(y), image.width(), image.channels());
        else
            copySwapped(image.line16(y), matrix.ptr<std::uint16_t>(y), image.width(), image.channels());
    }
    return matrix;
}

template <typename Sample>
void changeChannels(const Image &image, Image &result)
{
    const int from = image.channels();
    const int to = result.channels();
    const auto *in = reinterpret_cast<const Sample *>(image.bytes());
    auto *out = reinterpret_cast<Sample *>(result.mutableBytes());
    const int colours = result.isGray() ? 1 : 3;
    for (std::size_t i = 0; i < image.size().pixels(); ++i, in += from, out += to) {
        for (int colour = 0; colour < colours; ++colour)
            out[colour] = in[image.isGray() ? 0 : colour];
        if (result.hasAlpha())
            out[colours] = image.hasAlpha() ? in[from - 1] : static_cast<Sample>(image.maximum());
    }
}

} // namespace

Image OpenCvCodec::decode(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw Error(ErrorCode::TooLarge, {}, "files of more than 2 GiB cannot be decoded");
    cv::Mat matrix;
    try {
        // The source only refers to the bytes; imdecode does not write to them.
        const cv::Mat source(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::uint8_t *>(bytes.data()));
        // Not into memory of ours: where OpenCV cannot even read the header it leaves that as it is.
        matrix = cv::imdecode(source, cv::IMREAD_UNCHANGED);
    } catch (const cv::Exception &exception) {
        if (exception.code == cv::Error::StsNoMem)
            throw Error(ErrorCode::OutOfMemory, {}, "not enough memory to decode the picture");
        throw Error(ErrorCode::BrokenFile, {}, "the picture cannot be decoded: " + reason(exception));
    }
    if (matrix.empty())
        throw Error(ErrorCode::BrokenFile, {}, "the picture cannot be decoded; its data is damaged");
    const int channels = matrix.channels();
    if ((matrix.depth() != CV_8U && matrix.depth() != CV_16U) || (channels != 1 && channels != 3 && channels != 4))
        throw Error(ErrorCode::UnknownFormat, {}, "pictures with this type of samples are not supported");
    return fromMatrix(matrix);
}

std::vector<std::uint8_t> OpenCvCodec::encode(const Image &image, const std::string &extension,
                                              const std::vector<int> &parameters)
{
    std::vector<std::uint8_t> bytes;
    try {
        if (cv::imencode(extension, toMatrix(image), bytes, parameters) && !bytes.empty())
            return bytes;
    } catch (const cv::Exception &exception) {
        if (exception.code == cv::Error::StsNoMem)
            throw Error(ErrorCode::OutOfMemory, {}, "not enough memory to encode the picture");
        throw Error(ErrorCode::Internal, {}, "the picture cannot be encoded: " + reason(exception));
    }
    throw Error(ErrorCode::Internal, {}, "the picture cannot be encoded");
}

Image withChannels(const Image &image, int channels)
{
    if (image.channels() == channels)
        return image;
    Image result(image.size(), channels, image.type());
    if (image.type() == SampleType::U8)
        changeChannels<std::uint8_t>(image, result);
    else
        changeChannels<std::uint16_t>(image, result);
    result.setIccProfile(image.iccProfile());
    return result;
}

} // namespace bitlens::image
