// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/analysisoptions.h"
#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/modelchoice.h"
#include "app/cli/rankarguments.h"

#include "engine/base/file.h"
#include "engine/compare/sensitivityanalysis.h"
#include "engine/score/mamodelstore.h"
#include "ui/format.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace bitlens::cli {

namespace {

struct SensitivityOptions {
    AnalysisOptions analysis;
    RankArguments ranks;
    bool measured = false;
    bool estimated = false;
    std::string by = "layer";
    std::string bits;
    std::string csv;
    std::string resume;
    int probes = 2;
    bool niqe = false;
    std::string maModel;
    bool json = false;
};

void requireSense(const SensitivityOptions &options)
{
    if (!options.estimated)
        return;
    if (options.by == "stage")
        throw UsageError("an estimate is by layer: --by stage needs --measured");
    if (!options.bits.empty())
        throw UsageError("an estimate covers all widths: --bits needs --measured");
    if (options.niqe)
        throw UsageError("NIQE cannot be estimated: --niqe needs --measured");
}

std::vector<quant::LayerBits> bitsOf(const SensitivityOptions &options)
{
    if (options.bits.empty())
        return search::defaultBits();
    try {
        return search::parseBits(options.bits);
    } catch (const base::Error &error) {
        throw UsageError("--bits " + error.detail());
    }
}

std::string lineOf(const search::Sensitivity &entry, const model::Generator &generator)
{
    const std::string &name = entry.target.isStage()
                                  ? generator.stages[static_cast<std::size_t>(entry.target.stage)].name
                                  : generator.layers[static_cast<std::size_t>(entry.target.layer)].path;
    const auto psnr = entry.psnrFp32();
    std::string line = fmt::format("{:<34} {:>6} {:>6} {:>12}", name, ui::formatBits(entry.bits.weight).toStdString(),
                                   ui::formatBits(entry.bits.activation).toStdString(),
                                   psnr ? fmt::format("{:.2f}", *psnr) : "identical");
    for (const std::optional<double> &change : {entry.niqeChange, entry.piChange})
        if (change)
            line += fmt::format(" {:>+9.3f}", *change);
    return line;
}

int sensitivity(const SensitivityOptions &options, Environment &environment)
{
    requireSense(options);
    compare::SensitivityRequest request;
    request.bits = bitsOf(options);
    request.ranks = meetRanks(options.ranks, environment);
    const bool isFirst = request.ranks->isFirst(); // the only one that tells and writes
    request.setting = analysisSetting(options.analysis, environment, request.ranks.get(), options.niqe);
    request.method = options.estimated ? search::Method::Estimated : search::Method::Measured;
    request.byStage = options.by == "stage";
    request.niqe = options.niqe;
    if (options.niqe)
        request.maModel = score::loadMaModel(options.maModel, environment.newJob());
    request.probes = options.probes;
    request.resumeFile = options.resume;

    const model::Generator &generator = *request.setting.generator;
    if (!options.json && isFirst)
        environment.print(
            fmt::format("{}: PSNR to FP32 in dB, {} only, {}, ranges {}\n\n"
                        "{:<34} {:>6} {:>6} {:>12}{}",
                        generator.name, request.byStage ? "one stage quantized" : "one layer quantized",
                        picturesText(request.setting), request.setting.calibration->description, options.by, "W", "A",
                        "dB", std::string(options.niqe ? "     dNIQE" : "") + (request.maModel ? "       dPI" : "")));
    if (options.niqe && !request.maModel && isFirst)
        environment.warn("PI is left out: " + score::maModelMissingReason());
    // An estimate's values are preliminary until the end.
    const search::SensitivityReport report =
        compare::analyseSensitivity(request, environment.pool(options.analysis.model.threads), environment.newJob(),
                                    [&](const search::Sensitivity &found) {
                                        if (isFirst && !options.json && !options.estimated)
                                            environment.print(lineOf(found, generator));
                                    });
    if (!isFirst)
        return kExitDone;
    if (!options.csv.empty())
        base::writeFileAtomically(options.csv, report.toCsv());
    if (options.json)
        environment.print(report.toJson());
    else if (options.estimated)
        for (const search::Sensitivity &entry : report.entries)
            environment.print(lineOf(entry, generator));
    return kExitDone;
}

} // namespace

Action addSensitivity(CLI::App &command)
{
    auto options = std::make_shared<SensitivityOptions>();
    options->analysis.addTo(command);
    auto *measured = command.add_flag("--measured", options->measured,
                                      "Quantize one layer or stage at a time and run the rest in FP32 (default)");
    command
        .add_flag("--estimated", options->estimated,
                  "All layers and widths at once, from the gradients of random probes")
        ->excludes(measured);
    command.add_option("--by", options->by, "What is quantized at a time: layer or stage")
        ->check(CLI::IsMember({"layer", "stage"}).description(""))
        ->type_name("WHAT")
        ->capture_default_str();
    command
        .add_option("--bits", options->bits,
                    "Widths to measure, like 8 or weights/activations like 4/fp32,fp32/8 "
                    "(default: 8,fp32/8,8/fp32,fp32/4,4/fp32)")
        ->type_name("LIST");
    command.add_option("--probes", options->probes, "Random probes per picture of an estimate")
        ->check(CLI::Range(1, 10000).description(""))
        ->type_name("N")
        ->capture_default_str();
    command.add_flag("--niqe", options->niqe,
                     "Measure the change of NIQE too, and of PI where Ma's model is there (slow)");
    command.add_option("--ma-model", options->maModel, "Ma's model file, for PI")->type_name("FILE");
    command
        .add_option("--resume", options->resume, "Keep results in FILE, and go on from what it holds, an estimate too")
        ->type_name("FILE");
    addRankOptions(command, options->ranks);
    command.add_flag("--json", options->json, "Print all numbers as JSON");
    command.add_option("--csv", options->csv, "Write all numbers to a CSV file")->type_name("OUT");
    return [options](Environment &environment) { return sensitivity(*options, environment); };
}

} // namespace bitlens::cli
