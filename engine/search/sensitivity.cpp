// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/sensitivity.h"

#include "engine/base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bitlens::search {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;

template <typename Number>
Json numberOrNull(const std::optional<Number> &number)
{
    return number ? Json(*number) : Json(nullptr);
}

Json entryJson(const Sensitivity &entry, const model::Generator &generator)
{
    const model::Stage &stage = generator.stages.at(static_cast<std::size_t>(entry.target.stage));
    Json json;
    json["stage"] = stage.name;
    json["layer"] = entry.target.isStage()
                        ? Json(nullptr)
                        : Json(generator.layers.at(static_cast<std::size_t>(entry.target.layer)).path);
    json["weight_bits"] = entry.bits.weight;
    json["activation_bits"] = entry.bits.activation;
    json["psnr_fp32"] = numberOrNull(entry.psnrFp32());
    json["squared_error"] = entry.squaredError;
    json["niqe_change"] = numberOrNull(entry.niqeChange);
    json["pi_change"] = numberOrNull(entry.piChange);
    json["method"] = methodName(entry.method);
    return json;
}

/// Reads what toJson wrote, checking everything.
class EntryReader {
public:
    EntryReader(const model::Generator &generator, const std::string &file) : m_generator(generator), m_file(file) {}

    [[noreturn]] void refuse(const std::string &detail) const
    {
        throw base::Error(base::ErrorCode::BrokenFile, m_file, detail);
    }

    std::string text(const Json &json, const char *name) const
    {
        const auto found = json.find(name);
        if (found == json.end() || !found->is_string())
            refuse(fmt::format("expected text under \"{}\"", name));
        return found->get<std::string>();
    }

    int whole(const Json &json, const char *name) const
    {
        const auto found = json.find(name);
        if (found == json.end() || !found->is_number_integer() || found->get<std::int64_t>() < 0
            || found->get<std::int64_t>() > kLargestNumber)
            refuse(fmt::format("expected a whole number under \"{}\"", name));
        return static_cast<int>(found->get<std::int64_t>());
    }

    Sensitivity entry(const Json &json) const
    {
        Sensitivity read;
        read.target = target(json);
        read.bits = {whole(json, "weight_bits"), whole(json, "activation_bits")};
        if (!quant::isWeightBits(read.bits.weight) || !quant::isActivationBits(read.bits.activation))
            refuse(fmt::format("{}/{} are not bit-widths", read.bits.weight, read.bits.activation));
        const auto error = json.find("squared_error");
        if (error == json.end() || !error->is_number() || !(error->get<double>() >= 0.0))
            refuse("expected a number of at least 0 under \"squared_error\"");
        read.squaredError = error->get<double>();
        if (const auto change = json.find("niqe_change"); change != json.end() && change->is_number())
            read.niqeChange = change->get<double>();
        if (const auto change = json.find("pi_change"); change != json.end() && change->is_number())
            read.piChange = change->get<double>();
        const std::string method = text(json, "method");
        if (method != methodName(Method::Measured) && method != methodName(Method::Estimated))
            refuse(fmt::format("\"{}\" is not a method", method));
        read.method = method == methodName(Method::Measured) ? Method::Measured : Method::Estimated;
        return read;
    }

    EstimateProgress estimate(const Json &json) const
    {
        if (!json.is_object())
            refuse("\"estimate\" is not an object");
        EstimateProgress read;
        read.probes = whole(json, "probes");
        read.pictures = static_cast<std::size_t>(whole(json, "pictures"));
        const auto sums = json.find("sums");
        if (sums == json.end() || !sums->is_array() || sums->size() != estimateSumCount(m_generator))
            refuse("\"sums\" of the estimate are missing, or of another model");
        for (const Json &sum : *sums) {
            if (!sum.is_number() || !(sum.get<double>() >= 0.0))
                refuse("expected numbers of at least 0 under \"sums\"");
            read.sums.push_back(sum.get<double>());
        }
        return read;
    }

private:
    static constexpr std::int64_t kLargestNumber = 1 << 30;

    Target target(const Json &json) const
    {
        const auto layer = json.find("layer");
        if (layer != json.end() && layer->is_string()) {
            const int index = m_generator.findLayer(layer->get<std::string>());
            if (index < 0)
                refuse(fmt::format("layer {} does not exist in {}", layer->get<std::string>(), m_generator.name));
            return {m_generator.stageOf(index), index};
        }
        const std::string name = text(json, "stage");
        const auto stage = std::find_if(m_generator.stages.begin(), m_generator.stages.end(),
                                        [&](const model::Stage &candidate) { return candidate.name == name; });
        if (stage == m_generator.stages.end())
            refuse(fmt::format("stage {} does not exist in {}", name, m_generator.name));
        return {static_cast<int>(stage - m_generator.stages.begin()), -1};
    }

    const model::Generator &m_generator;
    const std::string &m_file;
};

} // namespace

std::size_t estimateSumCount(const model::Generator &generator)
{
    // Every width but FP32, and one for all.
    return generator.layers.size() * (quant::kWeightBitChoices.size() + quant::kActivationBitChoices.size() - 2) + 1;
}

std::string methodName(Method method) { return method == Method::Measured ? "measured" : "estimated"; }

std::optional<double> decibels(double squaredError)
{
    if (!(squaredError > 0.0))
        return std::nullopt;
    return -10.0 * std::log10(squaredError);
}

std::optional<double> Sensitivity::psnrFp32() const { return decibels(squaredError); }

const Sensitivity *SensitivityReport::find(const Target &target, quant::LayerBits bits, Method method) const
{
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Sensitivity &entry) {
        return entry.target == target && entry.bits == bits && entry.method == method;
    });
    return found == entries.end() ? nullptr : &*found;
}

std::string SensitivityReport::toJson() const
{
    Json json;
    json["schema"] = kSchema;
    json["model"] = generator->name;
    json["pictures"] = pictures;
    json["side"] = side;
    json["calibration"] = calibration;
    json["conditions"] = {
        {"model", conditions.model}, {"pictures", conditions.pictures}, {"calibration", conditions.calibration}};
    json["entries"] = Json::array();
    for (const Sensitivity &entry : entries)
        json["entries"].push_back(entryJson(entry, *generator));
    if (!estimate.sums.empty())
        json["estimate"] = {{"probes", estimate.probes}, {"pictures", estimate.pictures}, {"sums", estimate.sums}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

std::string SensitivityReport::toCsv() const
{
    std::string csv = "stage,layer,weight_bits,activation_bits,psnr_fp32,squared_error,niqe_change,pi_change,method\n";
    for (const Sensitivity &entry : entries) {
        const auto psnr = entry.psnrFp32();
        csv += fmt::format(
            "{},{},{},{},{},{},{},{},{}\n", generator->stages.at(static_cast<std::size_t>(entry.target.stage)).name,
            entry.target.isStage() ? std::string()
                                   : generator->layers.at(static_cast<std::size_t>(entry.target.layer)).path,
            entry.bits.weight, entry.bits.activation, psnr ? fmt::format("{:.3f}", *psnr) : "", entry.squaredError,
            entry.niqeChange ? fmt::format("{:.5f}", *entry.niqeChange) : "",
            entry.piChange ? fmt::format("{:.5f}", *entry.piChange) : "", methodName(entry.method));
    }
    return csv;
}

SensitivityReport SensitivityReport::fromJson(const std::string &text, const model::GeneratorPtr &generator,
                                              const std::string &file)
{
    const EntryReader reader(*generator, file);
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_object())
        reader.refuse("not a JSON file of sensitivities");
    if (const auto schema = json.find("schema"); schema == json.end() || *schema != kSchema)
        reader.refuse(fmt::format("sensitivities of another schema, expected \"schema\":{}", kSchema));
    const auto conditions = json.find("conditions");
    const auto entries = json.find("entries");
    if (conditions == json.end() || !conditions->is_object() || entries == json.end() || !entries->is_array())
        reader.refuse("not a file of sensitivities: \"conditions\" or \"entries\" is missing");
    SensitivityReport report;
    report.generator = generator;
    report.conditions = {reader.text(*conditions, "model"), reader.text(*conditions, "pictures"),
                         reader.text(*conditions, "calibration")};
    // Numbers of another model cannot be told apart from broken ones by their names.
    report.calibration = reader.text(json, "calibration");
    report.pictures = reader.whole(json, "pictures");
    report.side = reader.whole(json, "side");
    for (const Json &entry : *entries) {
        if (!entry.is_object())
            reader.refuse("an entry is not an object");
        report.entries.push_back(reader.entry(entry));
    }
    if (const auto estimate = json.find("estimate"); estimate != json.end())
        report.estimate = reader.estimate(*estimate);
    return report;
}

bool coversAllWidths(const SensitivityReport &report)
{
    if (!report.generator)
        return false;
    std::set<std::array<int, 3>> known;
    for (const Sensitivity &entry : report.entries)
        if (!entry.target.isStage()
            && (entry.bits.weight == quant::kFloatBits) != (entry.bits.activation == quant::kFloatBits))
            known.insert({entry.target.layer, entry.bits.weight, entry.bits.activation});
    return known.size() + 1 == estimateSumCount(*report.generator);
}

std::vector<std::size_t> layersOf(const model::Generator &generator, const Target &target)
{
    if (!target.isStage())
        return {static_cast<std::size_t>(target.layer)};
    const model::Stage &stage = generator.stages.at(static_cast<std::size_t>(target.stage));
    std::vector<std::size_t> layers(static_cast<std::size_t>(stage.layerCount));
    std::iota(layers.begin(), layers.end(), static_cast<std::size_t>(stage.firstLayer));
    return layers;
}

std::vector<Target> allTargets(const model::Generator &generator, bool byStage)
{
    std::vector<Target> targets;
    for (int stage = 0; stage < static_cast<int>(generator.stages.size()); ++stage) {
        const model::Stage &of = generator.stages[static_cast<std::size_t>(stage)];
        if (byStage)
            targets.push_back({stage, -1});
        for (int i = 0; !byStage && i < of.layerCount; ++i)
            targets.push_back({stage, of.firstLayer + i});
    }
    return targets;
}

} // namespace bitlens::search
