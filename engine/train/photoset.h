// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitlens::train {

/// Photographs to learn from: decoded once, with their low-resolution versions (MATLAB bicubic, rounded to 8 bit like
/// the test sets). Immutable after loading; crops may be taken from many threads.
class PhotoSet {
public:
    /// Reads every image below `folder` (recursively, in the order of their paths). Images smaller than `smallestSide`
    /// on a side and files that cannot be read are left out and listed in skipped(). Throws base::Error{NotFound} when
    /// nothing usable is there, naming the folder. With a `pool` its threads decode and shrink, to the same result.
    static PhotoSet load(const std::string &folder, int scale, int smallestSide, const base::Job &job,
                         const base::ThreadPool *pool = nullptr);

    std::size_t size() const { return m_photos.size(); }
    int scale() const { return m_scale; }
    /// File and reason for what was left out.
    const std::vector<std::string> &skipped() const { return m_skipped; }

    /// Takes `count` photos out, evenly chosen, as a set of their own: to validate on what no batch shows. At least one
    /// stays.
    PhotoSet takeOut(std::size_t count);
    /// Of all sides of all photos, in pixels of the high-resolution ones.
    int smallestSide() const;

    struct Pair {
        image::Image high; ///< 8-bit RGB
        image::Image low;  ///< 8-bit RGB, 1/scale of it
    };
    const Pair &photo(std::size_t index) const { return m_photos[index]; }

    struct BatchShape {
        int count = 16;
        int side = 96;      ///< of the high-resolution crops; a multiple of the scale
        int first = 0;      ///< of the crops that are wanted: a rank takes its part of the whole batch
        int part = 0;       ///< how many are wanted; 0: all
        int candidates = 4; ///< each crop is the one with the largest variance among so many random ones
    };
    /// A batch of crops with random flips and quarter turns: floats in [0,1], N,3,side,side and
    /// N,3,side/scale,side/scale; N is `part`, or `count`. Depends on `seed` alone.
    struct Batch {
        std::vector<float> high;
        std::vector<float> low;
    };
    Batch batch(const BatchShape &shape, std::uint64_t seed) const;

private:
    void countPixels();

    int m_scale = 4;
    std::vector<Pair> m_photos;
    std::vector<double> m_cumulativePixels; ///< photos are drawn in proportion to their size
    std::vector<std::string> m_skipped;
};

} // namespace bitlens::train
