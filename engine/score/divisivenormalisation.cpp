// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/divisivenormalisation.h"

#include "engine/score/sampleloops.h"
#include "engine/score/sums.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

namespace bitlens::score {

namespace {

constexpr int kNeighbours = 9;
constexpr int kCentre = 4;
constexpr int kMaximum = SampleLoops::kColumns; ///< neighbours, siblings, parent
static_assert(kMaximum == kNeighbours + 5 + 1);

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

struct Moments {
    Square products = Square::Zero(); ///< upper blocks of 3 x 3 only
    double centre = 0.0;
    Moments &operator+=(const Moments &other)
    {
        products += other.products;
        centre += other.centre;
        return *this;
    }
};

/// Means of y yᵀ and of the coefficients themselves.
Moments momentsOf(const ColumnSource &source, int height, int width, const base::ThreadPool &pool)
{
    constexpr std::size_t kRows = 16;
    constexpr int kSegment = 256; // samples of 15 columns that stay in the first-level cache
    const SampleLoops &loops = sampleLoops();
    Moments total =
        orderedSum<Moments>(static_cast<std::size_t>(height), kRows, pool, [&](std::size_t begin, std::size_t end) {
            Moments moments;
            double sums[kMaximum / 3][kMaximum / 3][9] = {};
            for (std::size_t y = begin; y < end; ++y)
                for (int x = 0; x < width; x += kSegment) {
                    const int count = std::min(kSegment, width - x);
                    Columns columns = source.row(static_cast<int>(y));
                    for (const double *&column : columns)
                        column += x;
                    moments.centre += loops.sum(columns[kCentre], count);
                    for (int i = 0; i < kMaximum; i += 3)
                        for (int j = i; j < kMaximum; j += 3)
                            loops.addProducts(columns.data() + i, columns.data() + j, count, sums[i / 3][j / 3]);
                }
            for (int i = 0; i < kMaximum; ++i)
                for (int j = i / 3 * 3; j < kMaximum; ++j)
                    moments.products(i, j) = sums[i / 3][j / 3][i % 3 * 3 + j % 3];
            return moments;
        });
    const double count = static_cast<double>(height) * width;
    total.products /= count;
    total.products.triangularView<Eigen::StrictlyLower>() = total.products.transpose();
    total.centre /= count;
    return total;
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

} // namespace

Plane divisivelyNormalised(const BandSurroundings &surroundings, const base::ThreadPool &pool)
{
    const Plane &band = *surroundings.band;
    const int height = band.height - 2;
    const int width = band.width - 2;
    const int guard = surroundings.guard;
    const ColumnSource source(surroundings);
    const Moments moments = momentsOf(source, height, width, pool);
    const int size = surroundings.parent ? kMaximum : kMaximum - 1;
    const Square inverse = inverseOf(moments.products, size);
    const double divisor = surroundings.parent ? kNeighbours + 1 : kNeighbours;
    double m[kMaximum][kMaximum] = {};
    for (int i = 0; i < kMaximum; ++i)
        for (int j = i; j < kMaximum; ++j)
            m[i][j] = (i == j ? 1.0 : 2.0) * inverse(i, j) / divisor;

    const SampleLoops &loops = sampleLoops();
    constexpr std::size_t kRows = 16;
    Plane result(height - 2 * guard, width - 2 * guard);
    const auto rows = static_cast<std::size_t>(result.height);
    const double resultMean =
        orderedSum<double>(rows, kRows, pool,
                           [&](std::size_t begin, std::size_t end) {
                               double sum = 0.0;
                               for (std::size_t y = begin; y < end; ++y) {
                                   Columns columns = source.row(static_cast<int>(y) + guard);
                                   for (const double *&column : columns)
                                       column += guard;
                                   double *out = result.line(static_cast<int>(y));
                                   loops.normalise(columns.data(), kCentre, result.width, m[0], moments.centre, out);
                                   sum += loops.sum(out, result.width);
                               }
                               return sum;
                           })
        / static_cast<double>(result.count());
    pool.forRanges(rows, kRows, [&](std::size_t begin, std::size_t end, int) {
        double *first = result.line(static_cast<int>(begin));
        std::for_each(first, result.line(static_cast<int>(end)), [=](double &sample) { sample -= resultMean; });
    });
    return result;
}

} // namespace bitlens::score
