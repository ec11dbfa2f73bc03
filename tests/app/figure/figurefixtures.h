// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/figure/figuremaker.h"
#include "engine/image/resample.h"
#include "tests/engine/compare/testpictures.h"

#include <algorithm>

namespace bitlens::test {

/// A comparison that nothing was run for: FP32 is the bicubic enlargement, the plan differs in one stroke.
inline figure::Source makeFigureSource(image::Size input, int channels = 3,
                                       image::SampleType type = image::SampleType::U8)
{
    figure::Source source;
    source.input = patternPicture(input, channels, type);
    source.fp32 = image::resizeBicubic(source.input, {input.width * 4, input.height * 4});
    image::Image quantized = source.fp32;
    // One place that is visibly worse.
    std::fill_n(quantized.mutableBytes() + quantized.bytesPerLine() * input.height, 30, std::uint8_t{255});
    source.report.input = "/somewhere/pattern.png";
    source.report.model = "tiny";
    source.report.plan = "int8";
    source.report.inputSize = input;
    source.report.outputSize = source.fp32.size();
    source.report.fp32.bytes = 1000;
    source.report.fp32.seconds = 1.0;
    compare::SideReport side;
    side.bytes = 250;
    side.seconds = 0.5;
    side.psnrFp32.value = 42.0;
    source.report.quantized = side;
    source.plans.push_back({"int8", "*=8/8", quantized, side});
    return source;
}

} // namespace bitlens::test
