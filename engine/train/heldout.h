// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/train/photoset.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace bitlens::train {

class Lpips;

/// Crops that training does not see, with what the FP32 generator makes of them: how near a quantized model comes.
class HeldOut {
public:
    struct Shape {
        int photos = 8; ///< taken out of the photo set; fewer where it is small (a single photo stays and is shared)
        int crops = 8;
        int side = 48; ///< low-resolution pixels; smaller where the photos are
    };
    /// Takes photos out of `photos` and runs the generator. Throws base::Error, base::Cancelled.
    HeldOut(const model::GeneratorPtr &generator, PhotoSet &photos, const Shape &shape, std::uint64_t seed,
            const base::ThreadPool &pool, const base::Job &job);
    /// On given pictures (3,H,W) in [0,1]; at least one. There are no photographs to compare with.
    HeldOut(const model::GeneratorPtr &generator, std::vector<image::Planes> pictures, const base::ThreadPool &pool,
            const base::Job &job);

    const std::vector<image::Planes> &pictures() const { return m_pictures; }

    struct Scores {
        /// In dB, of the quantized output (by the integer runner) to the FP32 output: over all RGB samples of all
        /// crops, both clamped to [0,1] and not rounded. At most kLargestPsnr.
        double psnr = 0.0;
        /// Mean of the quantized output's LPIPS to the photographs, with a `judge` and where there are photographs.
        std::optional<double> lpips;
    };
    Scores measure(const quant::QuantizedModelPtr &model, const base::CancelToken &cancel,
                   const Lpips *judge = nullptr) const;
    double psnr(const quant::QuantizedModelPtr &model, const base::CancelToken &cancel) const
    {
        return measure(model, cancel).psnr;
    }
    static constexpr double kLargestPsnr = 120.0;

private:
    struct Crops {
        std::vector<image::Planes> low;
        std::vector<image::Image> high;
    };
    static Crops cropsOf(PhotoSet &photos, const Shape &shape, std::uint64_t seed);
    HeldOut(const model::GeneratorPtr &generator, Crops crops, const base::ThreadPool &pool, const base::Job &job);
    void runGenerator(const model::GeneratorPtr &generator, const base::Job &job);

    const base::ThreadPool &m_pool;
    std::vector<image::Planes> m_pictures;
    std::vector<image::Image> m_photographs; ///< of the pictures, or none
    std::vector<image::Planes> m_expected;
};

} // namespace bitlens::train
