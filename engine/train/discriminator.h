// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

namespace bitlens::train {

/// What a discriminator looks like. The defaults cost about 7 % of the multiply-accumulates of a generator of 16
/// blocks; SRGAN's own (Ledig et al. 2017) is about {.channels = 64, .maximumChannels = 512, .levels = 4, .unshuffle =
/// 1, .patches = false}.
struct DiscriminatorShape {
    int channels = 32;         ///< of the first convolution; doubled at each level
    int maximumChannels = 128; ///< no more than so many
    int levels = 3;            ///< each halves the sides
    int unshuffle = 2;         ///< so many pixels a side become channels before the first convolution
    bool patches = true;       ///< one answer for each patch; else one for each picture
};

/// Tells photographs from generated pictures: a VGG-like chain of 3x3 convolutions with leaky ReLU of slope 0.2, each
/// level one with stride 2 and one without. Spectral normalisation (Miyato et al. 2018) in place of BatchNorm, except
/// in the first and last layer: no answer depends on the other pictures of a batch, so a batch may be divided.
class Discriminator {
public:
    /// Random weights, the same for the same seed. Throws base::Error{InvalidArgument} for sizes out of range.
    Discriminator(const DiscriminatorShape &shape, std::uint64_t seed);

    /// Pictures (N,3,H,W) in [0,1], sides multiples of unshuffle, to answers (N,1,h,w) (h = w = 1 without patches):
    /// the higher, the more like a photograph.
    torch::Tensor forward(const torch::Tensor &pictures) const;

    /// One step of the power iteration that estimates the weights' spectral norms; call it once a training step.
    void updateNorms();

    using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;
    const NamedTensors &parameters() const { return m_parameters; } ///< what is learned
    const NamedTensors &buffers() const { return m_buffers; }       ///< the state of the power iterations
    std::vector<torch::Tensor> tensors() const;                     ///< of parameters()

    void to(const torch::Device &device);

    /// Whether gradients flow to the weights too, or only to the pictures.
    void setLearning(bool learning);

private:
    struct Layer {
        torch::Tensor weight;
        torch::Tensor bias;
        torch::Tensor direction; ///< left singular vector (outputs); undefined where not normalised
        int stride = 1;
        bool last = false;
    };
    torch::Tensor normalised(const Layer &layer) const;

    DiscriminatorShape m_shape;
    std::vector<Layer> m_layers;
    NamedTensors m_parameters;
    NamedTensors m_buffers;
};

} // namespace bitlens::train
