// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <memory>
#include <string>

namespace at {
class Tensor;
}
namespace c10 {
struct Device;
}

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
    ~Lpips();

    /// Sides below this have no distance, see SqueezeNet::kSmallestSide.
    static constexpr int kSmallestSide = 29;

    bool hasHeads() const;

    /// Pictures (N,3,H,W) in [0,1] to a distance for each, (N).
    at::Tensor forward(const at::Tensor &pictures, const at::Tensor &others) const;

    /// The distance of two pictures of one size. Throws base::Error{InvalidArgument} when sizes differ or a side is
    /// below kSmallestSide.
    double distance(const image::Image &picture, const image::Image &other) const;

    void to(const c10::Device &device);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::train
