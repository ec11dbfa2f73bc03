// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/upscaling.h"

#include "engine/image/codec.h"

#include <utility>

namespace bitlens::compare {

UpscaleResult upscaleFile(Comparison &comparison, const UpscaleRequest &request, const base::Job &job)
{
    Request run;
    run.input = image::readImage(request.files.input, {request.allowLarge});
    run.inputName = request.files.input;
    run.generator = request.generator;
    run.plan = request.plan;
    run.planName = request.planName;
    run.calibration = request.calibration;
    run.packed = request.packed;
    run.chosenRanges = request.chosenRanges;
    run.memoryBudget = request.memoryBudget;
    run.runQuantized = !request.plan.isAllFloat();
    run.runFloat = !run.runQuantized;
    run.measureQuality = false;
    Result result = comparison.run(run, job);
    // What is not needed for encoding goes first: encoding a large picture takes as much again.
    comparison.releaseMemory();
    run.input = {};
    const image::Image picture = run.runFloat ? std::move(result.fp32) : std::move(result.quantized);
    const SideReport &side = run.runFloat ? result.report.fp32 : result.report.quantized;
    job.cancel.throwIfCancelled();
    job.report(1.0, "saving");
    std::vector<std::string> untouchable = request.inputs;
    untouchable.push_back(request.files.input);
    image::writeImage(picture, request.files.output, untouchable);
    return {picture.size(), side.seconds, side.backend};
}

} // namespace bitlens::compare
