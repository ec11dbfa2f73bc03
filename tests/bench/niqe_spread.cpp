// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// niqe_spread FOLDER [PSNR…]: how far NIQE moves when pictures change by noise alone. Gaussian noise of so many dB
// (default: 52 and 55, where int8 and multi are) is added to every picture of a folder, several times with other seeds;
// mean and standard deviation of the change of one picture's NIQE, and of the folder's mean. A change of NIQE that is
// smaller says nothing about a quantized model.

#include "engine/base/parallel.h"
#include "engine/compare/imagefolder.h"
#include "engine/image/codec.h"
#include "engine/score/niqe.h"
#include "engine/score/psnr.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

using namespace bitlens;

namespace {

constexpr int kSeeds = 16;

/// The picture with the same noise on R, G and B, which is how far Y moves: luma weights sum up to 219 / 255 of it.
image::Image withNoise(const image::Image &picture, double psnr, unsigned seed)
{
    constexpr double kLumaSpan = 219.0 / 255.0;
    constexpr double kRoundingVariance = 1.0 / 12.0;
    const double wanted = 255.0 * std::pow(10.0, -psnr / 20.0) / kLumaSpan;
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0.0, std::sqrt(std::max(0.0, wanted * wanted - kRoundingVariance)));
    image::Image noisy = picture;
    const auto channels = static_cast<std::size_t>(picture.channels());
    for (std::size_t i = 0; i + channels <= noisy.byteCount(); i += channels) {
        const double added = noise(random);
        for (std::size_t c = 0; c < channels; ++c)
            noisy.mutableBytes()[i + c] = static_cast<std::uint8_t>(
                std::clamp(std::lround(static_cast<double>(picture.bytes()[i + c]) + added), 0L, 255L));
    }
    return noisy;
}

struct Spread {
    double mean = 0.0;
    double deviation = 0.0;
};

Spread spreadOf(const std::vector<double> &values)
{
    Spread spread;
    for (const double value : values)
        spread.mean += value / static_cast<double>(values.size());
    for (const double value : values)
        spread.deviation += (value - spread.mean) * (value - spread.mean) / static_cast<double>(values.size() - 1);
    spread.deviation = std::sqrt(spread.deviation);
    return spread;
}

void report(const std::string &folder, double psnr, const base::ThreadPool &pool)
{
    std::vector<double> means(kSeeds, 0.0);
    const std::vector<std::string> paths = compare::imagesOf(folder);
    for (const std::string &path : paths) {
        const image::Image picture = image::readImage(path);
        const auto before = score::niqe(picture, pool).value;
        if (!before)
            continue;
        std::vector<double> changes;
        double reached = 0.0; // of what was meant, after rounding and clamping
        for (int seed = 0; seed < kSeeds; ++seed) {
            const image::Image noisy = withNoise(picture, psnr, static_cast<unsigned>(seed) + 1U);
            reached += score::psnr(noisy, picture, {}, pool).value.value_or(0.0) / kSeeds;
            const auto after = score::niqe(noisy, pool).value;
            changes.push_back(after.value_or(*before) - *before);
            means[static_cast<std::size_t>(seed)] += changes.back() / static_cast<double>(paths.size());
        }
        const Spread spread = spreadOf(changes);
        std::puts(fmt::format("{:.1f} dB  {}  NIQE {:.2f}, changes by {:+.3f} +- {:.3f}", reached,
                              path.substr(path.rfind('/') + 1), *before, spread.mean, spread.deviation)
                      .c_str());
    }
    const Spread spread = spreadOf(means);
    std::puts(fmt::format("{:.0f} dB  mean of {} pictures changes by {:+.3f} +- {:.3f}", psnr, paths.size(),
                          spread.mean, spread.deviation)
                  .c_str());
}

} // namespace

int main(int count, char **arguments)
{
    if (count < 2) {
        std::fputs("niqe_spread FOLDER [PSNR…]\n", stderr);
        return 2;
    }
    try {
        const base::ThreadPool pool;
        std::vector<double> levels{52.0, 55.0};
        if (count > 2)
            levels.clear();
        for (int i = 2; i < count; ++i)
            levels.push_back(std::atof(arguments[i]));
        for (const double level : levels)
            report(arguments[1], level, pool);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
