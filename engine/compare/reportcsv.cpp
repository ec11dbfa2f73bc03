// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/reportcsv.h"

#include "engine/compare/reportjson.h"

#include <cmath>
#include <string>

#include <fmt/format.h>

namespace bitlens::compare {

namespace {

std::string quoted(const std::string &text)
{
    std::string result = "\"";
    for (const char letter : text)
        result += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    return result + '"';
}

std::string number(const std::optional<double> &value) { return value ? fmt::format("{}", *value) : std::string(); }

class Table {
public:
    void row(const char *name, const char *unit, const std::optional<double> &fp32,
             const std::optional<double> &quantized)
    {
        std::optional<double> difference;
        if (fp32 && quantized && std::isfinite(*fp32) && std::isfinite(*quantized))
            difference = *quantized - *fp32;
        m_text += fmt::format("{},{},{},{},{}\r\n", name, unit, number(fp32), number(quantized), number(difference));
    }
    void text(const char *name, const std::string &fp32, const std::string &quantized)
    {
        m_text += fmt::format("{},,{},{},\r\n", name, quoted(fp32), quoted(quantized));
    }
    std::string take() { return std::move(m_text); }

private:
    std::string m_text = "readout,unit,fp32,quantized,difference\r\n";
};

std::optional<double> measured(double value) { return value > 0.0 ? std::optional(value) : std::nullopt; }

void addLatency(Table &table, const Benchmark &latency)
{
    const auto seconds = [&](const char *name, double (BenchmarkSide::*of)() const) {
        const auto value = [&](const BenchmarkSide &side) {
            return side.seconds.empty() ? std::nullopt : std::optional((side.*of)());
        };
        table.row(name, "s", value(latency.fp32), value(latency.quantized));
    };
    table.text("latency_plan", "fp32", latency.plan);
    seconds("latency_median", &BenchmarkSide::median);
    seconds("latency_min", &BenchmarkSide::minimum);
    seconds("latency_max", &BenchmarkSide::maximum);
    for (const BenchmarkLayer &layer : latency.layers)
        table.row(("layer_seconds/" + layer.name).c_str(), "s", layer.fp32Seconds, layer.seconds);
}

void addScores(Table &table, const std::string &prefix, const SideReport &a, const SideReport &b)
{
    const auto metric = [&](const char *name, const char *unit, const Metric SideReport::*of) {
        table.row((prefix + name).c_str(), unit, (a.*of).value, (b.*of).value);
    };
    metric("psnr_fp32", "dB", &SideReport::psnrFp32);
    metric("ssim_fp32", "", &SideReport::ssimFp32);
    metric("psnr_hr", "dB", &SideReport::psnrHr);
    metric("ssim_hr", "", &SideReport::ssimHr);
    metric("niqe", "", &SideReport::niqe);
    metric("ma", "", &SideReport::ma);
    metric("pi", "", &SideReport::pi);
}

Json regionJson(const RegionScores &region)
{
    const auto scores = [](const SideReport &report, Side side) {
        Json json = sideJson(report, side);
        for (const char *ofTheWhole : {"seconds", "bytes", "backend"})
            json.erase(ofTheWhole);
        return json;
    };
    return {{"x", region.part.x},
            {"y", region.part.y},
            {"width", region.part.width},
            {"height", region.part.height},
            {"fp32", scores(region.fp32, Side::Fp32)},
            {"quantized", scores(region.quantized, Side::Quantized)}};
}

} // namespace

std::string reportCsv(const Report &report, const Benchmark *latency, const RegionScores *region)
{
    Table table;
    const SideReport &a = report.fp32;
    const SideReport &b = report.quantized;
    table.text("input", report.input, report.input);
    table.text("model", report.model, report.model);
    table.text("plan", "fp32", report.plan);
    table.row("width", "px", measured(report.outputSize.width), measured(report.outputSize.width));
    table.row("height", "px", measured(report.outputSize.height), measured(report.outputSize.height));
    table.row("seconds", "s", measured(a.seconds), measured(b.seconds));
    table.row("bytes", "B", measured(static_cast<double>(a.bytes)), measured(static_cast<double>(b.bytes)));
    addScores(table, {}, a, b);
    table.text("backend", a.backend, b.backend);
    if (latency)
        addLatency(table, *latency);
    if (region) {
        const auto place = [&](const char *name, int value) { table.row(name, "px", value, value); };
        place("region_x", region->part.x);
        place("region_y", region->part.y);
        place("region_width", region->part.width);
        place("region_height", region->part.height);
        addScores(table, "region_", region->fp32, region->quantized);
    }
    return table.take();
}

std::string numbersJson(const Report &report, const Benchmark *latency, const quant::RangeChoices &chosenRanges,
                        const RegionScores *region)
{
    Json json = reportJson(report);
    if (latency)
        json["latency"] = Json::parse(latency->toJson());
    if (!chosenRanges.empty()) {
        Json ranges = Json::object();
        for (const auto &[map, range] : chosenRanges)
            ranges[std::to_string(map)] = {range.low, range.high};
        json["chosen_ranges"] = ranges;
    }
    if (region)
        json["region"] = regionJson(*region);
    return json.dump(2) + '\n';
}

} // namespace bitlens::compare
