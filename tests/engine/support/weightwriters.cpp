// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/engine/support/weightwriters.h"

#include "engine/base/file.h"
#include "engine/model/elements.h"
#include "engine/model/safetensors.h"

#include <bit>
#include <cstring>
#include <stdexcept>

namespace bitlens::test {

namespace {

void append(Bytes &bytes, std::string_view text) { bytes.insert(bytes.end(), text.begin(), text.end()); }

void append(Bytes &bytes, const Bytes &more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

void appendNumber(Bytes &bytes, std::uint64_t value, int count)
{
    for (int i = 0; i < count; ++i)
        bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint32_t crc32(const Bytes &bytes)
{
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

std::uint16_t roundedHalf(float value)
{
    // Tests use values that binary16 can hold; search the neighbours of a truncated one otherwise.
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value) & 0xFFFFE000U;
    if (const auto half = model::exactHalf(std::bit_cast<float>(bits)))
        return *half;
    return 0;
}

int elementBytes(const std::string &storageClass)
{
    return storageClass == "DoubleStorage" ? 8 : storageClass == "FloatStorage" ? 4 : 2;
}

/// The pickle of a state dict, and its storages "0", "1", …
std::pair<Bytes, std::vector<RawStorage>> pickled(const model::StateDict &state, const TorchOptions &options)
{
    PickleWriter writer;
    std::vector<RawStorage> storages;
    for (const std::string &wrapper : options.wrappers)
        writer.raw("}").text(wrapper);
    writer.emptyOrderedDict().raw("(");
    for (const auto &[key, tensor] : state.entries) {
        const std::string name = std::to_string(storages.size());
        writer.text(options.prefix + key)
            .tensor(tensor.shape, name, options.storageClass, static_cast<std::int64_t>(tensor.values.size()));
        storages.push_back(
            {name, storageBytes(tensor.values, options.storageClass), elementBytes(options.storageClass)});
    }
    writer.raw("u");
    // torch gives the dictionary an attribute _metadata.
    writer.raw("}").text("_metadata").emptyOrderedDict().raw("sb");
    for (std::size_t i = 0; i < options.wrappers.size(); ++i)
        writer.raw("s");
    return {writer.pickle(), std::move(storages)};
}

/// Writes the lines of a .param file and keeps count of them.
class ParamWriter {
public:
    void layer(const std::string &type, const std::string &name, const std::vector<std::string> &inputs,
               const std::vector<std::string> &outputs, const std::string &parameters = {})
    {
        m_text += type + " " + name + " " + std::to_string(inputs.size()) + " " + std::to_string(outputs.size());
        for (const std::string &blob : inputs)
            m_text += " " + blob;
        for (const std::string &blob : outputs)
            m_text += " " + blob;
        m_text += (parameters.empty() ? "" : " " + parameters) + "\n";
        ++m_layers;
        m_blobs += static_cast<int>(outputs.size());
    }
    std::string text() const
    {
        return "7767517\n" + std::to_string(m_layers) + " " + std::to_string(m_blobs) + "\n" + m_text;
    }

private:
    std::string m_text;
    int m_layers = 0;
    int m_blobs = 0;
};

/// Turns a description into ncnn's layers: blobs that are used more than once go through Split.
class NcnnWriter {
public:
    NcnnWriter(const model::Generator &generator, bool half) : m_generator(generator), m_half(half) {}

    NcnnPair write()
    {
        m_uses.assign(m_generator.layers.size() + 1, 0);
        for (const model::ConvLayer &layer : m_generator.layers) {
            for (const int map : layer.inputs)
                ++m_uses[static_cast<std::size_t>(map)];
            for (const model::Residual &residual : layer.residuals)
                ++m_uses[static_cast<std::size_t>(residual.source)];
        }
        m_param.layer("Input", "input", {}, {"data"});
        publish(0, "data");
        for (std::size_t i = 0; i < m_generator.layers.size(); ++i)
            layer(m_generator.layers[i], static_cast<int>(i) + 1);
        return {m_param.text(), m_bin};
    }

private:
    std::string unique(const std::string &kind) { return kind + "_" + std::to_string(m_next++); }

    void publish(int map, const std::string &blob)
    {
        const auto index = static_cast<std::size_t>(map);
        m_blobs.resize(index + 1);
        if (m_uses[index] <= 1) {
            m_blobs[index] = {blob};
            return;
        }
        for (int i = 0; i < m_uses[index]; ++i)
            m_blobs[index].push_back(blob + "_" + std::to_string(i));
        m_param.layer("Split", unique("split"), {blob}, m_blobs[index]);
    }

    std::string use(int map)
    {
        std::vector<std::string> &left = m_blobs[static_cast<std::size_t>(map)];
        const std::string blob = left.back();
        left.pop_back();
        return blob;
    }

    std::string resized(const std::string &blob, int factor, int kind)
    {
        const std::string name = unique("resize");
        m_param.layer("Interp", name, {blob}, {name},
                      "0=" + std::to_string(kind) + " 1=" + std::to_string(factor) + ".0 2=" + std::to_string(factor)
                          + ".0");
        return name;
    }

    void layer(const model::ConvLayer &layer, int map)
    {
        std::vector<std::string> inputs;
        for (const int input : layer.inputs)
            inputs.push_back(use(input));
        std::string blob = inputs.front();
        if (inputs.size() > 1) {
            blob = unique("concat");
            m_param.layer("Concat", blob, inputs, {blob});
        }
        if (layer.upsample > 1)
            blob = resized(blob, layer.upsample, 1);
        blob = convolution(layer, blob);
        if (layer.activation == model::ActivationKind::PRelu) {
            const std::string name = unique("prelu");
            m_param.layer("PReLU", name, {blob}, {name}, "0=" + std::to_string(layer.slopes.size()));
            append(m_bin, storageBytes(layer.slopes, "FloatStorage"));
            blob = name;
        }
        if (layer.shuffle > 1) {
            const std::string name = unique("shuffle");
            m_param.layer("PixelShuffle", name, {blob}, {name}, "0=" + std::to_string(layer.shuffle));
            blob = name;
        }
        for (const model::Residual &residual : layer.residuals)
            blob = sum(blob, residual, map);
        publish(map, blob);
    }

    std::string convolution(const model::ConvLayer &layer, const std::string &input)
    {
        const std::string name = unique("conv");
        std::string parameters = "0=" + std::to_string(layer.outChannels) + " 1=" + std::to_string(layer.kernel) + " 4="
                                 + std::to_string(layer.kernel / 2) + " 5=1 6=" + std::to_string(layer.weightCount());
        if (layer.activation == model::ActivationKind::Relu)
            parameters += " 9=1";
        if (layer.activation == model::ActivationKind::LeakyRelu)
            parameters += " 9=2 -23310=1," + std::to_string(layer.slopes.front());
        m_param.layer("Convolution", name, {input}, {name}, parameters);
        appendNumber(m_bin, m_half ? 0x01306B47U : 0U, 4);
        append(m_bin, storageBytes(*layer.weight, m_half ? "HalfStorage" : "FloatStorage"));
        m_bin.resize((m_bin.size() + 3) / 4 * 4);
        append(m_bin, storageBytes(layer.bias, "FloatStorage"));
        return name;
    }

    std::string sum(const std::string &blob, const model::Residual &residual, int map)
    {
        const std::string name = unique("sum");
        std::string source = use(residual.source);
        if (residual.resample != model::Residual::Resample::None)
            source = resized(source, m_generator.mapScale(map) / m_generator.mapScale(residual.source),
                             residual.resample == model::Residual::Resample::Nearest ? 1 : 2);
        if (residual.scale == 1.0F)
            m_param.layer("BinaryOp", name, {source, blob}, {name});
        else
            m_param.layer("Eltwise", name, {blob, source}, {name},
                          "0=1 -23301=2," + std::to_string(residual.scale) + ",1.0");
        return name;
    }

    const model::Generator &m_generator;
    bool m_half;
    ParamWriter m_param;
    Bytes m_bin;
    std::vector<int> m_uses;
    std::vector<std::vector<std::string>> m_blobs; ///< references left, per map
    int m_next = 0;
};

} // namespace

Bytes PickleWriter::pickle() const
{
    Bytes bytes{0x80, 2};
    append(bytes, m_bytes);
    bytes.push_back('.');
    return bytes;
}

PickleWriter &PickleWriter::raw(std::string_view bytes)
{
    append(m_bytes, bytes);
    return *this;
}

PickleWriter &PickleWriter::integer(std::int64_t value)
{
    m_bytes.push_back(0x8a);
    m_bytes.push_back(8);
    appendNumber(m_bytes, static_cast<std::uint64_t>(value), 8);
    return *this;
}

PickleWriter &PickleWriter::text(std::string_view value)
{
    m_bytes.push_back('X');
    appendNumber(m_bytes, value.size(), 4);
    append(m_bytes, value);
    return *this;
}

PickleWriter &PickleWriter::global(std::string_view module, std::string_view name)
{
    m_bytes.push_back('c');
    append(m_bytes, module);
    m_bytes.push_back('\n');
    append(m_bytes, name);
    m_bytes.push_back('\n');
    return *this;
}

PickleWriter &PickleWriter::emptyOrderedDict() { return global("collections", "OrderedDict").raw(")R"); }

PickleWriter &PickleWriter::tensor(const std::vector<std::int64_t> &shape, std::string_view key,
                                   std::string_view storageClass, std::int64_t elements)
{
    global("torch._utils", "_rebuild_tensor_v2").raw("((");
    text("storage").global("torch", storageClass).text(key).text("cpu").integer(elements).raw("tQ").integer(0);
    raw("(");
    for (const std::int64_t size : shape)
        integer(size);
    raw("t(");
    for (std::size_t i = 0; i < shape.size(); ++i) {
        std::int64_t stride = 1;
        for (std::size_t j = i + 1; j < shape.size(); ++j)
            stride *= shape[j];
        integer(stride);
    }
    return raw("t\x89").emptyOrderedDict().raw("tR");
}

Bytes storageBytes(const std::vector<float> &values, const std::string &storageClass)
{
    Bytes bytes;
    for (const float value : values) {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        if (storageClass == "FloatStorage")
            appendNumber(bytes, bits, 4);
        else if (storageClass == "HalfStorage")
            appendNumber(bytes, roundedHalf(value), 2);
        else if (storageClass == "BFloat16Storage")
            appendNumber(bytes, bits >> 16U, 2);
        else if (storageClass == "DoubleStorage")
            appendNumber(bytes, std::bit_cast<std::uint64_t>(double(value)), 8);
        else
            throw std::invalid_argument(storageClass);
    }
    return bytes;
}

Bytes storedZipBytes(const std::vector<std::pair<std::string, Bytes>> &entries)
{
    Bytes file;
    Bytes directory;
    for (const auto &[name, bytes] : entries) {
        Bytes common;
        for (const int field : {0, 0, 0, 0}) // flags, method (stored), time, date
            appendNumber(common, static_cast<std::uint64_t>(field), 2);
        appendNumber(common, crc32(bytes), 4);
        appendNumber(common, bytes.size(), 4);
        appendNumber(common, bytes.size(), 4);
        appendNumber(common, name.size(), 2);
        appendNumber(common, 0, 2); // extra field
        append(directory, std::string_view("PK\x01\x02", 4));
        appendNumber(directory, 0, 2); // made by
        appendNumber(directory, 0, 2); // needed
        append(directory, common);
        appendNumber(directory, 0, 2); // comment
        appendNumber(directory, 0, 2); // disk
        appendNumber(directory, 0, 2); // internal attributes
        appendNumber(directory, 0, 4); // external attributes
        appendNumber(directory, file.size(), 4);
        append(directory, name);
        append(file, std::string_view("PK\x03\x04", 4));
        appendNumber(file, 0, 2);
        append(file, common);
        append(file, name);
        append(file, bytes);
    }
    const std::size_t start = file.size();
    append(file, directory);
    append(file, std::string_view("PK\x05\x06", 4));
    appendNumber(file, 0, 4); // disks
    appendNumber(file, entries.size(), 2);
    appendNumber(file, entries.size(), 2);
    appendNumber(file, directory.size(), 4);
    appendNumber(file, start, 4);
    appendNumber(file, 0, 2);
    return file;
}

Bytes torchZipBytes(const Bytes &objectPickle, const std::vector<RawStorage> &storages)
{
    std::vector<std::pair<std::string, Bytes>> entries{{"archive/data.pkl", objectPickle}};
    for (const RawStorage &storage : storages)
        entries.emplace_back("archive/data/" + storage.key, storage.bytes);
    entries.emplace_back("archive/version", Bytes{'3', '\n'});
    return storedZipBytes(entries);
}

Bytes torchLegacyBytes(const Bytes &objectPickle, const std::vector<RawStorage> &storages)
{
    Bytes file{0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};
    append(file, PickleWriter().raw("M\xe9\x03").pickle());
    append(file, PickleWriter().raw("}").text("little_endian").raw("\x88s").pickle());
    append(file, objectPickle);
    PickleWriter keys;
    keys.raw("](");
    for (const RawStorage &storage : storages)
        keys.text(storage.key);
    append(file, keys.raw("e").pickle());
    for (const RawStorage &storage : storages) {
        appendNumber(file, storage.bytes.size() / static_cast<std::size_t>(storage.elementBytes), 8);
        append(file, storage.bytes);
    }
    return file;
}

Bytes torchZipBytes(const model::StateDict &state, const TorchOptions &options)
{
    const auto [object, storages] = pickled(state, options);
    return torchZipBytes(object, storages);
}

Bytes torchLegacyBytes(const model::StateDict &state, const TorchOptions &options)
{
    const auto [object, storages] = pickled(state, options);
    return torchLegacyBytes(object, storages);
}

Bytes safetensorsBytes(const model::StateDict &state)
{
    std::vector<model::SafetensorsEntry> entries;
    for (const auto &[key, tensor] : state.entries)
        entries.push_back({key,
                           model::SafetensorsType::F32,
                           tensor.shape,
                           {reinterpret_cast<const std::uint8_t *>(tensor.values.data()), tensor.values.size() * 4}});
    return model::writeSafetensors(entries, {});
}

NcnnPair ncnnFiles(const model::Generator &generator, bool half) { return NcnnWriter(generator, half).write(); }

std::string writeTestFile(const std::string &folder, const std::string &name, const Bytes &bytes)
{
    const std::string path = folder + "/" + name;
    base::writeFileAtomically(path, bytes);
    return path;
}

std::string writeTestFile(const std::string &folder, const std::string &name, const std::string &text)
{
    const std::string path = folder + "/" + name;
    base::writeFileAtomically(path, text);
    return path;
}

} // namespace bitlens::test
