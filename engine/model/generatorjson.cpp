// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/generatorjson.h"

#include "engine/base/error.h"
#include "engine/model/elements.h"
#include "engine/model/generatorbuilder.h"
#include "engine/model/safetensors.h"
#include "engine/model/weighttaker.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bitlens::model {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kSchema = 1;
// 351 layers take 70 kB.
constexpr std::size_t kMaximumDescription = 512'000;
// Beyond every generator; products of these stay far inside 64 bits.
constexpr int kMaximumChannels = 1 << 14;
constexpr int kMaximumKernel = 31;
constexpr int kMaximumShuffle = 64;

template <typename Enum>
struct Name {
    Enum value;
    const char *text;
};

constexpr std::array<Name<ActivationKind>, 4> kActivations{{{ActivationKind::None, "none"},
                                                            {ActivationKind::Relu, "relu"},
                                                            {ActivationKind::LeakyRelu, "leaky_relu"},
                                                            {ActivationKind::PRelu, "prelu"}}};
constexpr std::array<Name<Residual::Resample>, 3> kResamples{{{Residual::Resample::None, "none"},
                                                              {Residual::Resample::Nearest, "nearest"},
                                                              {Residual::Resample::Bilinear, "bilinear"}}};
constexpr std::array<Name<OutputTransform>, 3> kOutputs{{{OutputTransform::None, "none"},
                                                         {OutputTransform::TanhToUnit, "tanh_to_unit"},
                                                         {OutputTransform::LinearToUnit, "linear_to_unit"}}};
constexpr std::array<Name<Family>, 3> kFamilies{
    {{Family::Srgan, "SRGAN"}, {Family::Rrdb, "RRDBNet"}, {Family::SrvggCompact, "SRVGGNetCompact"}}};
constexpr std::array<Name<WeightStorage>, 6> kStorages{{{WeightStorage::Float32, "FP32"},
                                                        {WeightStorage::Float16, "FP16"},
                                                        {WeightStorage::BFloat16, "BF16"},
                                                        {WeightStorage::Float64, "FP64"},
                                                        {WeightStorage::Int8, "INT8"},
                                                        {WeightStorage::Quantized, "quantized"}}};

template <typename Enum, std::size_t count>
const char *textOf(const std::array<Name<Enum>, count> &names, Enum value)
{
    for (const Name<Enum> &name : names)
        if (name.value == value)
            return name.text;
    return "none";
}

ordered_json layerToJson(const ConvLayer &layer)
{
    ordered_json object{{"name", layer.name},
                        {"inputs", layer.inputs},
                        {"in", layer.inChannels},
                        {"out", layer.outChannels},
                        {"kernel", layer.kernel}};
    if (layer.upsample != 1)
        object["upsample"] = layer.upsample;
    if (layer.shuffle != 1)
        object["shuffle"] = layer.shuffle;
    if (layer.activation != ActivationKind::None) {
        object["activation"] = textOf(kActivations, layer.activation);
        object["slopes"] = layer.slopes.size();
    }
    for (const Residual &residual : layer.residuals)
        object["residuals"].push_back({{"source", residual.source},
                                       {"scale", residual.scale},
                                       {"resample", textOf(kResamples, residual.resample)}});
    return object;
}

/// Reads the description; every complaint names the file and the place.
class DescriptionReader {
public:
    explicit DescriptionReader(const std::string &file) : m_file(file) {}

    Generator read(const std::string &text, std::vector<int> *slopeCounts)
    {
        if (text.size() > kMaximumDescription)
            fail(fmt::format("{} bytes, expected at most {}", text.size(), kMaximumDescription));
        const json document = json::parse(text, nullptr, false);
        if (!document.is_object() || integer(document, "schema") != kSchema)
            fail(fmt::format("expected a JSON object of schema {}", kSchema));
        GeneratorBuilder builder(choice(document, "family", kFamilies, std::nullopt));
        Generator &generator = builder.generator();
        generator.name = string(document, "name");
        generator.scale = integer(document, "scale");
        generator.inputUnshuffle = within(integer(document, "input_unshuffle", 1), 1, 8, "input_unshuffle");
        generator.output = choice(document, "output", kOutputs, OutputTransform::None);
        generator.storage = choice(document, "storage", kStorages, WeightStorage::Float32);
        for (const json &stage : list(document, "stages")) {
            builder.beginStage(string(stage, "name"));
            for (const json &item : list(stage, "layers")) {
                ConvLayer layer = readLayer(item, builder.lastMap());
                if (slopeCounts != nullptr)
                    slopeCounts->push_back(integer(item, "slopes", 0));
                builder.add(std::move(layer));
            }
        }
        return builder.take();
    }

private:
    /// `maps` is the number of the newest feature map that the layer may use. What is checked here is what the
    /// generator's own functions rely on; the rest is validate()'s.
    ConvLayer readLayer(const json &object, int maps)
    {
        ConvLayer layer;
        layer.name = string(object, "name");
        for (const json &input : list(object, "inputs"))
            layer.inputs.push_back(
                within(integer(input, std::string("an input")), 0, maps, "an input of " + layer.name));
        if (layer.inputs.empty())
            fail(fmt::format("layer {} has no inputs", layer.name));
        layer.inChannels = within(integer(object, "in"), 1, kMaximumChannels, "in");
        layer.outChannels = within(integer(object, "out"), 1, kMaximumChannels, "out");
        layer.kernel = within(integer(object, "kernel"), 1, kMaximumKernel, "kernel");
        layer.upsample = within(integer(object, "upsample", 1), 1, 2, "upsample");
        layer.shuffle = within(integer(object, "shuffle", 1), 1, kMaximumShuffle, "shuffle");
        layer.activation = choice(object, "activation", kActivations, ActivationKind::None);
        if (object.contains("residuals"))
            for (const json &item : list(object, "residuals")) {
                layer.residuals.push_back(readResidual(item));
                within(layer.residuals.back().source, 0, maps, "a residual source of " + layer.name);
            }
        return layer;
    }

    int within(int value, int low, int high, const std::string &what) const
    {
        if (value < low || value > high)
            fail(fmt::format("{} is {}, expected {} to {}", what, value, low, high));
        return value;
    }

    Residual readResidual(const json &object)
    {
        Residual residual;
        residual.source = integer(object, "source");
        const json &scale = member(object, "scale");
        if (!scale.is_number())
            fail("scale is no number");
        residual.scale = static_cast<float>(scale.get<double>());
        residual.resample = choice(object, "resample", kResamples, Residual::Resample::None);
        return residual;
    }

    const json &member(const json &object, const char *key) const
    {
        if (!object.is_object() || !object.contains(key))
            fail(fmt::format("{} is missing", key));
        return object[key];
    }

    const json &list(const json &object, const char *key) const
    {
        const json &value = member(object, key);
        if (!value.is_array())
            fail(fmt::format("{} is no list", key));
        return value;
    }

    std::string string(const json &object, const char *key) const
    {
        const json &value = member(object, key);
        if (!value.is_string())
            fail(fmt::format("{} is no text", key));
        return value.get<std::string>();
    }

    int integer(const json &value, const std::string &what) const
    {
        constexpr std::int64_t kLargest = 1 << 24;
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::uint64_t(kLargest))
            fail(fmt::format("{} is no whole number from 0 to {}", what, kLargest));
        return static_cast<int>(value.get<std::uint64_t>());
    }

    int integer(const json &object, const char *key) const { return integer(member(object, key), std::string(key)); }

    int integer(const json &object, const char *key, int otherwise) const
    {
        return object.is_object() && object.contains(key) ? integer(object, key) : otherwise;
    }

    template <typename Enum, std::size_t count>
    Enum choice(const json &object, const char *key, const std::array<Name<Enum>, count> &names,
                std::type_identity_t<std::optional<Enum>> otherwise) const
    {
        if (otherwise && object.is_object() && !object.contains(key))
            return *otherwise;
        const std::string text = string(object, key);
        std::string known;
        for (const Name<Enum> &name : names) {
            if (text == name.text)
                return name.value;
            known += (known.empty() ? "" : ", ") + std::string(name.text);
        }
        fail(fmt::format("{} is \"{}\", expected one of {}", key, text.substr(0, 40), known));
    }

    [[noreturn]] void fail(const std::string &what) const
    {
        throw base::Error(base::ErrorCode::BrokenFile, m_file, "generator description: " + what);
    }

    const std::string &m_file;
};

/// One tensor on its way into a file: F16 where asked for and exact, else F32.
class PackedTensor {
public:
    PackedTensor(std::string name, std::vector<std::int64_t> shape, const std::vector<float> &values, bool halfWanted)
        : m_name(std::move(name)), m_shape(std::move(shape)), m_values(&values)
    {
        if (!halfWanted)
            return;
        m_halves.reserve(values.size());
        for (const float value : values) {
            const auto half = exactHalf(value);
            if (!half) {
                m_halves.clear();
                return;
            }
            m_halves.push_back(*half);
        }
    }

    SafetensorsEntry entry() const
    {
        const bool isHalf = !m_halves.empty();
        const void *const data = isHalf ? static_cast<const void *>(m_halves.data()) : m_values->data();
        const std::size_t bytes = isHalf ? m_halves.size() * 2 : m_values->size() * 4;
        return {m_name,
                isHalf ? SafetensorsType::F16 : SafetensorsType::F32,
                m_shape,
                {static_cast<const std::uint8_t *>(data), bytes}};
    }

private:
    std::string m_name;
    std::vector<std::int64_t> m_shape;
    const std::vector<float> *m_values;
    std::vector<std::uint16_t> m_halves;
};

} // namespace

std::string generatorToJson(const Generator &generator)
{
    ordered_json document{{"schema", kSchema},
                          {"family", textOf(kFamilies, generator.family)},
                          {"name", generator.name},
                          {"scale", generator.scale},
                          {"input_unshuffle", generator.inputUnshuffle},
                          {"output", textOf(kOutputs, generator.output)},
                          {"storage", textOf(kStorages, generator.storage)},
                          {"stages", ordered_json::array()}};
    for (const Stage &stage : generator.stages) {
        ordered_json layers = ordered_json::array();
        for (int i = stage.firstLayer; i < stage.firstLayer + stage.layerCount; ++i)
            layers.push_back(layerToJson(generator.layers.at(static_cast<std::size_t>(i))));
        document["stages"].push_back({{"name", stage.name}, {"layers", std::move(layers)}});
    }
    // File names need not be UTF-8: replace what is not.
    return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Generator generatorFromJson(const std::string &text, const std::string &file, std::vector<int> *slopeCounts)
{
    return DescriptionReader(file).read(text, slopeCounts);
}

std::vector<std::uint8_t> exportGenerator(const Generator &generator)
{
    const bool halfWanted = generator.storage == WeightStorage::Float16;
    std::vector<PackedTensor> tensors;
    for (const ConvLayer &layer : generator.layers) {
        tensors.emplace_back(layer.path + ".weight",
                             std::vector<std::int64_t>{layer.outChannels, layer.inChannels, layer.kernel, layer.kernel},
                             *layer.weight, halfWanted);
        tensors.emplace_back(layer.path + ".bias", std::vector<std::int64_t>{layer.outChannels}, layer.bias,
                             halfWanted);
        if (!layer.slopes.empty())
            tensors.emplace_back(layer.path + ".slopes",
                                 std::vector<std::int64_t>{static_cast<std::int64_t>(layer.slopes.size())},
                                 layer.slopes, halfWanted);
    }
    std::vector<SafetensorsEntry> entries;
    for (const PackedTensor &tensor : tensors)
        entries.push_back(tensor.entry());
    return writeSafetensors(entries, {{kGeneratorMetadataKey, generatorToJson(generator)}});
}

Generator generatorFromExport(const std::string &text, StateDict state, const std::string &file)
{
    std::vector<int> slopeCounts;
    Generator generator = generatorFromJson(text, file, &slopeCounts);
    WeightTaker weights(std::move(state), file);
    for (std::size_t i = 0; i < generator.layers.size(); ++i) {
        ConvLayer &layer = generator.layers[i];
        weights.takeConvolution(layer.path, layer);
        if (slopeCounts[i] > 0)
            layer.slopes = weights.take(layer.path + ".slopes", {slopeCounts[i]}).values;
    }
    weights.requireAllTaken();
    generator.source = file;
    generator.validate(file);
    return generator;
}

} // namespace bitlens::model
