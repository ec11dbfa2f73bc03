// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bitlens::train {

class Lpips;

/// A pair to validate on.
struct ValidationPair {
    std::string name;
    image::Image low;
    image::Image high;
};

/// Means over the pairs, of those pictures where a number could be had.
struct ValidationScores {
    std::optional<double> psnr; ///< on Y, border of `scale` pixels left out, dB
    std::optional<double> niqe;
    std::optional<double> lpips; ///< only with LPIPS heads
};

/// Runs a generator on pairs of pictures as the program would and scores what comes out. Not thread-safe.
class Validation {
public:
    /// `lpips` may be null.
    Validation(std::vector<ValidationPair> pairs, std::shared_ptr<const Lpips> lpips, int threads);

    bool isEmpty() const { return m_pairs.empty(); }

    struct Result {
        ValidationScores scores;
        std::vector<std::pair<std::string, image::Image>> pictures; ///< of each pair's name
    };
    Result run(const model::GeneratorPtr &generator) const;
    /// The same for anything that enlarges by `scale`.
    Result run(const std::function<image::Image(const image::Image &low)> &enlarge, int scale) const;

private:
    std::vector<ValidationPair> m_pairs;
    std::shared_ptr<const Lpips> m_lpips;
    int m_threads;
    base::ThreadPool m_pool{1}; // scores are cheap beside a step, and LibTorch's threads are there already
};

} // namespace bitlens::train
