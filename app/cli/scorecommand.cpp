// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/environment.h"

#include "engine/compare/foldercalibration.h"
#include "engine/compare/scoring.h"
#include "engine/image/codec.h"
#include "engine/score/mamodelstore.h"
#include "ui/format.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <vector>

namespace bitlens::cli {

namespace {

struct ScoreOptions {
    std::vector<std::string> inputs;
    std::string reference;
    std::string maModel;
    int shave = 4;
    int threads = 0;
    bool json = false;
    bool allowLarge = false;
};

using NamedMetric = std::pair<const char *, const compare::Metric *>;

std::string scoreText(const compare::ImageScores &scores, bool withReference)
{
    std::string text = scores.file;
    for (const auto &[name, metric] : {NamedMetric("NIQE", &scores.niqe), NamedMetric("Ma", &scores.ma),
                                       NamedMetric("PI", &scores.pi), NamedMetric("BRISQUE", &scores.brisque)})
        text += metric->value ? fmt::format("\n  {:<8} {:.4f}", name, *metric->value)
                              : fmt::format("\n  {:<8} n/a: {}", name, metric->reason);
    if (!withReference)
        return text;
    text += "\n  PSNR     "
            + (scores.psnr.value ? ui::formatDecibels(*scores.psnr.value).toStdString() : "n/a: " + scores.psnr.reason);
    text += "\n  SSIM     "
            + (scores.ssim.value ? ui::formatSsim(*scores.ssim.value).toStdString() : "n/a: " + scores.ssim.reason);
    return text;
}

int scoreImages(const ScoreOptions &options, Environment &environment)
{
    std::vector<std::string> files;
    for (const std::string &input : options.inputs)
        for (const std::string &file : compare::imagesOf(input))
            files.push_back(file);
    compare::ScoringOptions scoring;
    scoring.shave = options.shave;
    if (!options.reference.empty())
        scoring.reference = image::readImage(options.reference, {options.allowLarge});
    const base::Job job = environment.newJob();
    scoring.maModel = score::loadMaModel(options.maModel, job);

    const base::ThreadPool &pool = environment.pool(options.threads);
    std::vector<compare::ImageScores> all;
    int exitCode = kExitDone;
    for (const std::string &file : files) {
        try {
            const image::Image picture = image::readImage(file, {options.allowLarge});
            all.push_back(compare::scoreImage(file, picture, scoring, pool, environment.newJob()));
            if (!options.json)
                environment.print(scoreText(all.back(), scoring.reference.has_value()));
        } catch (const base::Cancelled &) {
            throw;
        } catch (...) {
            environment.report(base::currentExceptionAsError(file));
            exitCode = kExitFailed;
        }
    }
    if (options.json)
        environment.print(compare::scoresJson(all));
    else if (!scoring.maModel && !all.empty())
        environment.print("\n" + score::maModelHint());
    return exitCode;
}

} // namespace

Action addScore(CLI::App &command)
{
    auto options = std::make_shared<ScoreOptions>();
    command.add_option("IMAGE", options->inputs, "Images, or folders of images")->required();
    command.add_option("--reference", options->reference, "The original, for PSNR and SSIM")->type_name("HR");
    command.add_option("--shave", options->shave, "Pixels cut from each side for PSNR and SSIM")
        ->check(CLI::Range(0, 1000).description(""))
        ->type_name("N")
        ->capture_default_str();
    command.add_option("--ma-model", options->maModel, "Ma's model file, for Ma and PI")->type_name("FILE");
    command.add_flag("--json", options->json, "Print all numbers as JSON");
    command.add_option("--threads", options->threads, "Threads to use; all processors when not given")
        ->check(CLI::Range(1, 256).description(""))
        ->type_name("N");
    command.add_flag("--allow-large", options->allowLarge, "Read images of more than 64 megapixels");
    return [options](Environment &environment) { return scoreImages(*options, environment); };
}

} // namespace bitlens::cli
