// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/device.h"

#include "engine/base/error.h"

#include <optional>

#include <fmt/format.h>
#include <torch/cuda.h>

namespace bitlens::train {

namespace {

std::optional<torch::Device> parsed(const std::string &name)
{
    try {
        return torch::Device(name);
    } catch (const c10::Error &) {
        return std::nullopt;
    }
}

} // namespace

torch::Device deviceFromName(const std::string &name)
{
    const auto device = parsed(name);
    if (!device || (!device->is_cpu() && !device->is_cuda()))
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          fmt::format("\"{}\" is no device to train on; expected cpu, cuda or cuda:NUMBER", name));
    if (device->is_cpu())
        return torch::Device(torch::kCPU);
    if (!torch::cuda::is_available())
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          "there is no CUDA here: the LibTorch that this program is built with has none, or the "
                          "machine has no such device; use --device cpu");
    const auto devices = static_cast<int>(torch::cuda::device_count());
    if (device->has_index() && device->index() >= devices)
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          fmt::format("\"{}\": this machine has {} CUDA devices", name, devices));
    return *device;
}

void moveTo(const torch::Device &device, const std::vector<torch::Tensor> &parameters)
{
    const torch::NoGradGuard noGradient;
    for (const torch::Tensor &parameter : parameters) {
        torch::Tensor target = parameter;
        target.mutable_grad().reset();
        const torch::Tensor moved = parameter.detach().to(device);
        target.set_data(moved.dim() == 4 ? moved.contiguous(torch::MemoryFormat::ChannelsLast) : moved);
    }
}

} // namespace bitlens::train
