// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/lpips.h"

#include "engine/base/error.h"
#include "engine/model/reader.h"
#include "engine/train/squeezenet.h"

#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <torch/types.h>

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

static_assert(Lpips::kSmallestSide == SqueezeNet::kSmallestSide);

struct Lpips::Private {
    SqueezeNet backbone;
    std::vector<torch::Tensor> heads; ///< each (1,C,1,1)
    // Pictures in [-1,1] are shifted and scaled to what the backbone was trained on.
    torch::Tensor shift = torch::tensor({-0.030F, -0.088F, -0.188F}).reshape({1, 3, 1, 1});
    torch::Tensor scale = torch::tensor({0.458F, 0.448F, 0.450F}).reshape({1, 3, 1, 1});

    std::vector<torch::Tensor> normalisedMaps(const torch::Tensor &pictures) const
    {
        std::vector<torch::Tensor> maps = backbone.forward((pictures * 2 - 1 - shift) / scale);
        for (torch::Tensor &map : maps)
            map = map * torch::rsqrt((map * map).sum(1, true) + kSmallestSquaredNorm);
        return maps;
    }
};

Lpips::Lpips(const std::string &backbonePath, const std::string &headsPath)
    : d(new Private{SqueezeNet(backbonePath), readHeads(headsPath)})
{
}
Lpips::~Lpips() = default;

bool Lpips::hasHeads() const { return !d->heads.empty(); }

torch::Tensor Lpips::forward(const torch::Tensor &pictures, const torch::Tensor &others) const
{
    const auto maps = d->normalisedMaps(pictures);
    const auto otherMaps = d->normalisedMaps(others);
    torch::Tensor sum = torch::zeros({pictures.size(0)}, pictures.options().requires_grad(false));
    for (std::size_t i = 0; i < maps.size(); ++i) {
        const torch::Tensor difference = maps[i] - otherMaps[i];
        if (hasHeads())
            sum = sum + (difference * difference * d->heads[i]).sum(1).mean({1, 2});
        else
            sum = sum + difference.abs().mean({1, 2, 3});
    }
    return sum;
}

double Lpips::distance(const image::Image &picture, const image::Image &other) const
{
    if (picture.size() != other.size())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "LPIPS needs two pictures of the same size");
    if (picture.width() < kSmallestSide || picture.height() < kSmallestSide)
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          fmt::format("LPIPS needs pictures of at least {0}x{0} pixels", kSmallestSide));
    const torch::NoGradGuard noGradient;
    return forward(asTensor(picture).to(d->shift.device()), asTensor(other).to(d->shift.device())).item<double>();
}

void Lpips::to(const c10::Device &device)
{
    d->backbone.to(device);
    for (torch::Tensor &head : d->heads)
        head = head.to(device);
    d->shift = d->shift.to(device);
    d->scale = d->scale.to(device);
}

} // namespace bitlens::train
