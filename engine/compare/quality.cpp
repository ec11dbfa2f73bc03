// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/quality.h"

#include "engine/score/niqe.h"
#include "engine/score/pi.h"
#include "engine/score/psnr.h"
#include "engine/score/ssim.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace bitlens::compare {

namespace {

Metric missing(std::string reason) { return Metric::notAvailable(std::move(reason)); }

void fillBlind(const image::Image &picture, std::optional<BlindScores> &known, const QualityInput &input,
               const base::ThreadPool &pool, const base::Job &job, SideReport &report)
{
    if (picture.isNull()) {
        report.niqe = report.ma = report.pi = missing("not run");
        return;
    }
    if (!known && !input.blindScores) {
        report.niqe = report.ma = report.pi = missing("not asked for");
        return;
    }
    if (!known || known->withMa != (input.maModel != nullptr))
        known = blindScores(picture, score::niqe(picture, pool, job.part(0.0, 0.1)), input.maModel, pool,
                            job.part(0.1, 1.0));
    report.niqe = known->niqe;
    report.ma = known->ma;
    report.pi = known->pi;
}

void fillReference(const image::Image &picture, const QualityInput &input, const base::ThreadPool &pool,
                   SideReport &report)
{
    if (picture.isNull() || !input.reference) {
        report.psnrHr = report.ssimHr = missing(picture.isNull() ? "not run" : "no reference picture");
        return;
    }
    const PairScores scores = pairScores(picture, *input.reference, input.scale, pool);
    report.psnrHr = scores.psnr;
    report.ssimHr = scores.ssim;
}

} // namespace

BlindScores blindScores(const image::Image &picture, const Metric &niqe,
                        const std::shared_ptr<const score::MaModel> &maModel, const base::ThreadPool &pool,
                        const base::Job &job)
{
    const Metric ma = score::maScore(picture, maModel, pool, job);
    return {niqe, ma, score::perceptualIndex(niqe, ma), maModel != nullptr};
}

PairScores pairScores(const image::Image &picture, const image::Image &reference, int scale,
                      const base::ThreadPool &pool)
{
    const bool near = std::abs(picture.width() - reference.width()) < std::max(1, scale)
                      && std::abs(picture.height() - reference.height()) < std::max(1, scale);
    if (!near) {
        const Metric metric =
            missing(fmt::format("the reference is {} x {} pixels, the picture {} x {}", reference.width(),
                                reference.height(), picture.width(), picture.height()));
        return {metric, metric};
    }
    const image::Rect common{0, 0, std::min(picture.width(), reference.width()),
                             std::min(picture.height(), reference.height())};
    const auto cut = [&common](const image::Image &whole) {
        return whole.width() == common.width && whole.height() == common.height ? whole : whole.cropped(common);
    };
    const score::PairOptions options{score::PairChannels::Luma, scale};
    const image::Image a = cut(picture);
    const image::Image b = cut(reference);
    return {score::psnr(a, b, options, pool), score::ssim(a, b, options, pool)};
}

void measureQuality(QualityInput &input, const base::ThreadPool &pool, const base::Job &job, Report &report,
                    const SideFunction &onSide)
{
    const auto tell = [&](bool fp32, bool quantized) {
        if (onSide && fp32 && !input.fp32.isNull())
            onSide(Side::Fp32, report.fp32);
        if (onSide && quantized && !input.quantized.isNull())
            onSide(Side::Quantized, report.quantized);
    };
    fillReference(input.fp32, input, pool, report.fp32);
    job.cancel.throwIfCancelled();
    fillReference(input.quantized, input, pool, report.quantized);
    job.cancel.throwIfCancelled();
    report.fp32.psnrFp32 = report.fp32.ssimFp32 = missing("this is the FP32 picture");
    if (!input.fp32.isNull() && !input.quantized.isNull()) {
        const PairScores scores = pairScores(input.quantized, input.fp32, input.scale, pool);
        report.quantized.psnrFp32 = scores.psnr;
        report.quantized.ssimFp32 = scores.ssim;
    } else {
        report.quantized.psnrFp32 = report.quantized.ssimFp32 = missing("not run");
    }
    job.cancel.throwIfCancelled();
    tell(true, true);
    fillBlind(input.fp32, input.fp32Blind, input, pool, job.part(0.2, 0.6), report.fp32);
    tell(true, false);
    fillBlind(input.quantized, input.quantizedBlind, input, pool, job.part(0.6, 1.0), report.quantized);
    tell(false, true);
}

} // namespace bitlens::compare
