// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/modelcard.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/model/generatorjson.h"
#include "engine/train/checkpoint.h"
#include "engine/train/trainer.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <torch/types.h>

namespace fs = std::filesystem;

namespace bitlens::train {

namespace {

constexpr std::size_t kCurveRows = 24;

std::vector<float> half(std::vector<float> values, const std::string &layer)
{
    if (values.empty())
        return values;
    const auto count = static_cast<std::int64_t>(values.size());
    const torch::Tensor rounded =
        torch::from_blob(values.data(), {count}, torch::kFloat32).to(torch::kHalf).to(torch::kFloat32);
    std::memcpy(values.data(), rounded.data_ptr<float>(), values.size() * sizeof(float));
    for (const float value : values)
        if (!std::isfinite(value))
            throw base::Error(base::ErrorCode::InvalidArgument, {},
                              fmt::format("layer {} has values that FP16 cannot hold", layer));
    return values;
}

std::string cell(const std::optional<double> &value, int decimals)
{
    return value ? fmt::format("{:.{}f}", *value, decimals) : std::string("n/a");
}

std::string scoresRow(const std::string &set, const std::string &what, const ValidationScores &scores)
{
    return fmt::format("| {} | {} | {} | {} | {} |\n", set, what, cell(scores.psnr, 2), cell(scores.lpips, 3),
                       cell(scores.niqe, 2));
}

/// Rows of a log with a validation: step, seconds, PSNR, LPIPS.
std::vector<std::vector<std::string>> validationRows(const std::string &path)
{
    std::vector<std::vector<std::string>> rows;
    std::ifstream file(path);
    std::string line;
    std::getline(file, line); // the header, whose first columns never change
    while (std::getline(file, line)) {
        std::vector<std::string> fields;
        std::istringstream parts(line);
        for (std::string part; std::getline(parts, part, ',');)
            fields.push_back(part);
        if (fields.size() < 5 || fields[4].empty())
            continue;
        rows.push_back({fields[0], fields[3], fields[4], fields.size() > 6 ? fields[6] : std::string()});
    }
    return rows;
}

std::string curve(const std::string &path)
{
    const auto rows = validationRows(path);
    if (rows.empty())
        return {};
    std::string text = "## Validation while training\n\n| step | seconds | PSNR | LPIPS |\n| --- | --- | --- | --- |\n";
    const std::size_t stride = std::max<std::size_t>(1, rows.size() / kCurveRows);
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (i % stride == 0 || i + 1 == rows.size())
            text += fmt::format("| {} | {} | {} | {} |\n", rows[i][0], rows[i][1], rows[i][2], rows[i][3]);
    return text;
}

} // namespace

model::Generator roundedToHalf(model::Generator generator)
{
    for (model::ConvLayer &layer : generator.layers) {
        layer.weight = std::make_shared<const std::vector<float>>(half(*layer.weight, layer.path));
        layer.bias = half(layer.bias, layer.path);
        layer.slopes = half(layer.slopes, layer.path);
    }
    generator.storage = model::WeightStorage::Float16;
    return generator;
}

void ModelCard::describeRun(const std::string &folder)
{
    const std::string path = (fs::path(folder) / kCheckpointName).string();
    const Checkpoint checkpoint = readCheckpoint(path);
    seed = std::strtoull(checkpoint.text("seed", path).c_str(), nullptr, 10);
    steps = checkpoint.integer("step", path);
    hours = checkpoint.number("seconds", path) / 3600.0;
    logPath = (fs::path(folder) / kLogName).string();
}

std::string ModelCard::toMarkdown(const model::Generator &generator, std::size_t bytes) const
{
    std::string text = fmt::format("# {}\n\n", title);
    text += fmt::format("A generator of the family {}, x{}: {} convolutions, {} parameters, stored as FP16 in {} "
                        "bytes.\n\n",
                        model::familyName(generator.family), generator.scale, generator.layers.size(),
                        generator.parameterCount(), bytes);
    text += "## Training\n\n";
    text += fmt::format("| | |\n| --- | --- |\n| data | {} |\n| seed | {} |\n| steps | {} |\n| hours | {:.1f} |\n\n",
                        data, seed, steps, hours);
    if (!command.empty())
        text += fmt::format("    {}\n\n", command);
    for (const std::string &note : notes)
        text += note + "\n\n";
    if (!figures.empty()) {
        text += "## Figures\n\nMeans over each set against the original pictures: PSNR in dB on Y with a border of the "
                "scale left out, LPIPS on SqueezeNet (lower is better), NIQE (lower is better).\n\n"
                "| set | what | PSNR | LPIPS | NIQE |\n| --- | --- | --- | --- | --- |\n";
        for (const Figures &row : figures) {
            text += scoresRow(row.set, "this model", row.model);
            text += scoresRow(row.set, "bicubic", row.bicubic);
        }
        text += "\n";
    }
    return text + curve(logPath);
}

void writeModelWithCard(const model::Generator &generator, const ModelCard &card, const std::string &path)
{
    const model::Generator rounded = roundedToHalf(generator);
    const auto bytes = model::exportGenerator(rounded);
    base::writeFileAtomically(path, bytes);
    base::writeFileAtomically(fs::path(path).replace_extension(".md").string(), card.toMarkdown(rounded, bytes.size()));
}

} // namespace bitlens::train
