// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/gaussianwindow.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace bitlens::score {

namespace {
constexpr double kSigma = 1.5;
constexpr int kReach = GaussianWindow::kSize / 2;
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

Plane GaussianWindow::mean(const Plane &a, const base::ThreadPool &pool) const { return filter({&a, nullptr}, pool); }

Plane GaussianWindow::meanOfProduct(const Plane &a, const Plane &b, const base::ThreadPool &pool) const
{
    return filter({&a, &b}, pool);
}

Plane GaussianWindow::filter(const Product &product, const base::ThreadPool &pool) const
{
    Plane result(product.a->height - 2 * kReach, product.a->width - 2 * kReach);
    pool.forRanges(static_cast<std::size_t>(result.height), kRowsPerStrip,
                   [&](std::size_t begin, std::size_t end, int) {
                       forRows({&product, 1}, static_cast<int>(begin), static_cast<int>(end),
                               [&](int y, std::span<const double *const> rows) {
                                   std::copy_n(rows[0], result.width, result.line(y));
                               });
                   });
    return result;
}

void GaussianWindow::forRows(std::span<const Product> products, int begin, int end, const RowFunction &use) const
{
    const int inner = products[0].a->width;
    const int width = inner - 2 * kReach;
    const std::array<double, kReach + 1> w = m_weights;
    // For each product a ring of the last kSize rows, already filtered along x, and one finished row.
    constexpr int kRows = kSize + 1;
    std::vector<double> memory(products.size() * kRows * static_cast<std::size_t>(width));
    std::vector<double> multiplied(static_cast<std::size_t>(inner));
    const auto slot = [&](std::size_t product, int row) {
        return memory.data() + (product * kRows + static_cast<std::size_t>(row)) * static_cast<std::size_t>(width);
    };
    std::vector<const double *> finished;
    for (std::size_t i = 0; i < products.size(); ++i)
        finished.push_back(slot(i, kSize));
    for (int y = begin; y < end + 2 * kReach; ++y) {
        for (std::size_t i = 0; i < products.size(); ++i) {
            const double *in = products[i].a->line(y);
            if (products[i].b) {
                const double *other = products[i].b->line(y);
                for (int x = 0; x < inner; ++x)
                    multiplied[x] = in[x] * other[x];
                in = multiplied.data();
            }
            double *filtered = slot(i, y % kSize);
            for (int x = 0; x < width; ++x)
                filtered[x] = w[0] * (in[x] + in[x + 10]) + w[1] * (in[x + 1] + in[x + 9])
                              + w[2] * (in[x + 2] + in[x + 8]) + w[3] * (in[x + 3] + in[x + 7])
                              + w[4] * (in[x + 4] + in[x + 6]) + w[5] * in[x + 5];
        }
        const int row = y - 2 * kReach;
        if (row < begin)
            continue;
        for (std::size_t i = 0; i < products.size(); ++i) {
            std::array<const double *, kSize> r;
            for (int k = 0; k < kSize; ++k)
                r[k] = slot(i, (row + k) % kSize);
            double *out = slot(i, kSize);
            for (int x = 0; x < width; ++x)
                out[x] = w[0] * (r[0][x] + r[10][x]) + w[1] * (r[1][x] + r[9][x]) + w[2] * (r[2][x] + r[8][x])
                         + w[3] * (r[3][x] + r[7][x]) + w[4] * (r[4][x] + r[6][x]) + w[5] * r[5][x];
        }
        use(row, finished);
    }
}

} // namespace bitlens::score
