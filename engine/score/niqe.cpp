// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/niqe.h"

#include "engine/score/niqefeatures.h"

#include <Eigen/Dense>
#include <cmath>
#include <fmt/format.h>

namespace bitlens::score {

namespace {

using detail::kNiqeFeatures;

constexpr double kPristine[(kNiqeFeatures + 1) * kNiqeFeatures] = {
#include "resources/niqe/pristine.inc"
};

using Row = Eigen::Matrix<double, 1, static_cast<int>(kNiqeFeatures)>;
using Square = Eigen::Matrix<double, static_cast<int>(kNiqeFeatures), static_cast<int>(kNiqeFeatures), Eigen::RowMajor>;

/// d · pinv(c) · dᵀ for a symmetric c; directions below 1e-15 of the largest count as empty.
double quadraticForm(const Square &c, const Row &d)
{
    const Eigen::SelfAdjointEigenSolver<Square> solver(c);
    const auto &values = solver.eigenvalues();
    const double cutoff = 1e-15 * values.cwiseAbs().maxCoeff();
    double sum = 0.0;
    for (Eigen::Index i = 0; i < values.size(); ++i) {
        const double projection = solver.eigenvectors().col(i).dot(d.transpose());
        if (std::abs(values[i]) > cutoff)
            sum += projection * projection / values[i];
    }
    return sum;
}

} // namespace

namespace detail {

Metric niqeFromFeatures(const NiqeBlockFeatures &features)
{
    if (features.size() < 2)
        return Metric::notAvailable(
            fmt::format("image too small (needs at least {0}x{1} or {1}x{0} pixels)", niqeSide(1), niqeSide(2)));
    Row mean = Row::Zero();
    for (std::size_t f = 0; f < kNiqeFeatures; ++f) {
        double sum = 0.0;
        int count = 0;
        for (const auto &block : features)
            if (!std::isnan(block[f])) {
                sum += block[f];
                ++count;
            }
        if (count == 0)
            return Metric::notAvailable("flat image");
        mean[static_cast<Eigen::Index>(f)] = sum / count;
    }
    std::vector<Row> complete;
    for (const auto &block : features) {
        const Row row = Eigen::Map<const Row>(block.data());
        if (row.allFinite())
            complete.push_back(row);
    }
    if (complete.size() < 2)
        return Metric::notAvailable("flat image");
    Row centre = Row::Zero();
    for (const Row &row : complete)
        centre += row;
    centre /= static_cast<double>(complete.size());
    Square covariance = Square::Zero();
    for (const Row &row : complete)
        covariance += (row - centre).transpose() * (row - centre);
    covariance /= static_cast<double>(complete.size() - 1);

    const Eigen::Map<const Row> pristineMean(kPristine);
    const Eigen::Map<const Square> pristineCovariance(kPristine + kNiqeFeatures);
    const double score = std::sqrt(quadraticForm((pristineCovariance + covariance) / 2, pristineMean - mean));
    return std::isfinite(score) ? Metric::of(score) : Metric::notAvailable("flat image");
}

Metric niqeOfVariant(const image::Image &image, const NiqeVariant &variant, const base::ThreadPool &pool)
{
    const Plane plane = variant.luma ? lumaPlane(image, variant.shave) : grayPlane(image, variant.shave);
    return niqeFromFeatures(niqeBlockFeatures(plane, variant, pool));
}

} // namespace detail

int niqeSide(int blocks) { return blocks * detail::kNiqeBlock + 2 * detail::NiqeVariant().shave; }

Metric niqe(const image::Image &image, const base::ThreadPool &pool, const base::Job &job)
{
    job.cancel.throwIfCancelled();
    const Metric result = detail::niqeOfVariant(image, {}, pool);
    job.cancel.throwIfCancelled();
    job.report(1.0, "NIQE");
    return result;
}

} // namespace bitlens::score
