// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <array>
#include <string>
#include <vector>

#include <torch/types.h>

namespace bitlens::train {

/// The convolutions of SqueezeNet 1.1 (Iandola et al. 2016) with fixed weights: gradients flow through it to its input,
/// never to the weights. Made for perceptual distances: gives the feature maps that LPIPS looks at. Its classifier is
/// left out.
class SqueezeNet {
public:
    /// Channels of the maps that forward() gives: after the first convolution and after fire modules 2, 4, 5, 6, 7, 8.
    static constexpr std::array<int, 7> kChannels{64, 128, 256, 384, 384, 512, 512};
    /// Sides below this leave no whole pooling window for the deepest maps.
    static constexpr int kSmallestSide = 29;

    /// Weights from any readable file whose tensors come in the network's order (ncnn, torchvision's state dict).
    /// Throws base::Error naming the file, and the tensor that does not fit and its expected shape (BrokenFile).
    explicit SqueezeNet(const std::string &path);

    /// Pictures (N,3,H,W), normalised as for ImageNet, H and W >= kSmallestSide.
    std::vector<torch::Tensor> forward(const torch::Tensor &pictures) const;

    void to(const torch::Device &device);

private:
    struct Convolution {
        torch::Tensor weight;
        torch::Tensor bias;
    };
    /// The "fire" module: a 1x1 squeeze whose result goes through a 1x1 and a 3x3 expansion, joined in this order.
    struct Fire {
        Convolution squeeze;
        Convolution expandPoint;
        Convolution expandSquare;
        torch::Tensor forward(const torch::Tensor &x) const;
    };
    Convolution m_first;
    std::array<Fire, 8> m_fires;
};

} // namespace bitlens::train
