// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/bicubicenlargement.h"
#include "engine/score/divisivenormalisation.h"
#include "engine/score/gaussianwindow.h"
#include "engine/score/generalizedgaussian.h"
#include "engine/score/mafeatureparts.h"
#include "engine/score/steerablepyramid.h"
#include "engine/score/sums.h"

#include <cmath>
#include <initializer_list>
#include <vector>

namespace bitlens::score::detail {

namespace {

constexpr int kOrientations = SteerablePyramid::kOrientations;
constexpr int kLevels = SteerablePyramid::kLevels;
constexpr std::size_t kPiece = 16384;

/// Shape of a generalized Gaussian through all samples of the planes.
double shapeOf(std::initializer_list<const Plane *> planes, const base::ThreadPool &pool)
{
    double count = 0.0;
    double sum = 0.0;
    for (const Plane *plane : planes) {
        count += static_cast<double>(plane->count());
        sum += orderedSum<double>(plane->count(), kPiece, pool, [&](std::size_t begin, std::size_t end) {
            return laneSum(begin, end, [&](std::size_t i) { return plane->samples[i]; });
        });
    }
    const double mean = sum / count;
    double squares = 0.0;
    double magnitudes = 0.0;
    for (const Plane *plane : planes) {
        squares += orderedSum<double>(plane->count(), kPiece, pool, [&](std::size_t begin, std::size_t end) {
            return laneSum(begin, end, [&](std::size_t i) {
                const double difference = plane->samples[i] - mean;
                return difference * difference;
            });
        });
        magnitudes += orderedSum<double>(plane->count(), kPiece, pool, [&](std::size_t begin, std::size_t end) {
            return laneSum(begin, end, [&](std::size_t i) { return std::abs(plane->samples[i] - mean); });
        });
    }
    const double magnitude = magnitudes / count;
    const double ratio = squares / (count - 1) / (magnitude * magnitude + 1e-7);
    return std::isfinite(ratio) ? GeneralizedGaussianTable::forMa().shapeOf(ratio) : ratio;
}

/// A plane with its local mean and variance, for the contrast-structure term of SSIM.
class Contrast {
public:
    Contrast(const Plane &plane, const GaussianWindow &window, const base::ThreadPool &pool)
        : m_plane(&plane), m_mean(window.mean(plane, pool)), m_variance(window.meanOfProduct(plane, plane, pool))
    {
        for (std::size_t i = 0; i < m_mean.count(); ++i)
            m_variance.samples[i] -= m_mean.samples[i] * m_mean.samples[i];
    }

    /// Mean of (2 covariance + C2) / (variance + variance + C2) with another plane of this size.
    double structureWith(const Contrast &other, const GaussianWindow &window, const base::ThreadPool &pool) const
    {
        const GaussianWindow::Product products[] = {{m_plane, other.m_plane}};
        return mean(products, window, pool, [&](int y, std::size_t x, std::span<const double *const> rows) {
            const double covariance = rows[0][x] - m_mean.line(y)[x] * other.m_mean.line(y)[x];
            return (2 * covariance + kC2) / (m_variance.line(y)[x] + other.m_variance.line(y)[x] + kC2);
        });
    }
    /// The same with a plane whose statistics are needed only once.
    double structureWith(const Plane &other, const GaussianWindow &window, const base::ThreadPool &pool) const
    {
        const GaussianWindow::Product products[] = {{m_plane, &other}, {&other, nullptr}, {&other, &other}};
        return mean(products, window, pool, [&](int y, std::size_t x, std::span<const double *const> rows) {
            const double covariance = rows[0][x] - m_mean.line(y)[x] * rows[1][x];
            const double variance = rows[2][x] - rows[1][x] * rows[1][x];
            return (2 * covariance + kC2) / (m_variance.line(y)[x] + variance + kC2);
        });
    }

private:
    static constexpr double kC2 = (0.03 * 255) * (0.03 * 255);

    /// The mean of term(y, x, rows) over all positions of the window.
    template <typename Term>
    double mean(std::span<const GaussianWindow::Product> products, const GaussianWindow &window,
                const base::ThreadPool &pool, Term term) const
    {
        const auto height = static_cast<std::size_t>(m_mean.height);
        const auto width = static_cast<std::size_t>(m_mean.width);
        const auto strip = [&](std::size_t begin, std::size_t end) {
            double sum = 0.0;
            window.forRows(products, static_cast<int>(begin), static_cast<int>(end),
                           [&](int y, std::span<const double *const> rows) {
                               sum += laneSum(0, width, [&](std::size_t x) { return term(y, x, rows); });
                           });
            return sum;
        };
        return orderedSum<double>(height, GaussianWindow::kRowsPerStrip, pool, strip)
               / static_cast<double>(m_mean.count());
    }

    const Plane *m_plane;
    Plane m_mean;
    Plane m_variance;
};

Plane parentOf(const Plane &coarse, const Plane &fine, const base::ThreadPool &pool)
{
    return enlarged(coarse, {fine.height, fine.width, 2.0, 2.0}, pool);
}

/// To the size of `fine` by the exact ratio of the sizes, which is not 2 when `fine` is odd.
Plane fitted(const Plane &coarse, const Plane &fine, const base::ThreadPool &pool)
{
    return enlarged(coarse,
                    {fine.height, fine.width, static_cast<double>(fine.height) / coarse.height,
                     static_cast<double>(fine.width) / coarse.width},
                    pool);
}

} // namespace

std::array<double, MaFeatures::kWaveletCount> maWaveletFeatures(const Plane &luma, const MaVariant &variant,
                                                                const base::ThreadPool &pool, const base::Job &job)
{
    const std::array<double, 2> progressOfLevel{0.3, 0.65};
    job.cancel.throwIfCancelled();
    const SteerablePyramid pyramid = SteerablePyramid::of(luma, pool);
    job.report(0.3, "Ma: steerable pyramid");

    std::array<double, MaFeatures::kWaveletCount> features{};
    std::array<Plane, kLevels * kOrientations> normalised;
    for (int level = 0; level < kLevels; ++level)
        for (int orientation = 0; orientation < kOrientations; ++orientation) {
            job.cancel.throwIfCancelled();
            const auto &bands = pyramid.bands[level];
            const bool hasParent = level == 0 && (orientation < kOrientations - 1 || variant.parentOfLastOrientation);
            const Plane parent =
                hasParent ? parentOf(pyramid.bands[1][orientation], bands[orientation], pool) : Plane();
            BandSurroundings surroundings;
            surroundings.band = &bands[orientation];
            surroundings.parent = hasParent ? &parent : nullptr;
            surroundings.guard = 16 >> level;
            for (int other = 0, i = 0; other < kOrientations; ++other)
                if (other != orientation)
                    surroundings.siblings[i++] = &bands[other];
            const int index = level * kOrientations + orientation;
            normalised[index] = divisivelyNormalised(surroundings, pool);
            features[index] = shapeOf({&normalised[index]}, pool);
            job.report(progressOfLevel[level] + (level == 0 ? 0.35 : 0.1) * (orientation + 1) / kOrientations,
                       "Ma: normalised bands");
        }
    for (int i = 0; i < kOrientations; ++i) {
        features[12 + i] = shapeOf({&normalised[i], &normalised[i + kOrientations]}, pool);
        normalised[i + kOrientations] = Plane();
    }

    const GaussianWindow window;
    const Contrast highPass(pyramid.highPass, window, pool);
    for (int level = 0; level < kLevels; ++level)
        for (int orientation = 0; orientation < kOrientations; ++orientation) {
            job.cancel.throwIfCancelled();
            const Plane &band = pyramid.bands[level][orientation];
            const Plane large = level == 0 ? Plane() : fitted(band, pyramid.highPass, pool);
            features[18 + level * kOrientations + orientation] =
                highPass.structureWith(level == 0 ? band : large, window, pool);
        }
    job.report(0.9, "Ma: structure between bands");

    std::vector<Contrast> contrasts;
    for (int i = 0; i < kOrientations; ++i)
        contrasts.emplace_back(normalised[i], window, pool);
    std::size_t next = 30;
    for (int i = 0; i < kOrientations; ++i)
        for (int j = i + 1; j < kOrientations; ++j) {
            job.cancel.throwIfCancelled();
            features[next++] = contrasts[i].structureWith(contrasts[j], window, pool);
        }
    job.report(1.0, "Ma: structure between orientations");
    return features;
}

} // namespace bitlens::score::detail
