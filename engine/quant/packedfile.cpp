// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/quantizedmodel.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/model/generatorjson.h"
#include "engine/model/safetensors.h"
#include "engine/quant/bitpacking.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace bitlens::quant {

namespace {

static_assert(std::endian::native == std::endian::little, "the packed file is little-endian");

using model::SafetensorsEntry;
using model::SafetensorsType;

constexpr int kSchema = 1;
constexpr const char *kRanges = "ranges";

std::vector<std::uint8_t> bytesOf(std::span<const float> values)
{
    std::vector<std::uint8_t> bytes(values.size_bytes());
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

std::vector<float> rangeNumbers(const Calibration &calibration)
{
    std::vector<float> numbers;
    for (const Range &range : calibration.ranges) {
        numbers.push_back(range.low);
        numbers.push_back(range.high);
        numbers.insert(numbers.end(), range.channelLow.begin(), range.channelLow.end());
        numbers.insert(numbers.end(), range.channelHigh.begin(), range.channelHigh.end());
    }
    return numbers;
}

/// One tensor of the file: what it is, and how its bytes are made when they are wanted.
struct Piece {
    SafetensorsEntry entry;
    std::function<std::vector<std::uint8_t>()> bytes;
};

Piece floatPiece(const std::string &name, std::vector<std::int64_t> shape, const std::vector<float> &values)
{
    return {{name, SafetensorsType::F32, std::move(shape), {}}, [&values] { return bytesOf(values); }};
}

void addLayer(const model::ConvLayer &layer, const QuantizedLayer &quantized, std::vector<Piece> &pieces)
{
    const std::int64_t out = layer.outChannels;
    if (quantized.bits.isFloat()) {
        pieces.push_back(
            floatPiece(layer.path + ".weight", {out, layer.inChannels, layer.kernel, layer.kernel}, *layer.weight));
    } else {
        const QuantizedWeights &weights = quantized.weights;
        pieces.push_back({{layer.path + ".weight",
                           SafetensorsType::U8,
                           {static_cast<std::int64_t>(packedSize(layer.weightCount(), weights.bits))},
                           {}},
                          [&weights] { return packBits(weights.values, weights.bits); }});
        pieces.push_back(floatPiece(layer.path + ".scale", {out}, weights.scale));
    }
    pieces.push_back(floatPiece(layer.path + ".bias", {out}, quantized.bias));
    if (!layer.slopes.empty())
        pieces.push_back(
            floatPiece(layer.path + ".slopes", {static_cast<std::int64_t>(layer.slopes.size())}, layer.slopes));
}

/// The pieces refer to the model, which must outlive them.
std::vector<Piece> piecesOf(const QuantizedModel &model)
{
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < model.layers.size(); ++i)
        addLayer(model.generator->layers[i], model.layers[i], pieces);
    if (!model.calibration.ranges.empty()) {
        std::vector<float> numbers = rangeNumbers(model.calibration);
        const auto count = static_cast<std::int64_t>(numbers.size());
        pieces.push_back({{kRanges, SafetensorsType::F32, {count}, {}},
                          [numbers = std::move(numbers)] { return bytesOf(numbers); }});
    }
    return pieces;
}

std::map<std::string, std::string> metadataOf(const QuantizedModel &model)
{
    model::Generator description = *model.generator;
    description.storage = model::WeightStorage::Quantized;
    nlohmann::ordered_json layers = nlohmann::ordered_json::array();
    for (const QuantizedLayer &layer : model.layers)
        layers.push_back({layer.bits.weight, layer.bits.activation});
    nlohmann::ordered_json perChannel = nlohmann::ordered_json::array();
    for (const Range &range : model.calibration.ranges)
        perChannel.push_back(range.channelLow.empty() ? 0 : 1);
    const nlohmann::ordered_json packed{{"schema", kSchema},
                                        {"layers", layers},
                                        {"calibration", model.calibration.description},
                                        {"channel_exponents", model.calibration.channelExponents},
                                        {"channel_ranges", perChannel}};
    return {{model::kGeneratorMetadataKey, model::generatorToJson(description)},
            {kPackedMetadataKey, packed.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)}};
}

std::size_t dataBytes(const SafetensorsEntry &entry)
{
    std::size_t bytes = model::safetensorsTypeBytes(entry.type);
    for (const std::int64_t size : entry.shape)
        bytes *= static_cast<std::size_t>(size);
    return bytes;
}

QuantizedModel floatModel(const model::Generator &generator)
{
    QuantizedModel model;
    model.generator = std::make_shared<const model::Generator>(generator);
    model.plan = BitPlan(generator.layers.size(), LayerBits{kFloatBits, kFloatBits});
    for (const model::ConvLayer &layer : generator.layers)
        model.layers.push_back({{kFloatBits, kFloatBits}, {}, layer.bias});
    return model;
}

/// Reads a packed file piece by piece; every refusal names the file and what was expected.
class Unpacker {
public:
    Unpacker(std::span<const std::uint8_t> bytes, const std::string &file)
        : m_name(file), m_file(model::parseSafetensors(bytes, file))
    {
    }

    QuantizedModelPtr read()
    {
        const std::string &text = metadata(kPackedMetadataKey);
        m_json = nlohmann::json::parse(text, nullptr, false);
        require(m_json.is_object() && m_json.value("schema", nlohmann::json()) == kSchema,
                fmt::format("\"{}\" in its metadata is not JSON with \"schema\":{}", kPackedMetadataKey, kSchema));
        std::vector<int> slopeCounts;
        m_generator = model::generatorFromJson(metadata(model::kGeneratorMetadataKey), m_name, &slopeCounts);
        const std::size_t layers = m_generator.layers.size();
        readPlan(layers);
        readCalibration();
        m_model.layers.resize(layers);
        for (std::size_t i = 0; i < layers; ++i)
            readLayer(i, i < slopeCounts.size() ? slopeCounts[i] : 0);
        for (const SafetensorsEntry &entry : m_file.entries)
            require(m_taken.contains(entry.name), fmt::format("tensor {} belongs to no layer", entry.name));
        m_generator.storage = model::WeightStorage::Quantized;
        m_generator.source = m_name;
        fillWeights();
        m_generator.validate(m_name);
        m_model.generator = std::make_shared<const model::Generator>(std::move(m_generator));
        return std::make_shared<const QuantizedModel>(std::move(m_model));
    }

private:
    void require(bool condition, const std::string &what) const
    {
        if (!condition)
            throw base::Error(base::ErrorCode::BrokenFile, m_name, what);
    }

    const std::string &metadata(const char *key) const
    {
        const auto found = m_file.metadata.find(key);
        require(found != m_file.metadata.end(), fmt::format("its metadata has no \"{}\"", key));
        return found->second;
    }

    const nlohmann::json &array(const char *key, std::size_t length) const
    {
        const auto found = m_json.find(key);
        require(found != m_json.end() && found->is_array() && found->size() == length,
                fmt::format("\"{}\" in its metadata is not a list of {}", key, length));
        return *found;
    }

    std::vector<float> floats(const std::string &name, const std::vector<std::int64_t> &shape)
    {
        const SafetensorsEntry &entry = take(name);
        require(entry.type == SafetensorsType::F32 && entry.shape == shape,
                fmt::format("tensor {} is not F32 [{}]", name, fmt::join(shape, ",")));
        std::vector<float> values(entry.bytes.size() / sizeof(float));
        if (!values.empty())
            std::memcpy(values.data(), entry.bytes.data(), entry.bytes.size());
        require(std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }),
                fmt::format("tensor {} contains NaN or infinity", name));
        return values;
    }

    const SafetensorsEntry &take(const std::string &name)
    {
        const SafetensorsEntry *entry = m_file.find(name);
        require(entry != nullptr, fmt::format("tensor {} is missing", name));
        m_taken[name] = true;
        return *entry;
    }

    void readPlan(std::size_t layers)
    {
        const nlohmann::json &list = array("layers", layers);
        m_model.plan = BitPlan(layers, LayerBits{});
        for (std::size_t i = 0; i < layers; ++i) {
            const nlohmann::json &pair = list[i];
            const bool isPair = pair.is_array() && pair.size() == 2 && pair[0].is_number_unsigned()
                                && pair[1].is_number_unsigned() && pair[0] <= kFloatBits && pair[1] <= kFloatBits;
            require(isPair && isWeightBits(pair[0].get<int>()) && isActivationBits(pair[1].get<int>()),
                    fmt::format("layer {}: no allowed pair of widths", m_generator.layers[i].path));
            m_model.plan.set(i, {pair[0].get<int>(), pair[1].get<int>()});
        }
    }

    void readCalibration()
    {
        const std::size_t maps = m_file.find(kRanges) == nullptr ? 0 : m_generator.layers.size() + 1;
        require(maps > 0 || m_model.plan.isAllFloat(), "tensor ranges is missing");
        const nlohmann::json &exponents = array("channel_exponents", maps);
        const nlohmann::json &perChannel = array("channel_ranges", maps);
        const auto description = m_json.find("calibration");
        require(description != m_json.end() && description->is_string(), "\"calibration\" is not a text");
        Calibration &calibration = m_model.calibration;
        calibration.description = description->get<std::string>();
        if (maps == 0)
            return;
        std::size_t expected = 0;
        for (std::size_t map = 0; map < maps; ++map) {
            require(perChannel[map] == 0 || perChannel[map] == 1, "\"channel_ranges\" holds other than 0 and 1");
            expected += perChannel[map] == 1 ? 2 + 2 * channels(map) : 2;
        }
        const std::vector<float> numbers = floats(kRanges, {static_cast<std::int64_t>(expected)});
        auto next = numbers.begin();
        const auto part = [&next](std::size_t count) {
            const std::vector<float> values(next, next + static_cast<std::ptrdiff_t>(count));
            next += static_cast<std::ptrdiff_t>(count);
            return values;
        };
        for (std::size_t map = 0; map < maps; ++map) {
            Range range{*next, *(next + 1), {}, {}};
            next += 2;
            if (perChannel[map] == 1) {
                range.channelLow = part(channels(map));
                range.channelHigh = part(channels(map));
            }
            require(exponents[map].is_number(), "\"channel_exponents\" holds other than numbers");
            const double exponent = exponents[map].get<double>();
            require(exponent >= 0.0 && exponent <= 1.0, "a channel exponent is outside 0 to 1");
            calibration.channelExponents.push_back(static_cast<float>(exponent));
            calibration.ranges.push_back(std::move(range));
        }
        checkQuantizers();
    }

    std::size_t channels(std::size_t map) const
    {
        return static_cast<std::size_t>(m_generator.mapChannels(static_cast<int>(map)));
    }

    void checkQuantizers() const
    {
        const Calibration &calibration = m_model.calibration;
        for (std::size_t map = 0; map < calibration.ranges.size(); ++map) {
            try {
                makeActivationQuantizer(calibration.ranges[map], static_cast<int>(channels(map)), 8,
                                        calibration.channelExponents[map]);
            } catch (const base::Error &error) {
                throw base::Error(base::ErrorCode::BrokenFile, m_name,
                                  fmt::format("feature map {}: {}", map, error.detail()));
            }
        }
    }

    void readLayer(std::size_t index, int slopeCount)
    {
        model::ConvLayer &layer = m_generator.layers[index];
        QuantizedLayer &quantized = m_model.layers[index];
        quantized.bits = m_model.plan.at(index);
        const std::int64_t out = layer.outChannels;
        if (quantized.bits.isFloat())
            layer.weight = std::make_shared<const std::vector<float>>(
                floats(layer.path + ".weight", {out, layer.inChannels, layer.kernel, layer.kernel}));
        else
            readIntegers(layer, quantized);
        quantized.bias = floats(layer.path + ".bias", {out});
        layer.bias = quantized.bias;
        if (slopeCount > 0)
            layer.slopes = floats(layer.path + ".slopes", {slopeCount});
    }

    void readIntegers(const model::ConvLayer &layer, QuantizedLayer &quantized)
    {
        const std::string name = layer.path + ".weight";
        const SafetensorsEntry &entry = take(name);
        const int bits = quantized.bits.weight;
        require(entry.type == SafetensorsType::U8 && entry.bytes.size() == packedSize(layer.weightCount(), bits),
                fmt::format("tensor {} is not U8 [{}]", name, packedSize(layer.weightCount(), bits)));
        auto values = unpackBits(entry.bytes, layer.weightCount(), bits);
        require(values.has_value(), fmt::format("tensor {} holds values that {}-bit weights cannot have", name, bits));
        quantized.weights.bits = bits;
        quantized.weights.values = std::move(*values);
        quantized.weights.scale = floats(layer.path + ".scale", {layer.outChannels});
        require(std::all_of(quantized.weights.scale.begin(), quantized.weights.scale.end(),
                            [](float scale) { return scale > 0.0F; }),
                fmt::format("tensor {}.scale holds other than positive numbers", layer.path));
    }

    /// What the integers stand for, so that the model can also run in float and be inspected.
    void fillWeights()
    {
        m_model.generator = model::GeneratorPtr(&m_generator, [](const model::Generator *) {});
        for (std::size_t i = 0; i < m_model.layers.size(); ++i) {
            if (m_model.layers[i].bits.isFloat())
                continue;
            model::ConvLayer &layer = m_generator.layers[i];
            const QuantizedWeights &quantized = m_model.layers[i].weights;
            const std::vector<float> inputScales = m_model.inputScales(static_cast<int>(i));
            const auto taps = static_cast<std::size_t>(layer.kernel * layer.kernel);
            std::vector<float> weight(quantized.values.size());
            for (std::size_t w = 0; w < weight.size(); ++w)
                weight[w] = static_cast<float>(quantized.values[w]) * quantized.scale[w / (taps * inputScales.size())]
                            / inputScales[w / taps % inputScales.size()];
            layer.weight = std::make_shared<const std::vector<float>>(std::move(weight));
        }
    }

    std::string m_name;
    model::SafetensorsFile m_file;
    std::map<std::string, bool> m_taken;
    nlohmann::json m_json;
    model::Generator m_generator;
    QuantizedModel m_model;
};

} // namespace

std::size_t packedBytes(const QuantizedModel &model)
{
    std::vector<SafetensorsEntry> entries;
    for (const Piece &piece : piecesOf(model))
        entries.push_back(piece.entry);
    return model::safetensorsBytes(entries, metadataOf(model));
}

std::size_t floatBytes(const model::Generator &generator) { return packedBytes(floatModel(generator)); }

std::size_t packedLayerBytes(const QuantizedModel &model, std::size_t layer)
{
    std::vector<Piece> pieces;
    addLayer(model.generator->layers.at(layer), model.layers.at(layer), pieces);
    std::size_t bytes = 0;
    for (const Piece &piece : pieces)
        bytes += dataBytes(piece.entry);
    return bytes;
}

std::vector<std::uint8_t> pack(const QuantizedModel &model)
{
    std::vector<Piece> pieces = piecesOf(model);
    std::vector<std::vector<std::uint8_t>> data;
    std::vector<SafetensorsEntry> entries;
    for (Piece &piece : pieces) {
        data.push_back(piece.bytes());
        piece.entry.bytes = data.back();
        entries.push_back(piece.entry);
    }
    return model::writeSafetensors(entries, metadataOf(model));
}

void writePacked(const QuantizedModel &model, const std::string &path)
{
    const std::vector<std::uint8_t> bytes = pack(model);
    base::writeFileAtomically(path, bytes);
}

bool isPacked(std::span<const std::uint8_t> bytes)
{
    return model::peekSafetensorsMetadata(bytes).contains(kPackedMetadataKey);
}

QuantizedModelPtr unpack(std::span<const std::uint8_t> bytes, const std::string &file)
{
    return Unpacker(bytes, file).read();
}

} // namespace bitlens::quant
