// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/compare/quality.h"
#include "engine/compare/recent.h"
#include "engine/image/image.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace bitlens::compare {

/// Both sides of a result, or a part of them, to be scored.
struct PictureScoreRequest {
    image::Image fp32;
    image::Image quantized;
    std::optional<image::Rect> region; ///< output pixels; none: the whole pictures
    int scale = 4;
    std::shared_ptr<const score::MaModel> maModel; ///< null: NIQE only
    std::optional<image::Image> reference = {};    ///< of the size of the whole pictures; none: no scores to HR
};

/// What is known so far. A metric without value and without reason is still to come.
struct PictureScoreReport {
    BlindScores fp32, quantized;
    Metric psnrFp32, ssimFp32;      ///< of the quantized side to the FP32 one, Y channel
    PairScores fp32Hr, quantizedHr; ///< to the reference
};

/// Scores results beside a comparison, so that the slow ones (Ma, about a second for a megapixel and side) hold nothing
/// up: first PSNR and NIQE of both sides, then Ma and PI. Keeps what it found, known by the pixels, so that FP32 is
/// scored once for many plans. One call at a time.
class PictureScores {
public:
    using StepFunction = std::function<void(const PictureScoreReport &soFar)>;

    /// `onStep` is called after each number that was computed. Throws base::Cancelled, base::Error{InvalidArgument}
    /// when the region lies outside, or the sizes differ, that of the reference among them.
    PictureScoreReport score(const PictureScoreRequest &request, const base::ThreadPool &pool, const base::Job &job,
                             const StepFunction &onStep = {});

private:
    static constexpr std::size_t kKept = 24;
    struct Known {
        std::uint64_t pixels = 0; ///< hash
        image::Size size;
        const score::MaModel *model = nullptr;
        BlindScores scores;
    };
    Recent<Known> m_known{kKept};
};

} // namespace bitlens::compare
