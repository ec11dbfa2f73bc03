// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/train/photoset.h"

#include <cstdint>
#include <vector>

namespace bitlens::train {

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
    /// On given pictures (3,H,W) in [0,1]; at least one.
    HeldOut(const model::GeneratorPtr &generator, std::vector<image::Planes> pictures, const base::ThreadPool &pool,
            const base::Job &job);

    const std::vector<image::Planes> &pictures() const { return m_pictures; }

    /// PSNR in dB of the quantized output (by the integer runner) to the FP32 output: over all RGB samples of all
    /// crops, both clamped to [0,1] and not rounded. At most kLargestPsnr.
    double psnr(const quant::QuantizedModelPtr &model, const base::CancelToken &cancel) const;
    static constexpr double kLargestPsnr = 120.0;

private:
    void runGenerator(const model::GeneratorPtr &generator, const base::Job &job);

    const base::ThreadPool &m_pool;
    std::vector<image::Planes> m_pictures;
    std::vector<image::Planes> m_expected;
};

} // namespace bitlens::train
