// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/regionscores.h"

namespace bitlens::compare {

namespace {

SideReport sideOf(const BlindScores &blind, const PairScores &hr)
{
    SideReport side;
    side.niqe = blind.niqe;
    side.ma = blind.ma;
    side.pi = blind.pi;
    side.psnrHr = hr.psnr;
    side.ssimHr = hr.ssim;
    return side;
}

} // namespace

RegionScores regionScores(const image::Rect &part, const PictureScoreReport &scores)
{
    RegionScores region{part, sideOf(scores.fp32, scores.fp32Hr), sideOf(scores.quantized, scores.quantizedHr)};
    region.quantized.psnrFp32 = scores.psnrFp32;
    region.quantized.ssimFp32 = scores.ssimFp32;
    return region;
}

RegionScores scoreRegion(const PictureScoreRequest &request, const base::ThreadPool &pool, const base::Job &job)
{
    const PictureScoreReport scores = PictureScores().score(request, pool, job);
    return regionScores(request.region.value_or(image::Rect{0, 0, request.fp32.width(), request.fp32.height()}),
                        scores);
}

} // namespace bitlens::compare
