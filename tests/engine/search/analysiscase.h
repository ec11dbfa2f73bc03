// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/calibration.h"
#include "engine/run/floatrunner.h"
#include "engine/search/probepictures.h"

#include <memory>
#include <vector>

namespace bitlens::test {

/// An 8-bit picture with smooth parts, edges and grain.
inline image::Image texturedPicture(int width, int height, std::uint32_t seed)
{
    image::Image picture({width, height}, 3);
    std::uint8_t *out = picture.mutableBytes();
    std::uint32_t random = seed;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c) {
                random = random * 1664525U + 1013904223U;
                const int grain = static_cast<int>(random >> 27U);
                *out++ = static_cast<std::uint8_t>(((x / 9 + y / 7) % 2) * 120 + x * 60 / width + c * 15 + grain);
            }
    return picture;
}

/// A generator with pictures and ranges to analyse it on.
struct AnalysisCase {
    model::GeneratorPtr generator;
    std::vector<image::Planes> pictures;
    std::shared_ptr<const quant::Calibration> calibration;
};

inline AnalysisCase analysisCase(model::GeneratorPtr generator, const std::vector<image::Image> &pictures,
                                 const search::ProbeShape &shape)
{
    AnalysisCase made;
    made.generator = std::move(generator);
    made.pictures = search::probePictures(pictures, *made.generator, shape);
    run::FloatRunner runner(made.generator, 1);
    made.calibration = std::make_shared<quant::Calibration>(
        quant::calibrateMinMax(*made.generator, run::floatForward(runner, {}), made.pictures, {}));
    return made;
}

inline AnalysisCase analysisCase(model::GeneratorPtr generator, const search::ProbeShape &shape = {4, 16})
{
    return analysisCase(std::move(generator), {texturedPicture(60, 50, 1), texturedPicture(50, 70, 9)}, shape);
}

} // namespace bitlens::test
