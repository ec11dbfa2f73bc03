// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/divisivenormalisation.h"

#include "engine/score/sums.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace bitlens::score {

namespace {

constexpr int kNeighbours = 9;
constexpr int kCentre = 4;
constexpr int kMaximum = kNeighbours + 1 + 5; ///< columns: neighbours, siblings, parent

/// Two samples in one register: written out, because compilers do not vectorise sums.
using Pair = double __attribute__((vector_size(16)));

inline Pair load(const double *p)
{
    Pair pair;
    std::memcpy(&pair, p, sizeof pair);
    return pair;
}

/// Where the kMaximum columns of one row of coefficients begin. A missing parent is a row of zeros.
using Columns = std::array<const double *, kMaximum>;

class ColumnSource {
public:
    explicit ColumnSource(const BandSurroundings &surroundings)
        : m_surroundings(surroundings), m_zeros(static_cast<std::size_t>(surroundings.band->width))
    {
    }
    Columns row(int y) const
    {
        Columns columns;
        for (int i = 0; i < kNeighbours; ++i)
            columns[i] = m_surroundings.band->line(y + i / 3) + i % 3;
        for (int i = 0; i < 5; ++i)
            columns[kNeighbours + i] = m_surroundings.siblings[i]->line(y + 1) + 1;
        columns[kMaximum - 1] = m_surroundings.parent ? m_surroundings.parent->line(y + 1) + 1 : m_zeros.data();
        return columns;
    }

private:
    const BandSurroundings &m_surroundings;
    std::vector<double> m_zeros;
};

using Square = Eigen::Matrix<double, kMaximum, kMaximum>;

struct Products {
    Square sum = Square::Zero();
    Products &operator+=(const Products &other)
    {
        sum += other.sum;
        return *this;
    }
};

/// Adds the products of columns i..i+2 with columns j..j+2 over `count` samples to `sum`.
void addProducts(const Columns &columns, int i, int j, int count, Square &sum)
{
    Pair total[3][3] = {};
    int x = 0;
    for (; x + 2 <= count; x += 2) {
        const Pair a[3] = {load(columns[i] + x), load(columns[i + 1] + x), load(columns[i + 2] + x)};
        const Pair b[3] = {load(columns[j] + x), load(columns[j + 1] + x), load(columns[j + 2] + x)};
        for (int p = 0; p < 3; ++p)
            for (int q = 0; q < 3; ++q)
                total[p][q] += a[p] * b[q];
    }
    for (int p = 0; p < 3; ++p)
        for (int q = 0; q < 3; ++q) {
            double value = total[p][q][0] + total[p][q][1];
            for (int rest = x; rest < count; ++rest)
                value += columns[i + p][rest] * columns[j + q][rest];
            sum(i + p, j + q) += value;
        }
}

/// Mean of y yᵀ.
Square secondMoments(const ColumnSource &source, int height, int width, const base::ThreadPool &pool)
{
    constexpr std::size_t kRows = 16;
    constexpr int kSegment = 512; // samples of 15 columns that stay in the first-level cache
    Products total =
        orderedSum<Products>(static_cast<std::size_t>(height), kRows, pool, [&](std::size_t begin, std::size_t end) {
            Products products;
            for (std::size_t y = begin; y < end; ++y)
                for (int x = 0; x < width; x += kSegment) {
                    Columns columns = source.row(static_cast<int>(y));
                    for (const double *&column : columns)
                        column += x;
                    for (int i = 0; i < kMaximum; i += 3)
                        for (int j = i; j < kMaximum; j += 3)
                            addProducts(columns, i, j, std::min(kSegment, width - x), products.sum);
                }
            return products;
        });
    Square result = total.sum / (static_cast<double>(height) * width);
    result.triangularView<Eigen::StrictlyLower>() = result.transpose();
    return result;
}

/// The pseudo-inverse of a covariance whose negative eigenvalues are clipped and whose trace is kept. Zero rows and
/// columns (a missing parent) stay zero.
Square inverseOf(const Square &moments, int size)
{
    const Eigen::MatrixXd inner = moments.topLeftCorner(size, size);
    Square inverse = Square::Zero();
    if (!inner.allFinite()) {
        inverse.setConstant(std::numeric_limits<double>::quiet_NaN());
        return inverse;
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(inner);
    Eigen::VectorXd values = solver.eigenvalues();
    const double trace = values.sum();
    values = values.cwiseMax(0.0);
    const double clipped = values.sum();
    values *= trace / (clipped == 0.0 ? 1.0 : clipped);
    // MATLAB's pinv: what is below rounding of the largest counts as zero.
    const double cutoff = size * std::numeric_limits<double>::epsilon() * values.maxCoeff();
    for (Eigen::Index i = 0; i < values.size(); ++i)
        values[i] = values[i] > cutoff ? 1 / values[i] : 0.0;
    inverse.topLeftCorner(size, size) = solver.eigenvectors() * values.asDiagonal() * solver.eigenvectors().transpose();
    return inverse;
}

/// yᵀ M y for two neighbouring samples, M symmetric, its off-diagonal doubled in `m`.
inline Pair quadraticForm(const Columns &columns, int x, const double (&m)[kMaximum][kMaximum])
{
    Pair y[kMaximum];
    for (int i = 0; i < kMaximum; ++i)
        y[i] = load(columns[i] + x);
    Pair sum = {};
    for (int i = 0; i < kMaximum; ++i) {
        Pair inner = y[i] * m[i][i];
        for (int j = i + 1; j < kMaximum; ++j)
            inner += y[j] * m[i][j];
        sum += y[i] * inner;
    }
    return sum;
}

} // namespace

Plane divisivelyNormalised(const BandSurroundings &surroundings, const base::ThreadPool &pool)
{
    const Plane &band = *surroundings.band;
    const int height = band.height - 2;
    const int width = band.width - 2;
    const int guard = surroundings.guard;
    const ColumnSource source(surroundings);
    const Square moments = secondMoments(source, height, width, pool);
    const int size = surroundings.parent ? kMaximum : kMaximum - 1;
    const Square inverse = inverseOf(moments, size);
    const double divisor = surroundings.parent ? kNeighbours + 1 : kNeighbours;
    double m[kMaximum][kMaximum] = {};
    for (int i = 0; i < kMaximum; ++i)
        for (int j = i; j < kMaximum; ++j)
            m[i][j] = (i == j ? 1.0 : 2.0) * inverse(i, j) / divisor;

    constexpr std::size_t kRows = 16;
    const double mean = orderedSum<double>(static_cast<std::size_t>(height), kRows, pool,
                                           [&](std::size_t begin, std::size_t end) {
                                               double sum = 0.0;
                                               for (std::size_t y = begin; y < end; ++y) {
                                                   const double *in = source.row(static_cast<int>(y))[kCentre];
                                                   sum += laneSum(0, static_cast<std::size_t>(width),
                                                                  [&](std::size_t x) { return in[x]; });
                                               }
                                               return sum;
                                           })
                        / (static_cast<double>(height) * width);

    Plane result(height - 2 * guard, width - 2 * guard);
    const double resultMean =
        orderedSum<double>(static_cast<std::size_t>(result.height), kRows, pool,
                           [&](std::size_t begin, std::size_t end) {
                               double sum = 0.0;
                               for (std::size_t y = begin; y < end; ++y) {
                                   Columns columns = source.row(static_cast<int>(y) + guard);
                                   for (const double *&column : columns)
                                       column += guard;
                                   double *out = result.line(static_cast<int>(y));
                                   // The last pair overlaps the one before when the width is odd.
                                   for (int x = 0; x < result.width; x += 2) {
                                       const int at = std::min(x, result.width - 2);
                                       const Pair square = quadraticForm(columns, at, m);
                                       for (int k = 0; k < 2; ++k)
                                           out[at + k] = (columns[kCentre][at + k] - mean) / std::sqrt(square[k]);
                                   }
                                   sum += laneSum(0, static_cast<std::size_t>(result.width),
                                                  [&](std::size_t x) { return out[x]; });
                               }
                               return sum;
                           })
        / static_cast<double>(result.count());
    for (double &sample : result.samples)
        sample -= resultMean;
    return result;
}

} // namespace bitlens::score
