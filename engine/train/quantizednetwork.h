// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/quantizedmodel.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

namespace bitlens::train {

/// A quantized generator that gradients flow through: fake quantization with a straight-through estimator and learned
/// scales (LSQ: Esser et al., Learned Step Size Quantization, 2020).
///
/// The forward pass computes what the integer runner computes: levels q - z of every feature map held in float32 by the
/// one rounding rule, integer weights after the input scales were folded in, their convolution, then scale and bias,
/// activation and residual sums in float32. It takes scales and zero points from the same functions that toModel()
/// stores, so the two agree but for the order of float sums. Layers that the plan leaves in float are not trained.
///
/// Gradients: rounding passes them on inside the range and stops them outside. What arrives at a scale s is then
/// q - x / s inside and the clamp bound outside, as LSQ has it. (LSQ's constant factor per scale is left out: Adam's
/// steps do not depend on it.) Scales are learned as the logarithm of their ratio to where they started, one per
/// channel of a feature map and one per output channel of a layer; zero points stay, and so do the scales of the input.
class QuantizedNetwork {
public:
    /// Starts from a quantized model and its float generator, whose weights are what is trained; where the model's
    /// integers are not those weights rounded, what the integers stand for is taken instead.
    explicit QuantizedNetwork(quant::QuantizedModelPtr start);

    enum class Kind { ActivationScale, WeightScale, Weight, Bias };
    struct Parameter {
        std::string name; ///< "<layer path>.weight|bias|weight_scale", "map<n>.scale"
        Kind kind = Kind::Weight;
        torch::Tensor value;
        /// What a step of learning is measured in: 1 for scales (logarithms), the root mean square for weights, the
        /// resulting feature map's quantization step for biases.
        double unit = 1.0;
        int owner = 0; ///< layer, or feature map of an activation scale
    };
    const std::vector<Parameter> &parameters() const { return m_parameters; }
    /// Copies of all parameters' present values, in order.
    std::vector<torch::Tensor> values() const;
    /// Puts values() of this network back. Shapes must fit.
    void setValues(const std::vector<torch::Tensor> &values);
    /// Whether gradients are computed for parameters of a kind.
    void setTrained(Kind kind, bool trained);

    struct Output {
        torch::Tensor picture;           ///< (N,3,scale·H,scale·W), not clamped
        std::vector<torch::Tensor> maps; ///< those that were asked for, in that order
    };
    /// Pictures (N,3,H,W) in [0,1]; sides must suit the generator's inputUnshuffle. `wanted`: numbers of feature maps.
    /// Throws base::Error{InvalidArgument} when a scale is no longer finite.
    Output forward(const torch::Tensor &pictures, const std::vector<int> &wanted = {}) const;

    /// Computes the feature maps of layers [first, end) out of those before them: maps[first + 1] to maps[end]. `maps`
    /// has one entry for each feature map; those that the layers read, and do not make, must be there (N,C,h,w).
    void runLayers(std::size_t first, std::size_t end, std::vector<torch::Tensor> &maps) const;

    /// The quantized model of the present values: learned ranges (channel exponent 1), integer weights and their
    /// scales, biases. Its generator is the one that training started from. `description` says where the ranges come
    /// from. Throws as forward().
    quant::QuantizedModelPtr toModel(const std::string &description) const;

    const quant::QuantizedModel &start() const { return *m_start; }

private:
    /// How one feature map's scales are learned.
    struct MapScales {
        bool isUsed = false;
        int widestBits = 0;
        std::vector<float> start; ///< scale per channel at widestBits
        std::vector<std::int32_t> zeroPoint;
        torch::Tensor logRatio; ///< [C]
    };
    struct LayerTensors {
        torch::Tensor weight;        ///< real units
        torch::Tensor startScale;    ///< [O]
        torch::Tensor scaleLogRatio; ///< [O]
        torch::Tensor bias;
        torch::Tensor slope;
    };
    /// One map at one width: tensors of shape (1,C,1,1).
    struct Grid {
        torch::Tensor scale; ///< gradients flow to the map's logRatio
        torch::Tensor lowest;
        torch::Tensor highest;
    };

    /// Maps in levels, by map and width.
    using Levels = std::map<std::pair<int, int>, std::pair<Grid, torch::Tensor>>;

    torch::Tensor mapOf(std::size_t layer, const std::vector<torch::Tensor> &maps, Levels &levels) const;
    void addMap(int map);
    void addLayer(std::size_t layer);
    quant::Range rangeOf(int map) const;
    Grid gridOf(int map, int bits) const;
    torch::Tensor weightScale(const LayerTensors &tensors) const;

    quant::QuantizedModelPtr m_start;
    std::vector<MapScales> m_maps;
    std::vector<LayerTensors> m_layers;
    std::vector<Parameter> m_parameters;
    /// Last layer that reads a map: later it is let go (where no gradient needs it).
    std::vector<int> m_lastReaders;
};

} // namespace bitlens::train
