// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/ncnn.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/model/elements.h"
#include "engine/model/ncnngraph.h"
#include "engine/model/ncnnparam.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kTagFloat = 0;
constexpr std::uint32_t kTagFloatToo = 0x0002C056;
constexpr std::uint32_t kTagHalf = 0x01306B47;
constexpr std::int64_t kMaximumChannels = 1 << 16;

/// Layers without numbers of their own.
constexpr std::array<std::string_view, 19> kPlainLayers{
    "BinaryOp", "Clip", "Concat", "Crop",         "Dropout", "Eltwise", "Flatten", "Input", "Interp", "Noop",
    "Pooling",  "ReLU", "Reorg",  "PixelShuffle", "Reshape", "Sigmoid", "Softmax", "Split", "TanH"};

/// Takes the numbers out of a .bin file in the order of the layers.
class NumberReader {
public:
    NumberReader(std::span<const std::uint8_t> bytes, const std::string &file) : m_bytes(bytes), m_file(file) {}

    /// A block that starts with a tag for its storage.
    Tensor tagged(std::string_view layer, std::vector<std::int64_t> shape)
    {
        const auto head = bytes(layer, 4);
        const std::uint32_t tag = std::uint32_t(head[0]) | std::uint32_t(head[1]) << 8U | std::uint32_t(head[2]) << 16U
                                  | std::uint32_t(head[3]) << 24U;
        if (tag == kTagFloat || tag == kTagFloatToo)
            return numbers(layer, std::move(shape), ElementType::Float32);
        if (tag != kTagHalf)
            fail(layer,
                 fmt::format("its weights are stored in a way that is not read (tag {:#010x}, 8-bit or unknown), "
                             "expected FP32 or FP16",
                             tag));
        Tensor tensor = numbers(layer, std::move(shape), ElementType::Float16);
        if (tensor.values.size() % 2 != 0)
            bytes(layer, 2); // blocks end at multiples of four bytes
        return tensor;
    }

    /// Values without a tag.
    Tensor numbers(std::string_view layer, std::vector<std::int64_t> shape, ElementType type)
    {
        const std::uint64_t limit = (m_bytes.size() - m_position) / elementBytes(type);
        const auto count = elementCount(shape, limit);
        if (!count)
            fail(layer, "the file ends before its numbers");
        return Tensor{std::move(shape), decodeElements(bytes(layer, *count * elementBytes(type)), type),
                      elementStorage(type)};
    }

    void requireEnd() const
    {
        if (m_position != m_bytes.size())
            throw base::Error(base::ErrorCode::BrokenFile, m_file,
                              fmt::format("{} bytes after the last layer's numbers", m_bytes.size() - m_position));
    }

    [[noreturn]] void fail(std::string_view layer, const std::string &what) const
    {
        throw base::Error(base::ErrorCode::BrokenFile, m_file, fmt::format("layer {}: {}", layer.substr(0, 60), what));
    }

private:
    std::span<const std::uint8_t> bytes(std::string_view layer, std::uint64_t count)
    {
        if (count > m_bytes.size() - m_position)
            fail(layer, "the file ends before its numbers");
        m_position += count;
        return m_bytes.subspan(m_position - count, count);
    }

    std::span<const std::uint8_t> m_bytes;
    const std::string &m_file;
    std::size_t m_position = 0;
};

void readConvolution(const NcnnLayer &layer, NumberReader &numbers, StateDict &state)
{
    const std::int64_t outputs = layer.integer(0, 0);
    const std::int64_t width = layer.integer(1, 0);
    const std::int64_t height = layer.integer(11, static_cast<int>(width));
    const std::int64_t weights = layer.integer(6, 0);
    if (outputs < 1 || outputs > kMaximumChannels || width < 1 || width > 64 || height < 1 || height > 64 || weights < 1
        || weights % (outputs * width * height) != 0)
        numbers.fail(layer.name,
                     fmt::format("{} weights for {} outputs and a kernel of {}x{}", weights, outputs, width, height));
    if (layer.integer(8, 0) != 0)
        numbers.fail(layer.name, "its weights are stored as 8-bit integers, expected FP32 or FP16");
    const std::int64_t inputs = weights / (outputs * width * height);
    const std::string name(layer.name);
    state.entries.emplace_back(name + ".weight", numbers.tagged(layer.name, {outputs, inputs, height, width}));
    if (layer.integer(5, 0) != 0)
        state.entries.emplace_back(name + ".bias", numbers.numbers(layer.name, {outputs}, ElementType::Float32));
}

void readNumbers(const NcnnLayer &layer, NumberReader &numbers, StateDict &state, const std::string &file)
{
    if (layer.type == "Convolution") {
        readConvolution(layer, numbers, state);
    } else if (layer.type == "PReLU") {
        const std::int64_t slopes = layer.integer(0, 0);
        state.entries.emplace_back(std::string(layer.name) + ".weight",
                                   numbers.numbers(layer.name, {slopes}, ElementType::Float32));
    } else if (std::find(kPlainLayers.begin(), kPlainLayers.end(), layer.type) == kPlainLayers.end()) {
        throwUnknownGenerator(
            file, fmt::format("layer {} is of type {}", layer.name.substr(0, 60), layer.type.substr(0, 60)));
    }
}

std::string partner(const std::string &path, const char *extension)
{
    return fs::path(path).replace_extension(extension).string();
}

bool isBinWithParam(const FileContent &file)
{
    if (fs::path(file.path).extension() != ".bin")
        return false;
    try {
        return looksLikeNcnnParam(base::readFileStart(partner(file.path, ".param"), 16));
    } catch (const base::Error &) {
        return false;
    }
}

bool recognises(const FileContent &file) { return looksLikeNcnnParam(file.bytes) || isBinWithParam(file); }

WeightFile readPair(const FileContent &param, const FileContent &bin)
{
    const std::vector<NcnnLayer> layers = parseNcnnParam(param.bytes, param.path);
    NumberReader numbers(bin.bytes, bin.path);
    WeightFile result;
    std::set<std::string_view> names;
    for (const NcnnLayer &layer : layers) {
        if (!names.insert(layer.name).second)
            throw base::Error(base::ErrorCode::BrokenFile, param.path,
                              fmt::format("layer {} appears twice", layer.name.substr(0, 60)));
        readNumbers(layer, numbers, result.state, param.path);
    }
    numbers.requireEnd();
    describeNcnnGraph(layers, result);
    return result;
}

WeightFile read(const FileContent &file)
{
    const bool isParam = looksLikeNcnnParam(file.bytes);
    const std::string other = partner(file.path, isParam ? ".bin" : ".param");
    std::vector<std::uint8_t> bytes;
    try {
        bytes = base::readFile(other);
    } catch (const base::Error &error) {
        throw base::Error(error.code(), other,
                          fmt::format("{} (it is needed together with {})", error.detail(), file.path));
    }
    const FileContent second{other, bytes};
    return isParam ? readPair(file, second) : readPair(second, file);
}

} // namespace

WeightFormat ncnnFormat() { return {"ncnn (.param and .bin)", recognises, read}; }

} // namespace bitlens::model
