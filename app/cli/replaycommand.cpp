// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/command.h"
#include "app/cli/commandline.h"
#include "app/cli/environment.h"
#include "app/figure/recordedversions.h"

#include "engine/compare/replay.h"
#include "engine/compare/reportjson.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace bitlens::cli {

namespace {

struct ReplayOptions {
    std::string bundle;
    compare::BundleReadOptions read;
    int threads = 0;
    bool json = false;
};

/// As many threads as were recorded, so that sums are split alike.
int threadsOf(const compare::Bundle &bundle, int asked)
{
    constexpr int kMost = 256;
    const auto recorded = bundle.versions.find("threads");
    if (asked > 0 || recorded == bundle.versions.end())
        return asked;
    const int threads = std::atoi(recorded->second.c_str());
    return threads >= 1 && threads <= kMost ? threads : 0;
}

std::string textOf(const compare::Bundle &bundle, const compare::Replay &replay)
{
    std::string text;
    if (replay.isIdentical())
        text = fmt::format("identical: FP32 and quantized ({}) are the recorded pictures, pixel for pixel",
                           bundle.planRules);
    else
        text = "different:";
    for (const std::string &difference : replay.differences)
        text += "\n  " + difference;
    for (const std::string &note : replay.notes)
        text += "\nnote: " + note;
    return text;
}

std::string jsonOf(const compare::Replay &replay)
{
    compare::Json json;
    json["schema"] = compare::kJsonSchema;
    json["identical"] = replay.isIdentical();
    json["differences"] = replay.differences;
    json["notes"] = replay.notes;
    json["report"] = compare::reportJson(replay.result.report);
    return json.dump(2, ' ', false, compare::Json::error_handler_t::replace);
}

int replay(const ReplayOptions &options, Environment &environment)
{
    const compare::Bundle bundle = compare::readBundle(options.bundle, options.read);
    const int threads = threadsOf(bundle, options.threads);
    const base::ThreadPool &pool = environment.pool(threads);
    compare::Comparison comparison(pool);
    const compare::Replay again =
        compare::replayBundle(bundle, figure::recordedVersions(pool.threads()), comparison, environment.newJob());
    environment.print(options.json ? jsonOf(again) : textOf(bundle, again));
    return again.isIdentical() ? kExitDone : kExitFailed;
}

} // namespace

Action addReplay(CLI::App &command)
{
    auto options = std::make_shared<ReplayOptions>();
    command
        .add_option("BUNDLE", options->bundle, "Folder or zip archive that Export > Bundle or bitlens compare wrote")
        ->required();
    command.add_option("--image", options->read.imagePath, "This image instead of the bundle's")->type_name("FILE");
    command.add_option("--model", options->read.modelArgument, "This model instead of the bundle's")->type_name("M");
    command.add_option("--threads", options->threads, "Threads to use (default: as many as were recorded)")
        ->check(CLI::Range(1, 256).description(""))
        ->type_name("N");
    command.add_flag("--allow-large", options->read.allowLarge, "Read images of more than 64 megapixels");
    command.add_flag("--json", options->json, "Print what was found as JSON");
    return [options](Environment &environment) { return replay(*options, environment); };
}

} // namespace bitlens::cli
