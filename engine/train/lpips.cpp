// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/lpips.h"

#include "engine/base/error.h"
#include "engine/model/reader.h"

#include <cstring>

#include <fmt/format.h>

namespace bitlens::train {

namespace {

/// Keeps the gradient of the norm finite where all channels are 0; far below any norm that occurs.
constexpr double kSmallestSquaredNorm = 1e-10;

std::vector<torch::Tensor> readHeads(const std::string &path)
{
    std::vector<torch::Tensor> heads;
    if (path.empty())
        return heads;
    const model::StateDict state = model::readStateDict(path);
    for (std::size_t i = 0; i < SqueezeNet::kChannels.size(); ++i) {
        const std::string key = fmt::format("lin{}.model.1.weight", i);
        const std::vector<std::int64_t> shape{1, SqueezeNet::kChannels[i], 1, 1};
        const model::Tensor *const tensor = state.find(key);
        if (tensor == nullptr)
            throw base::Error(base::ErrorCode::BrokenFile, path,
                              fmt::format("these are no LPIPS heads for SqueezeNet: \"{}\" is missing", key));
        if (tensor->shape != shape)
            throw base::Error(base::ErrorCode::BrokenFile, path,
                              fmt::format("the LPIPS head \"{}\" is {}, expected [1,{},1,1] for SqueezeNet", key,
                                          tensor->shapeText(), shape[1]));
        heads.push_back(torch::tensor(tensor->values).reshape(shape));
    }
    return heads;
}

torch::Tensor asTensor(const image::Image &picture)
{
    const image::Planes planes = image::toPlanes(picture);
    torch::Tensor tensor = torch::empty({1, planes.channels(), planes.height(), planes.width()});
    std::memcpy(tensor.data_ptr<float>(), planes.data(), planes.count() * sizeof(float));
    return tensor;
}

} // namespace

// Pictures in [-1,1] are shifted and scaled to what the backbone was trained on.
Lpips::Lpips(const std::string &backbonePath, const std::string &headsPath)
    : m_backbone(backbonePath),
      m_heads(readHeads(headsPath)),
      m_shift(torch::tensor({-0.030F, -0.088F, -0.188F}).reshape({1, 3, 1, 1})),
      m_scale(torch::tensor({0.458F, 0.448F, 0.450F}).reshape({1, 3, 1, 1}))
{
}

std::vector<torch::Tensor> Lpips::normalisedMaps(const torch::Tensor &pictures) const
{
    std::vector<torch::Tensor> maps = m_backbone.forward((pictures * 2 - 1 - m_shift) / m_scale);
    for (torch::Tensor &map : maps)
        map = map * torch::rsqrt((map * map).sum(1, true) + kSmallestSquaredNorm);
    return maps;
}

torch::Tensor Lpips::forward(const torch::Tensor &pictures, const torch::Tensor &others) const
{
    const auto maps = normalisedMaps(pictures);
    const auto otherMaps = normalisedMaps(others);
    torch::Tensor sum = torch::zeros({pictures.size(0)}, pictures.options().requires_grad(false));
    for (std::size_t i = 0; i < maps.size(); ++i) {
        const torch::Tensor difference = maps[i] - otherMaps[i];
        if (hasHeads())
            sum = sum + (difference * difference * m_heads[i]).sum(1).mean({1, 2});
        else
            sum = sum + difference.abs().mean({1, 2, 3});
    }
    return sum;
}

double Lpips::distance(const image::Image &picture, const image::Image &other) const
{
    if (picture.size() != other.size())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "LPIPS needs two pictures of the same size");
    if (picture.width() < SqueezeNet::kSmallestSide || picture.height() < SqueezeNet::kSmallestSide)
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          fmt::format("LPIPS needs pictures of at least {0}x{0} pixels", SqueezeNet::kSmallestSide));
    const torch::NoGradGuard noGradient;
    return forward(asTensor(picture).to(m_shift.device()), asTensor(other).to(m_shift.device())).item<double>();
}

void Lpips::to(const torch::Device &device)
{
    m_backbone.to(device);
    for (torch::Tensor &head : m_heads)
        head = head.to(device);
    m_shift = m_shift.to(device);
    m_scale = m_scale.to(device);
}

} // namespace bitlens::train
