// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/gaussianwindow.h"

#include <algorithm>
#include <cmath>

namespace bitlens::score {

namespace {
constexpr double kSigma = 1.5;
constexpr int kReach = GaussianWindow::kSize / 2;
constexpr std::size_t kRowsPerStrip = 64; // ten rows are filtered twice at each seam: 16 %
} // namespace

GaussianWindow::GaussianWindow()
{
    double sum = 0.0;
    for (int k = 0; k <= kReach; ++k) {
        const int distance = kReach - k;
        m_weights[k] = std::exp(-(distance * distance) / (2 * kSigma * kSigma));
        sum += distance == 0 ? m_weights[k] : 2 * m_weights[k];
    }
    for (double &weight : m_weights)
        weight /= sum;
}

Plane GaussianWindow::mean(const Plane &a, const base::ThreadPool &pool) const { return filter(a, nullptr, pool); }

Plane GaussianWindow::meanOfProduct(const Plane &a, const Plane &b, const base::ThreadPool &pool) const
{
    return filter(a, &b, pool);
}

Plane GaussianWindow::filter(const Plane &a, const Plane *b, const base::ThreadPool &pool) const
{
    Plane result(a.height - 2 * kReach, a.width - 2 * kReach);
    const int width = result.width;
    const std::array<double, kReach + 1> w = m_weights;
    pool.forRanges(
        static_cast<std::size_t>(result.height), kRowsPerStrip, [&](std::size_t begin, std::size_t end, int) {
            // A ring of the last kSize rows, already filtered along x.
            std::vector<double> ring(static_cast<std::size_t>(kSize) * width);
            std::vector<double> product(b ? static_cast<std::size_t>(a.width) : 0);
            const auto slot = [&](int row) { return ring.data() + static_cast<std::size_t>(row % kSize) * width; };
            for (int y = static_cast<int>(begin); y < static_cast<int>(end) + 2 * kReach; ++y) {
                const double *in = a.line(y);
                if (b) {
                    const double *other = b->line(y);
                    for (int x = 0; x < a.width; ++x)
                        product[x] = in[x] * other[x];
                    in = product.data();
                }
                double *filtered = slot(y);
                for (int x = 0; x < width; ++x)
                    filtered[x] = w[0] * (in[x] + in[x + 10]) + w[1] * (in[x + 1] + in[x + 9])
                                  + w[2] * (in[x + 2] + in[x + 8]) + w[3] * (in[x + 3] + in[x + 7])
                                  + w[4] * (in[x + 4] + in[x + 6]) + w[5] * in[x + 5];
                const int row = y - 2 * kReach;
                if (row < static_cast<int>(begin))
                    continue;
                std::array<const double *, kSize> r;
                for (int k = 0; k < kSize; ++k)
                    r[k] = slot(row + k);
                double *out = result.line(row);
                for (int x = 0; x < width; ++x)
                    out[x] = w[0] * (r[0][x] + r[10][x]) + w[1] * (r[1][x] + r[9][x]) + w[2] * (r[2][x] + r[8][x])
                             + w[3] * (r[3][x] + r[7][x]) + w[4] * (r[4][x] + r[6][x]) + w[5] * r[5][x];
            }
        });
    return result;
}

} // namespace bitlens::score
