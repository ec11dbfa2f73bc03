// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/evaluation.h"

#include "engine/base/error.h"
#include "engine/compare/quality.h"
#include "engine/compare/reportjson.h"
#include "engine/image/codec.h"
#include "engine/image/resample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <span>
#include <utility>

namespace bitlens::compare {

namespace {

namespace fs = std::filesystem;

/// Images of a folder by name without extension. Throws base::Error{NotFound} when there are none.
std::map<std::string, fs::path> imagesByStem(const fs::path &folder)
{
    std::map<std::string, fs::path> images;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (entry->is_regular_file() && image::looksLikeImage(entry->path().string()))
            images[entry->path().stem().string()] = entry->path();
    if (error)
        throw base::Error(base::ErrorCode::NotFound, folder.string(), "the folder cannot be read: " + error.message());
    if (images.empty())
        throw base::Error(base::ErrorCode::NotFound, folder.string(), "there are no images in this folder");
    return images;
}

using MetricOf = Metric SideReport::*;
constexpr MetricOf kSideMetrics[] = {&SideReport::psnrHr,   &SideReport::ssimHr, &SideReport::psnrFp32,
                                     &SideReport::ssimFp32, &SideReport::niqe,   &SideReport::ma,
                                     &SideReport::pi};

/// Mean of what could be measured; infinite values (equal pictures) are left out, and all of them give infinity.
Metric meanOf(const std::vector<Metric> &metrics)
{
    double sum = 0.0;
    int count = 0;
    const Metric *infinite = nullptr;
    for (const Metric &metric : metrics) {
        if (!metric.value)
            continue;
        if (std::isinf(*metric.value)) {
            infinite = &metric;
            continue;
        }
        sum += *metric.value;
        ++count;
    }
    if (count > 0)
        return {sum / count, {}};
    if (infinite)
        return *infinite;
    return {std::nullopt, metrics.empty() ? "no images" : metrics.front().reason};
}

SideReport meanSide(const std::vector<EvaluationRow> &rows, SideReport EvaluationRow::*side)
{
    SideReport mean;
    for (const EvaluationRow &row : rows)
        mean.seconds += (row.*side).seconds / static_cast<double>(rows.size());
    // A calibration may be each picture's own, but what a file takes is the same to a few bytes of description.
    mean.bytes = (rows.front().*side).bytes;
    mean.backend = (rows.front().*side).backend;
    for (const MetricOf metric : kSideMetrics) {
        std::vector<Metric> values;
        for (const EvaluationRow &row : rows)
            values.push_back(row.*side.*metric);
        mean.*metric = meanOf(values);
    }
    return mean;
}

EvaluationRow meanRow(const std::vector<EvaluationRow> &rows)
{
    EvaluationRow mean;
    mean.file = "mean";
    mean.fp32 = meanSide(rows, &EvaluationRow::fp32);
    mean.quantized = meanSide(rows, &EvaluationRow::quantized);
    std::vector<Metric> psnr;
    std::vector<Metric> ssim;
    for (const EvaluationRow &row : rows) {
        psnr.push_back(row.bicubicPsnrHr);
        ssim.push_back(row.bicubicSsimHr);
    }
    mean.bicubicPsnrHr = meanOf(psnr);
    mean.bicubicSsimHr = meanOf(ssim);
    return mean;
}

Json rowJson(const EvaluationRow &row, bool withFile)
{
    Json json;
    if (withFile)
        json["file"] = row.file;
    json["fp32"] = sideJson(row.fp32, Side::Fp32);
    json["quantized"] = sideJson(row.quantized, Side::Quantized);
    json["bicubic"] = {{"psnr_hr", metricJson(row.bicubicPsnrHr)}, {"ssim_hr", metricJson(row.bicubicSsimHr)}};
    return json;
}

std::string csvField(const std::string &text)
{
    if (text.find_first_of(",\"\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

std::string csvNumber(const Metric &metric)
{
    if (!metric.value)
        return {};
    return std::isinf(*metric.value) ? "inf" : fmt::format("{:.6f}", *metric.value);
}

std::string csvSide(const SideReport &side)
{
    std::string line = fmt::format(",{},{}", side.seconds > 0.0 ? fmt::format("{:.6f}", side.seconds) : "",
                                   side.bytes > 0 ? std::to_string(side.bytes) : "");
    for (const MetricOf metric : kSideMetrics)
        line += ',' + csvNumber(side.*metric);
    return line;
}

std::string csvRow(const EvaluationRow &row)
{
    return csvField(row.file) + csvSide(row.fp32) + csvSide(row.quantized) + ',' + csvNumber(row.bicubicPsnrHr) + ','
           + csvNumber(row.bicubicSsimHr) + '\n';
}

} // namespace

std::vector<EvaluationPair> evaluationPairs(const std::string &folder, int scale)
{
    const fs::path lowFolder = fs::path(folder) / fmt::format("LRx{}", scale);
    const std::map<std::string, fs::path> high = imagesByStem(fs::path(folder) / "HR");
    const std::map<std::string, fs::path> low = imagesByStem(lowFolder);
    std::vector<EvaluationPair> pairs;
    for (const auto &[stem, path] : high) {
        auto partner = low.find(stem);
        if (partner == low.end())
            partner = low.find(fmt::format("{}x{}", stem, scale));
        if (partner == low.end())
            throw base::Error(base::ErrorCode::NotFound, path.string(),
                              "has no partner of the same name in " + lowFolder.string());
        pairs.push_back({path.filename().string(), partner->second.string(), path.string()});
    }
    return pairs;
}

namespace {

bool haveSameLayers(const model::Generator &a, const model::Generator &b)
{
    return a.scale == b.scale
           && std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(),
                         [](const model::ConvLayer &one, const model::ConvLayer &other) {
                             return one.path == other.path && one.weightCount() == other.weightCount();
                         });
}

/// One picture's comparison. With an original, that gives the FP32 side and `request` the quantized one.
Report compareSides(Comparison &comparison, const Request &request, const model::GeneratorPtr &original,
                    const base::ThreadPool &pool, const base::Job &job)
{
    if (!original)
        return comparison.run(request, job).report;
    Request quantizedOnly = request;
    quantizedOnly.runFloat = false;
    const Result quantized = comparison.run(quantizedOnly, job.part(0.0, 0.5));
    Request floatOnly = request;
    floatOnly.generator = original;
    floatOnly.packed = nullptr;
    floatOnly.runQuantized = false;
    const Result fp32 = comparison.run(floatOnly, job.part(0.5, 1.0));
    Report report = quantized.report;
    report.fp32 = fp32.report.fp32;
    const PairScores scores = pairScores(quantized.quantized, fp32.fp32, request.generator->scale, pool);
    report.quantized.psnrFp32 = scores.psnr;
    report.quantized.ssimFp32 = scores.ssim;
    return report;
}

} // namespace

Evaluation evaluate(Comparison &comparison, const EvaluationRequest &request, const base::ThreadPool &pool,
                    const base::Job &job, const EvaluationRowFunction &onRow)
{
    if (!request.generator)
        throw base::Error(base::ErrorCode::InvalidArgument, request.folder, "no model is loaded");
    if (request.original && !haveSameLayers(*request.original, *request.generator))
        throw base::Error(base::ErrorCode::InvalidArgument, request.original->source,
                          "is not the original of " + request.generator->name + ": it has other layers");
    const int scale = request.generator->scale;
    const std::vector<EvaluationPair> pairs = evaluationPairs(request.folder, scale);
    Evaluation evaluation;
    evaluation.folder = request.folder;
    evaluation.model = request.generator->name;
    evaluation.fp32Model = request.original ? request.original->name : evaluation.model;
    evaluation.plan = request.planName;
    evaluation.scale = scale;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto count = static_cast<double>(pairs.size());
        base::Job part = job.part(static_cast<double>(i) / count, static_cast<double>(i + 1) / count);
        if (job.progress)
            part.progress = [inner = part.progress, name = pairs[i].name](double fraction, const std::string &what) {
                inner(fraction, name + ": " + what);
            };
        Request one;
        one.input = image::readImage(pairs[i].low);
        one.inputName = pairs[i].low;
        one.reference = image::readImage(pairs[i].high);
        one.generator = request.generator;
        one.plan = request.plan;
        one.planName = request.planName;
        one.packed = request.packed;
        one.calibration = request.calibration;
        one.memoryBudget = request.memoryBudget;
        one.runFloat = request.runFloat;
        one.runQuantized = request.runQuantized;
        one.blindScores = request.blindScores;
        one.maModel = request.maModel;
        const bool both = request.runFloat && request.runQuantized;
        const Report report = compareSides(comparison, one, both ? request.original : nullptr, pool, part);
        const image::Image bicubic = image::resizeBicubic(one.input, report.outputSize);
        const PairScores bicubicScores = pairScores(bicubic, *one.reference, scale, pool);
        evaluation.images.push_back(
            {pairs[i].name, report.fp32, report.quantized, bicubicScores.psnr, bicubicScores.ssim});
        if (evaluation.plan.empty())
            evaluation.plan = report.plan;
        if (onRow)
            onRow(evaluation.images.back());
    }
    evaluation.mean = meanRow(evaluation.images);
    return evaluation;
}

std::string Evaluation::toJson() const
{
    Json json;
    json["schema"] = kJsonSchema;
    json["folder"] = folder;
    json["model"] = model;
    json["fp32_model"] = fp32Model;
    json["plan"] = plan;
    json["scale"] = scale;
    json["images"] = Json::array();
    for (const EvaluationRow &row : images)
        json["images"].push_back(rowJson(row, true));
    json["mean"] = rowJson(mean, false);
    return json.dump(2);
}

std::string Evaluation::toCsv() const
{
    std::string csv = "file";
    for (const char *side : {"fp32", "quantized"})
        for (const char *column :
             {"seconds", "bytes", "psnr_hr", "ssim_hr", "psnr_fp32", "ssim_fp32", "niqe", "ma", "pi"})
            csv += fmt::format(",{}_{}", side, column);
    csv += ",bicubic_psnr_hr,bicubic_ssim_hr\n";
    for (const EvaluationRow &row : images)
        csv += csvRow(row);
    return csv + csvRow(mean);
}

} // namespace bitlens::compare
