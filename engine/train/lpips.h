// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/train/squeezenet.h"

#include <string>
#include <vector>

#include <torch/types.h>

namespace bitlens::train {

/// Learned perceptual image patch similarity (Zhang et al. 2018), version 0.1 on SqueezeNet: the squared differences of
/// channel-normalised feature maps, weighted by learned heads, averaged over the pixels and summed over seven maps. 0
/// for equal pictures; lower is better. Without heads it is a plain feature distance: absolute differences of the same
/// normalised maps, averaged over everything. Gradients flow to the pictures only.
class Lpips {
public:
    /// The backbone's weights and the heads' (keys lin0.model.1.weight …); no heads when `headsPath` is empty. Throws
    /// base::Error naming the file and what does not fit.
    Lpips(const std::string &backbonePath, const std::string &headsPath);

    bool hasHeads() const { return !m_heads.empty(); }

    /// Pictures (N,3,H,W) in [0,1] to a distance for each, (N).
    torch::Tensor forward(const torch::Tensor &pictures, const torch::Tensor &others) const;

    /// The distance of two pictures of one size. Throws base::Error{InvalidArgument} when sizes differ or a side is
    /// below SqueezeNet::kSmallestSide.
    double distance(const image::Image &picture, const image::Image &other) const;

    void to(const torch::Device &device);

private:
    std::vector<torch::Tensor> normalisedMaps(const torch::Tensor &pictures) const;

    SqueezeNet m_backbone;
    std::vector<torch::Tensor> m_heads; ///< each (1,C,1,1)
    torch::Tensor m_shift;
    torch::Tensor m_scale;
};

} // namespace bitlens::train
