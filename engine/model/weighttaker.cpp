// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/weighttaker.h"

#include "engine/base/error.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

constexpr double kBatchNormEpsilon = 1e-5; // PyTorch's default, which every generator of these families uses
constexpr std::int64_t kMaximumSize = 1 << 14;

/// Bytes per value, to find the smallest storage of a file.
int storageBytes(WeightStorage storage)
{
    switch (storage) {
    case WeightStorage::Int8:
    case WeightStorage::Quantized:
        return 1;
    case WeightStorage::Float16:
    case WeightStorage::BFloat16:
        return 2;
    case WeightStorage::Float32:
        return 4;
    case WeightStorage::Float64:
        return 8;
    }
    return 4;
}

bool matches(const std::vector<std::int64_t> &shape, const std::vector<std::int64_t> &expected)
{
    return std::equal(shape.begin(), shape.end(), expected.begin(), expected.end(),
                      [](std::int64_t size, std::int64_t wanted) { return wanted == kAnySize || size == wanted; });
}

bool endsWith(const std::string &text, const std::string &end)
{
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

} // namespace

std::string shapeText(const std::vector<std::int64_t> &shape)
{
    std::string text = "[";
    for (const std::int64_t size : shape)
        text += (text.size() > 1 ? "," : "") + (size == kAnySize ? std::string("*") : std::to_string(size));
    return text + "]";
}

WeightTaker::WeightTaker(StateDict state, std::string file) : m_file(std::move(file))
{
    for (auto &[key, tensor] : state.entries) {
        if (!m_entries.try_emplace(key, Entry{std::move(tensor), false}).second)
            fail(fmt::format("key {} appears twice", key));
        m_order.push_back(key);
    }
}

bool WeightTaker::has(const std::string &key) const { return m_entries.count(key) != 0; }

std::int64_t WeightTaker::size(const std::string &key, std::size_t dimension) const
{
    const auto found = m_entries.find(key);
    if (found == m_entries.end() || dimension >= found->second.tensor.shape.size())
        return 0;
    return found->second.tensor.shape[dimension];
}

Tensor WeightTaker::take(const std::string &key, const std::vector<std::int64_t> &expected)
{
    const auto found = m_entries.find(key);
    if (found == m_entries.end())
        fail(fmt::format("key {} is missing, expected shape {}", key, shapeText(expected)));
    Entry &entry = found->second;
    if (entry.taken)
        fail(fmt::format("key {} is needed twice", key));
    if (!matches(entry.tensor.shape, expected))
        fail(fmt::format("key {} has shape {}, expected {}", key, shapeText(entry.tensor.shape), shapeText(expected)));
    entry.taken = true;
    return std::move(entry.tensor);
}

void WeightTaker::takeConvolution(const std::string &name, ConvLayer &layer)
{
    const std::string key = name + ".weight";
    const auto wanted = [](int size) { return size > 0 ? std::int64_t(size) : kAnySize; };
    Tensor weight =
        take(key, {wanted(layer.outChannels), wanted(layer.inChannels), wanted(layer.kernel), wanted(layer.kernel)});
    if (weight.shape[2] != weight.shape[3] || weight.shape[2] % 2 == 0)
        fail(fmt::format("key {} has shape {}, expected a square kernel of odd size", key, shapeText(weight.shape)));
    if (std::any_of(weight.shape.begin(), weight.shape.end(),
                    [](std::int64_t size) { return size < 1 || size > kMaximumSize; }))
        fail(fmt::format("key {} has shape {}, expected sizes of 1 to {}", key, shapeText(weight.shape), kMaximumSize));
    layer.outChannels = static_cast<int>(weight.shape[0]);
    layer.inChannels = static_cast<int>(weight.shape[1]);
    layer.kernel = static_cast<int>(weight.shape[2]);
    if (!m_storageKnown || storageBytes(weight.storage) < storageBytes(m_storage))
        m_storage = weight.storage;
    m_storageKnown = true;
    layer.weight = std::make_shared<const std::vector<float>>(std::move(weight.values));
    if (has(name + ".bias"))
        layer.bias = take(name + ".bias", {layer.outChannels}).values;
    else
        layer.bias.assign(static_cast<std::size_t>(layer.outChannels), 0.0F);
}

void WeightTaker::foldBatchNorm(const std::string &name, ConvLayer &layer)
{
    const std::vector<std::int64_t> shape{layer.outChannels};
    const std::vector<float> gamma = take(name + ".weight", shape).values;
    const std::vector<float> beta = take(name + ".bias", shape).values;
    const std::vector<float> mean = take(name + ".running_mean", shape).values;
    const std::vector<float> variance = take(name + ".running_var", shape).values;
    std::vector<float> weight = *layer.weight;
    const std::size_t perChannel = weight.size() / gamma.size();
    for (std::size_t channel = 0; channel < gamma.size(); ++channel) {
        if (variance[channel] < 0.0F)
            fail(fmt::format("key {}.running_var contains a negative variance", name));
        const double factor = double(gamma[channel]) / std::sqrt(double(variance[channel]) + kBatchNormEpsilon);
        for (std::size_t i = channel * perChannel; i < (channel + 1) * perChannel; ++i)
            weight[i] = static_cast<float>(weight[i] * factor);
        const double bias = (double(layer.bias[channel]) - double(mean[channel])) * factor + double(beta[channel]);
        layer.bias[channel] = static_cast<float>(bias);
    }
    layer.weight = std::make_shared<const std::vector<float>>(std::move(weight));
}

void WeightTaker::takeSlopes(const std::string &key, ConvLayer &layer)
{
    const int channels = layer.mapChannels();
    const bool shared = size(key, 0) == 1;
    const std::vector<float> slopes = take(key, {shared ? 1 : channels}).values;
    layer.activation = ActivationKind::PRelu;
    layer.slopes.clear();
    const int repeats = shared ? 1 : layer.shuffle * layer.shuffle;
    for (const float slope : slopes)
        layer.slopes.insert(layer.slopes.end(), static_cast<std::size_t>(repeats), slope);
}

void WeightTaker::requireAllTaken() const
{
    std::string keys;
    int count = 0;
    for (const std::string &key : m_order) {
        const Entry &entry = m_entries.at(key);
        if (entry.taken || endsWith(key, ".num_batches_tracked"))
            continue;
        if (++count <= 3)
            keys += fmt::format("{}{} {}", count > 1 ? ", " : "", key, shapeText(entry.tensor.shape));
    }
    if (count > 0)
        fail(fmt::format("{} unexpected key{}: {}{}", count, count > 1 ? "s" : "", keys, count > 3 ? ", …" : ""));
}

void WeightTaker::fail(const std::string &detail) const
{
    throw base::Error(base::ErrorCode::BrokenFile, m_file, detail);
}

} // namespace bitlens::model
