// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// blame_methods MODEL IMAGE PLAN [REGIONS]: which way of naming a layer guilty explains the error of a region better:
// quantizing it alone, or restoring it to FP32 while all others stay quantized. For regions spread over the picture,
// prints how much of the error the layers' own errors leave unexplained when added up, and how much of it remains when
// the three layers that are blamed most are restored together. engine/compare/blame.h cites its figures.

#include "engine/compare/foldercalibration.h"
#include "engine/image/codec.h"
#include "engine/model/reader.h"
#include "engine/run/partialrunner.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

using namespace bitlens;

namespace {

constexpr int kThreads = 2;
constexpr int kContext = 24;
constexpr int kRegion = 6; // input pixels
constexpr std::size_t kWorst = 3;

using Vector = std::vector<double>;

Vector clampedRegion(const image::Planes &picture, const image::Rect &region)
{
    const image::Planes part = picture.cropped(region);
    Vector values(part.count());
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = 255.0 * static_cast<double>(std::clamp(part.data()[i], 0.0F, 1.0F));
    return values;
}

Vector minus(Vector a, const Vector &b)
{
    for (std::size_t i = 0; i < a.size(); ++i)
        a[i] -= b[i];
    return a;
}

double dot(const Vector &a, const Vector &b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

std::vector<std::size_t> without(std::vector<std::size_t> all, const std::vector<std::size_t> &gone)
{
    std::erase_if(all, [&](std::size_t layer) { return std::find(gone.begin(), gone.end(), layer) != gone.end(); });
    return all;
}

struct Method {
    const char *name;
    double unexplained = 0.0; ///< |e - sum of parts|^2 / |e|^2
    double left = 0.0;        ///< of the squared error after restoring the worst layers
};

} // namespace

int main(int argc, char **argv)
{
    if (argc < 4) {
        std::fprintf(stderr, "usage: blame_methods MODEL IMAGE PLAN [REGIONS]\n");
        return 2;
    }
    const model::GeneratorPtr generator = model::readGenerator(argv[1]);
    const base::ThreadPool pool(kThreads);
    const auto calibration = compare::calibrateOn(argv[2], generator, pool, {});
    const auto quantized = quant::quantize(generator, quant::planFromArgument(argv[3], *generator), *calibration);
    const image::Planes picture = image::toPlanes(image::readImage(argv[2]));
    const int count = argc > 4 ? std::atoi(argv[4]) : 12;

    std::vector<std::size_t> all(generator->layers.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::array<Method, 4> methods{{{"alone, by its own energy"},
                                   {"alone, by its part in the error"},
                                   {"restored, by the drop of the error"},
                                   {"restored, by its part in the error"}}};
    run::PartialRunner runner(generator, kThreads);
    const int side = 2 * kContext + kRegion;
    int measured = 0;
    for (int i = 0; i < count; ++i) {
        const int x = (picture.width() - side) * (i * 7 % count) / count;
        const int y = (picture.height() - side) * i / count;
        runner.setPicture(picture.cropped({x, y, side, side}), {});
        const int scale = generator->scale;
        const image::Rect region{kContext * scale, kContext * scale, kRegion * scale, kRegion * scale};
        const auto regionOf = [&](const std::vector<std::size_t> &layers) {
            return clampedRegion(runner.run(*quantized, layers, {}), region);
        };
        const Vector original = clampedRegion(runner.fp32(), region);
        const Vector whole = regionOf(all);
        const Vector error = minus(whole, original);
        const double energy = dot(error, error);
        if (energy <= 0.0)
            continue;
        ++measured;
        std::array<Vector, 4> scores;
        std::array<Vector, 2> sums{Vector(error.size()), Vector(error.size())};
        for (const std::size_t layer : all) {
            const Vector alone = minus(regionOf({layer}), original);
            const Vector restored = minus(whole, regionOf(without(all, {layer})));
            scores[0].push_back(dot(alone, alone));
            scores[1].push_back(dot(alone, error));
            scores[2].push_back(2.0 * dot(restored, error) - dot(restored, restored));
            scores[3].push_back(dot(restored, error));
            for (std::size_t k = 0; k < error.size(); ++k) {
                sums[0][k] += alone[k];
                sums[1][k] += restored[k];
            }
        }
        for (std::size_t m = 0; m < methods.size(); ++m) {
            const Vector rest = minus(error, sums[m / 2]);
            methods[m].unexplained += dot(rest, rest) / energy;
            std::vector<std::size_t> ranked = all;
            std::stable_sort(ranked.begin(), ranked.end(),
                             [&](std::size_t a, std::size_t b) { return scores[m][a] > scores[m][b]; });
            ranked.resize(std::min(kWorst, ranked.size()));
            const Vector left = minus(regionOf(without(all, ranked)), original);
            methods[m].left += dot(left, left) / energy;
        }
    }
    for (const Method &method : methods)
        std::printf("%-36s sum leaves %5.1f %% unexplained; worst three restored leave %5.1f %% of the squared error\n",
                    method.name, 100.0 * method.unexplained / measured, 100.0 * method.left / measured);
    return 0;
}
