// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/brisque.h"

#include "engine/score/plane.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <new>

#include <opencv2/core.hpp>
#include <opencv2/quality/qualitybrisque.hpp>

namespace bitlens::score {

namespace fs = std::filesystem;

namespace {

constexpr char kModelFile[] = "brisque_model_live.yml";
constexpr char kRangeFile[] = "brisque_range_live.yml";
/// Below this the half-size scale has too few samples for its statistics.
constexpr int kSmallestSide = 32;

bool hasModel(const fs::path &folder)
{
    std::error_code ignored;
    return fs::is_regular_file(folder / kModelFile, ignored) && fs::is_regular_file(folder / kRangeFile, ignored);
}

/// 8-bit B, G, R as OpenCV wants it.
cv::Mat colourMatrix(const image::Image &image)
{
    cv::Mat matrix(image.height(), image.width(), CV_8UC3);
    for (int channel = 0; channel < 3; ++channel) {
        const Plane plane = colourPlane(image, channel, 0);
        for (int y = 0; y < plane.height; ++y) {
            auto *out = matrix.ptr<cv::Vec3b>(y);
            for (int x = 0; x < plane.width; ++x)
                out[x][2 - channel] = static_cast<std::uint8_t>(plane.line(y)[x]);
        }
    }
    return matrix;
}

} // namespace

Metric brisque(const image::Image &image)
{
    for (const char *folder : {"/usr/share/opencv4/quality", "/usr/local/share/opencv4/quality"})
        if (hasModel(folder))
            return brisque(image, folder);
    return Metric::notAvailable("BRISQUE model not installed (package opencv-data)");
}

Metric brisque(const image::Image &image, const std::string &modelFolder)
{
    if (!hasModel(modelFolder))
        return Metric::notAvailable("BRISQUE model not installed (package opencv-data)");
    if (std::min(image.width(), image.height()) < kSmallestSide)
        return Metric::notAvailable(fmt::format("image too small (needs at least {0}x{0} pixels)", kSmallestSide));
    const Plane luma = lumaPlane(image, 0);
    const auto range = std::minmax_element(luma.samples.begin(), luma.samples.end());
    if (*range.first == *range.second)
        return Metric::notAvailable("flat image");
    try {
        const fs::path folder(modelFolder);
        const cv::Scalar score = cv::quality::QualityBRISQUE::compute(
            colourMatrix(image), (folder / kModelFile).string(), (folder / kRangeFile).string());
        return std::isfinite(score[0]) ? Metric::of(score[0]) : Metric::notAvailable("flat image");
    } catch (const cv::Exception &) {
        return Metric::notAvailable("BRISQUE model cannot be read");
    }
}

} // namespace bitlens::score
