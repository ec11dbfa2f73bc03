// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/picturescores.h"

#include "engine/base/error.h"
#include "engine/score/niqe.h"

#include <cstring>

namespace bitlens::compare {

namespace {

/// FNV-1a over 8 bytes at a time: tells pictures of one session apart.
std::uint64_t hashOf(const image::Image &picture)
{
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ static_cast<std::uint64_t>(picture.channels());
    const std::size_t count = picture.byteCount();
    const std::uint8_t *bytes = picture.bytes();
    std::size_t i = 0;
    for (; i + sizeof(std::uint64_t) <= count; i += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + i, sizeof word);
        hash = (hash ^ word) * 0x100000001b3ULL;
        hash ^= hash >> 29;
    }
    for (; i < count; ++i)
        hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
    return hash;
}

} // namespace

PictureScoreReport PictureScores::score(const PictureScoreRequest &request, const base::ThreadPool &pool,
                                        const base::Job &job, const StepFunction &onStep)
{
    const image::Size size = request.fp32.size();
    if (request.fp32.isNull() || request.quantized.size() != size)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "there is no result to score");
    if (request.reference && request.reference->size() != size)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the reference has another size than the result");
    if (request.region
        && (request.region->isEmpty()
            || request.region->intersected({0, 0, size.width, size.height}) != *request.region))
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "the part to score lies outside of the picture");
    const image::Image pictures[2] = {request.region ? request.fp32.cropped(*request.region) : request.fp32,
                                      request.region ? request.quantized.cropped(*request.region) : request.quantized};
    PictureScoreReport report;
    BlindScores *sides[2] = {&report.fp32, &report.quantized};
    const auto tell = [&] {
        job.cancel.throwIfCancelled();
        if (onStep)
            onStep(report);
    };

    const PairScores pair = pairScores(pictures[1], pictures[0], request.scale, pool);
    report.psnrFp32 = pair.psnr;
    report.ssimFp32 = pair.ssim;
    if (request.reference) {
        const image::Image reference =
            request.region ? request.reference->cropped(*request.region) : *request.reference;
        report.fp32Hr = pairScores(pictures[0], reference, request.scale, pool);
        job.cancel.throwIfCancelled();
        report.quantizedHr = pairScores(pictures[1], reference, request.scale, pool);
    }
    job.cancel.throwIfCancelled();
    std::uint64_t hashes[2] = {};
    bool complete[2] = {};
    for (int side = 0; side < 2; ++side) {
        hashes[side] = hashOf(pictures[side]);
        const Known *known = m_known.find([&](const Known &entry) {
            return entry.pixels == hashes[side] && entry.size == pictures[side].size()
                   && entry.model == request.maModel.get();
        });
        complete[side] = known != nullptr;
        if (known)
            *sides[side] = known->scores;
        else
            sides[side]->niqe = score::niqe(pictures[side], pool, base::Job{job.cancel, {}});
        tell();
    }
    for (int side = 0; side < 2; ++side) {
        if (complete[side])
            continue;
        job.report(0.5 * side, "scoring");
        *sides[side] = blindScores(pictures[side], sides[side]->niqe, request.maModel, pool,
                                   job.part(0.5 * side, 0.5 * side + 0.5));
        job.cancel.throwIfCancelled();
        m_known.add({hashes[side], pictures[side].size(), request.maModel.get(), *sides[side]});
        tell();
    }
    return report;
}

} // namespace bitlens::compare
