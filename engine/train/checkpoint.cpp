// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/checkpoint.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/model/safetensors.h"
#include "engine/train/ranks.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bitlens::train {

void Checkpoint::restore(const std::string &name, torch::Tensor &target, const std::string &file) const
{
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const auto &item) { return item.first == name; });
    if (found == tensors.end())
        throw base::Error(base::ErrorCode::BrokenFile, file, fmt::format("the tensor \"{}\" is missing", name));
    if (found->second.sizes() != target.sizes())
        throw base::Error(base::ErrorCode::BrokenFile, file,
                          fmt::format("the tensor \"{}\" is [{}], expected [{}]", name,
                                      fmt::join(found->second.sizes(), ","), fmt::join(target.sizes(), ",")));
    const torch::NoGradGuard noGradient;
    target.copy_(found->second);
}

const std::string &Checkpoint::text(const std::string &key, const std::string &file) const
{
    const auto found = values.find(key);
    if (found == values.end())
        throw base::Error(base::ErrorCode::BrokenFile, file, fmt::format("the value \"{}\" is missing", key));
    return found->second;
}

double Checkpoint::number(const std::string &key, const std::string &file) const
{
    const std::string &value = text(key, file);
    try {
        return std::stod(value);
    } catch (const std::logic_error &) {
        throw base::Error(base::ErrorCode::BrokenFile, file, fmt::format("the value \"{}\" is not a number", key));
    }
}

double Checkpoint::number(const std::string &key, const std::string &file, double otherwise) const
{
    return values.count(key) > 0 ? number(key, file) : otherwise;
}

int Checkpoint::integer(const std::string &key, const std::string &file) const
{
    const double value = number(key, file);
    if (!(value >= 0.0 && value <= std::numeric_limits<int>::max()) || value != std::floor(value))
        throw base::Error(base::ErrorCode::BrokenFile, file,
                          fmt::format("the value \"{}\" is not a whole number from 0", key));
    return static_cast<int>(value);
}

std::vector<std::uint8_t> checkpointBytes(const Checkpoint &checkpoint)
{
    std::vector<torch::Tensor> kept; // contiguous copies that the entries point into
    std::vector<model::SafetensorsEntry> entries;
    for (const auto &[name, tensor] : checkpoint.tensors) {
        kept.push_back(tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous());
        const torch::Tensor &plain = kept.back();
        model::SafetensorsEntry entry;
        entry.name = name;
        entry.type = model::SafetensorsType::F32;
        entry.shape.assign(plain.sizes().begin(), plain.sizes().end());
        entry.bytes = {reinterpret_cast<const std::uint8_t *>(plain.data_ptr<float>()),
                       static_cast<std::size_t>(plain.numel()) * sizeof(float)};
        entries.push_back(std::move(entry));
    }
    return model::writeSafetensors(entries, checkpoint.values);
}

void writeCheckpoint(const Checkpoint &checkpoint, const std::string &path)
{
    base::writeFileAtomically(path, checkpointBytes(checkpoint));
}

Checkpoint readCheckpoint(const std::string &path) { return checkpointFromBytes(base::readFile(path), path); }

Checkpoint checkpointFromBytes(std::span<const std::uint8_t> bytes, const std::string &path)
{
    const model::SafetensorsFile file = model::parseSafetensors(bytes, path);
    Checkpoint checkpoint;
    checkpoint.values = file.metadata;
    for (const model::SafetensorsEntry &entry : file.entries) {
        if (entry.type != model::SafetensorsType::F32)
            throw base::Error(base::ErrorCode::BrokenFile, path,
                              fmt::format("the tensor \"{}\" is {}, expected F32", entry.name,
                                          model::safetensorsTypeName(entry.type)));
        torch::Tensor tensor = torch::empty(entry.shape, torch::kFloat32);
        if (!entry.bytes.empty())
            std::memcpy(tensor.data_ptr<float>(), entry.bytes.data(), entry.bytes.size());
        checkpoint.tensors.emplace_back(entry.name, std::move(tensor));
    }
    return checkpoint;
}

void shareState(const Ranks &ranks, const std::function<Checkpoint()> &state,
                const std::function<void(const Checkpoint &checkpoint, const std::string &file)> &restore)
{
    if (ranks.count() == 1)
        return;
    std::vector<std::uint8_t> bytes;
    if (ranks.isFirst())
        bytes = checkpointBytes(state());
    ranks.broadcast(bytes);
    const std::string source = "the state of rank 0";
    if (!ranks.isFirst())
        restore(checkpointFromBytes(bytes, source), source);
}

} // namespace bitlens::train
