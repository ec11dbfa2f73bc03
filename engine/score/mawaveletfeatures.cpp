// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/bicubicenlargement.h"
#include "engine/score/divisivenormalisation.h"
#include "engine/score/generalizedgaussian.h"
#include "engine/score/mafeatureparts.h"
#include "engine/score/sampleloops.h"
#include "engine/score/steerablepyramid.h"
#include "engine/score/structure.h"
#include "engine/score/sums.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

namespace bitlens::score::detail {

namespace {

constexpr int kOrientations = SteerablePyramid::kOrientations;
constexpr int kLevels = SteerablePyramid::kLevels;
constexpr std::size_t kPiece = 16384;

struct Spread : SampleLoops::Spread {
    Spread() = default;
    explicit Spread(const SampleLoops::Spread &other) : SampleLoops::Spread(other) {}
    Spread &operator+=(const Spread &other)
    {
        squares += other.squares;
        magnitudes += other.magnitudes;
        return *this;
    }
};

/// Shape of a generalized Gaussian through all samples of the planes.
double shapeOf(std::initializer_list<const Plane *> planes, const base::ThreadPool &pool)
{
    const SampleLoops &loops = sampleLoops();
    double count = 0.0;
    double sum = 0.0;
    for (const Plane *plane : planes) {
        count += static_cast<double>(plane->count());
        sum += orderedSum<double>(plane->count(), kPiece, pool, [&](std::size_t begin, std::size_t end) {
            return loops.sum(plane->samples.data() + begin, static_cast<int>(end - begin));
        });
    }
    const double mean = sum / count;
    Spread spread;
    for (const Plane *plane : planes)
        spread += orderedSum<Spread>(plane->count(), kPiece, pool, [&](std::size_t begin, std::size_t end) {
            return Spread(loops.spread(plane->samples.data() + begin, static_cast<int>(end - begin), mean));
        });
    const double magnitude = spread.magnitudes / count;
    const double ratio = spread.squares / (count - 1) / (magnitude * magnitude + 1e-7);
    return std::isfinite(ratio) ? GeneralizedGaussianTable::forMa().shapeOf(ratio) : ratio;
}

/// Factor 2, cut to the size of the finer band.
Enlargement toParent(const Plane &fine) { return {fine.height, fine.width, 2.0, 2.0}; }

/// To the size of `fine` by the exact ratio of the sizes, which is not 2 when `fine` is odd.
Enlargement toSizeOf(const Plane &fine, const Plane &coarse)
{
    return {fine.height, fine.width, static_cast<double>(fine.height) / coarse.height,
            static_cast<double>(fine.width) / coarse.width};
}

/// Contrast-structure terms of the high-pass residue with each band, level by level. The bands of level 0 are
/// overwritten with those of level 1, enlarged: memory that has been touched costs less than new.
std::vector<double> structuresWithHighPass(SteerablePyramid &pyramid, const base::ThreadPool &pool)
{
    std::vector<const Plane *> planes{&pyramid.highPass};
    std::vector<PlanePair> pairs;
    for (int i = 0; i < kOrientations; ++i) {
        planes.push_back(&pyramid.bands[0][i]);
        pairs.push_back({0, i + 1});
    }
    std::vector<double> structures = meanStructures(planes, pairs, pool);
    for (int i = 0; i < kOrientations; ++i)
        enlarge(pyramid.bands[1][i], toSizeOf(pyramid.highPass, pyramid.bands[1][i]), pool, pyramid.bands[0][i]);
    const std::vector<double> coarse = meanStructures(planes, pairs, pool);
    structures.insert(structures.end(), coarse.begin(), coarse.end());
    return structures;
}

} // namespace

std::array<double, MaFeatures::kWaveletCount> maWaveletFeatures(const Plane &luma, const MaVariant &variant,
                                                                const base::ThreadPool &pool, const base::Job &job)
{
    const std::array<double, 2> progressOfLevel{0.3, 0.65};
    job.cancel.throwIfCancelled();
    SteerablePyramid pyramid = SteerablePyramid::of(luma, pool);
    job.report(0.3, "Ma: steerable pyramid");

    std::array<double, MaFeatures::kWaveletCount> features{};
    std::array<Plane, kLevels * kOrientations> normalised;
    Plane parent;
    for (int level = 0; level < kLevels; ++level)
        for (int orientation = 0; orientation < kOrientations; ++orientation) {
            job.cancel.throwIfCancelled();
            const auto &bands = pyramid.bands[level];
            const bool hasParent = level == 0 && (orientation < kOrientations - 1 || variant.parentOfLastOrientation);
            if (hasParent)
                enlarge(pyramid.bands[1][orientation], toParent(bands[orientation]), pool, parent);
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

    const std::vector<double> highPass = structuresWithHighPass(pyramid, pool);
    std::copy(highPass.begin(), highPass.end(), features.begin() + 18);
    job.report(0.9, "Ma: structure between bands");
    job.cancel.throwIfCancelled();
    std::vector<const Plane *> planes;
    std::vector<PlanePair> pairs;
    for (int i = 0; i < kOrientations; ++i) {
        planes.push_back(&normalised[i]);
        for (int j = i + 1; j < kOrientations; ++j)
            pairs.push_back({i, j});
    }
    const std::vector<double> structures = meanStructures(planes, pairs, pool);
    std::copy(structures.begin(), structures.end(), features.begin() + 30);
    job.report(1.0, "Ma: structure between orientations");
    return features;
}

} // namespace bitlens::score::detail
