// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/tunedmodel.h"

#include "engine/base/error.h"
#include "engine/model/generatorjson.h"
#include "engine/model/safetensors.h"

#include <bit>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bitlens::quant {

namespace {

constexpr int kSchema = 1;
constexpr std::size_t kDigits = 8; ///< of a float's bits in hexadecimal: short, and the same bits when read back

std::string structureOf(const model::Generator &generator)
{
    model::Generator plain = generator;
    plain.name.clear();
    plain.source.clear();
    plain.storage = model::WeightStorage::Float32;
    return model::generatorToJson(plain);
}

std::string textOf(const std::vector<float> &numbers)
{
    std::string text;
    for (const float number : numbers)
        text += fmt::format("{:08x}", std::bit_cast<std::uint32_t>(number));
    return text;
}

std::vector<float> numbersOf(const nlohmann::json &entry, std::size_t channels, const std::string &file)
{
    const auto fail = [&file] {
        throw base::Error(base::ErrorCode::BrokenFile, file, "the means of its feature maps are no numbers");
    };
    if (!entry.is_string())
        fail();
    const auto &text = entry.get_ref<const std::string &>();
    if (!text.empty() && text.size() != channels * kDigits)
        fail();
    std::vector<float> numbers;
    for (std::size_t at = 0; at < text.size(); at += kDigits) {
        std::uint32_t bits = 0;
        const char *end = text.data() + at + kDigits;
        const auto read = std::from_chars(text.data() + at, end, bits, 16);
        if (read.ec != std::errc() || read.ptr != end || !std::isfinite(std::bit_cast<float>(bits)))
            fail();
        numbers.push_back(std::bit_cast<float>(bits));
    }
    return numbers;
}

std::vector<std::vector<float>> meansFrom(const std::string &text, const model::Generator &generator,
                                          const std::string &file)
{
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    const auto means = json.is_object() ? json.find("means") : json.end();
    const std::size_t maps = generator.layers.size() + 1;
    if (!json.is_object() || json.value("schema", nlohmann::json()) != kSchema || means == json.end()
        || !means->is_array() || (!means->empty() && means->size() != maps))
        throw base::Error(base::ErrorCode::BrokenFile, file,
                          fmt::format("\"{}\" in its metadata is not of schema {}", kTunedMetadataKey, kSchema));
    std::vector<std::vector<float>> all;
    for (std::size_t map = 0; map < means->size(); ++map)
        all.push_back(
            numbersOf((*means)[map], static_cast<std::size_t>(generator.mapChannels(static_cast<int>(map))), file));
    return all;
}

} // namespace

QuantizedModelPtr withGenerator(const QuantizedModel &quantized, model::GeneratorPtr generator)
{
    if (structureOf(*quantized.generator) != structureOf(*generator))
        throw base::Error(base::ErrorCode::InvalidArgument, quantized.generator->source,
                          "it is not of the same structure as " + generator->name);
    auto model = std::make_shared<QuantizedModel>(quantized);
    model->generator = std::move(generator);
    return model;
}

std::vector<std::uint8_t> tunedBytes(const QuantizedModel &model)
{
    const std::vector<std::uint8_t> packed = pack(model);
    model::SafetensorsFile file = model::parseSafetensors(packed, "a packed model");
    nlohmann::ordered_json means = nlohmann::ordered_json::array();
    for (const std::vector<float> &channels : model.calibration.channelMeans)
        means.push_back(textOf(channels));
    file.metadata[kTunedMetadataKey] = nlohmann::ordered_json{{"schema", kSchema}, {"means", means}}.dump();
    return model::writeSafetensors(file.entries, file.metadata);
}

QuantizedModelPtr tunedFromBytes(std::span<const std::uint8_t> bytes, const std::string &file,
                                 model::GeneratorPtr generator)
{
    const QuantizedModelPtr packed = unpack(bytes, file);
    QuantizedModel tuned = *packed;
    const auto metadata = model::peekSafetensorsMetadata(bytes);
    if (const auto found = metadata.find(kTunedMetadataKey); found != metadata.end())
        tuned.calibration.channelMeans = meansFrom(found->second, *packed->generator, file);
    try {
        return withGenerator(tuned, std::move(generator));
    } catch (const base::Error &error) {
        throw base::Error(base::ErrorCode::BrokenFile, file, error.detail());
    }
}

} // namespace bitlens::quant
