// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/bicubicenlargement.h"

#include <array>
#include <cmath>
#include <vector>

namespace bitlens::score {

namespace {

struct Taps {
    std::array<int, 4> index;
    std::array<double, 4> weight;
};

double cubic(double x)
{
    const double a = std::abs(x);
    if (a <= 1)
        return 1.5 * a * a * a - 2.5 * a * a + 1;
    return a <= 2 ? -0.5 * a * a * a + 2.5 * a * a - 4 * a + 2 : 0.0;
}

std::vector<Taps> tapsFor(int inputs, int outputs, double factor)
{
    std::vector<Taps> taps(static_cast<std::size_t>(outputs));
    for (int i = 0; i < outputs; ++i) {
        const double centre = (i + 1) / factor + 0.5 * (1 - 1 / factor); // counted from 1, as MATLAB does
        const int first = static_cast<int>(std::floor(centre - 2)) + 1;
        double sum = 0.0;
        for (int k = 0; k < 4; ++k) {
            const double weight = cubic(centre - (first + k));
            int index = (first + k - 1) % (2 * inputs);
            index = index < 0 ? index + 2 * inputs : index;
            taps[i].index[k] = index < inputs ? index : 2 * inputs - 1 - index;
            taps[i].weight[k] = weight;
            sum += weight;
        }
        for (double &weight : taps[i].weight)
            weight /= sum;
    }
    return taps;
}

} // namespace

void enlarge(const Plane &plane, const Enlargement &enlargement, const base::ThreadPool &pool, Plane &result)
{
    if (result.height != enlargement.height || result.width != enlargement.width)
        result = Plane(enlargement.height, enlargement.width);
    const std::vector<Taps> down = tapsFor(plane.height, enlargement.height, enlargement.verticalFactor);
    const std::vector<Taps> across = tapsFor(plane.width, enlargement.width, enlargement.horizontalFactor);
    constexpr std::size_t kRows = 32;
    pool.forRanges(down.size(), kRows, [&](std::size_t begin, std::size_t end, int) {
        std::vector<double> column(static_cast<std::size_t>(plane.width));
        for (std::size_t y = begin; y < end; ++y) {
            const Taps &t = down[y];
            const double *r[4] = {plane.line(t.index[0]), plane.line(t.index[1]), plane.line(t.index[2]),
                                  plane.line(t.index[3])};
            for (int x = 0; x < plane.width; ++x)
                column[x] =
                    t.weight[0] * r[0][x] + t.weight[1] * r[1][x] + t.weight[2] * r[2][x] + t.weight[3] * r[3][x];
            double *out = result.line(static_cast<int>(y));
            for (std::size_t x = 0; x < across.size(); ++x) {
                const Taps &s = across[x];
                out[x] = s.weight[0] * column[s.index[0]] + s.weight[1] * column[s.index[1]]
                         + s.weight[2] * column[s.index[2]] + s.weight[3] * column[s.index[3]];
            }
        }
    });
}

} // namespace bitlens::score
