// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

namespace bitlens::test {

/// Stages and layers of an SRGAN x4 generator without its numbers: enough for everything the widgets look at.
inline model::GeneratorPtr srganOutline(int blocks = 5)
{
    auto generator = std::make_shared<model::Generator>();
    generator->name = "outline";
    const auto addStage = [&](const std::string &stage, std::initializer_list<const char *> names, int kernel) {
        generator->stages.push_back(
            {stage, static_cast<int>(generator->layers.size()), static_cast<int>(names.size())});
        for (const char *name : names) {
            model::ConvLayer layer;
            layer.name = name;
            layer.path = stage + "/" + name;
            layer.inputs = {static_cast<int>(generator->layers.size())};
            layer.inChannels = 64;
            layer.outChannels = 64;
            layer.kernel = kernel;
            generator->layers.push_back(layer);
        }
    };
    addStage("head", {"conv"}, 9);
    for (int block = 1; block <= blocks; ++block)
        addStage("body/block" + std::to_string(block), {"conv1", "conv2"}, 3);
    addStage("trunk", {"conv"}, 3);
    addStage("up1", {"conv"}, 3);
    addStage("up2", {"conv"}, 3);
    addStage("tail", {"conv"}, 9);
    return generator;
}

inline image::Image uniform(image::Size size, int red, int green, int blue)
{
    image::Image picture(size, 3);
    std::uint8_t *to = picture.mutableBytes();
    for (std::size_t i = 0; i < size.pixels(); ++i, to += 3) {
        to[0] = static_cast<std::uint8_t>(red);
        to[1] = static_cast<std::uint8_t>(green);
        to[2] = static_cast<std::uint8_t>(blue);
    }
    return picture;
}

/// A picture in which every pixel tells where it is: red counts columns, green rows.
inline image::Image coordinates(image::Size size)
{
    image::Image picture(size, 3);
    std::uint8_t *to = picture.mutableBytes();
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x, to += 3) {
            to[0] = static_cast<std::uint8_t>(x % 256);
            to[1] = static_cast<std::uint8_t>(y % 256);
            to[2] = 0;
        }
    }
    return picture;
}

/// Samples without any order, the same each time.
inline image::Image noise(image::Size size, int channels)
{
    image::Image picture(size, channels);
    std::uint8_t *to = picture.mutableBytes();
    unsigned value = 1;
    for (std::size_t i = 0; i < picture.byteCount(); ++i) {
        value = value * 1664525U + 1013904223U;
        to[i] = static_cast<std::uint8_t>(value >> 24);
    }
    return picture;
}

inline compare::Report exampleReport()
{
    compare::Report report;
    report.fp32.bytes = 6200000;
    report.fp32.seconds = 1.21;
    report.fp32.backend = "LibTorch";
    report.quantized.bytes = 1573000;
    report.quantized.seconds = 0.204;
    report.quantized.backend = "integer (AVX2)";
    report.quantized.psnrFp32.value = 53.14;
    report.quantized.ssimFp32.value = 0.9987;
    report.fp32.psnrHr.value = 30.66;
    report.quantized.psnrHr.value = 30.61;
    report.fp32.ssimHr.value = 0.8712;
    report.quantized.ssimHr.value = 0.8709;
    report.fp32.niqe.value = 4.21;
    report.quantized.niqe.value = 4.19;
    report.fp32.ma.reason = "the Ma model is not installed";
    report.quantized.ma.reason = "the Ma model is not installed";
    report.fp32.pi.reason = "needs Ma";
    report.quantized.pi.reason = "needs Ma";
    return report;
}

} // namespace bitlens::test
