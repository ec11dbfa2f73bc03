// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

namespace bitlens::run {

/// A generator in float32 whose layers can be run one by one, from any layer on, on batches of pictures of one size,
/// and through which gradients flow: what sensitivity analyses are made of. Interprets the description like the
/// runners; no function changes a tensor in place. Tensors are (N,C,H,W) float32. Immutable; LibTorch's exceptions are
/// not translated here.
class LayerwiseNetwork {
public:
    explicit LayerwiseNetwork(model::GeneratorPtr generator);

    const model::Generator &generator() const { return *m_generator; }
    model::GeneratorPtr generatorPointer() const { return m_generator; }

    /// Feature map 0 of pictures (3,H,W), all of one size. Throws base::Error{InvalidArgument} when they are not.
    at::Tensor networkInputs(std::span<const image::Planes> pictures) const;

    /// A layer's own parameters: weight (out,in,k,k), bias (out). They share the generator's numbers.
    const at::Tensor &weight(std::size_t layer) const { return m_weights.at(layer); }
    const at::Tensor &bias(std::size_t layer) const { return m_biases.at(layer); }

    /// A layer's input feature maps along channels, (N,in,h,w), not yet enlarged. A node of its own for gradients, also
    /// where the layer reads a single map.
    at::Tensor layerInput(std::size_t layer, const std::vector<at::Tensor> &maps) const;

    /// The feature map that a layer makes of layerInput() with given parameters: enlarging, convolution, activation,
    /// pixel shuffle and residual sums.
    at::Tensor layerOutput(std::size_t layer, const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias,
                           const std::vector<at::Tensor> &maps) const;

    /// All feature maps, 0 included, with the layers' own parameters. Polls `cancel` per layer.
    std::vector<at::Tensor> featureMaps(const at::Tensor &networkInput, const base::CancelToken &cancel) const;

    /// Computes a layer in another way than its own; the result is the layer's feature map.
    using LayerFunction = std::function<at::Tensor(std::size_t layer, const std::vector<at::Tensor> &maps)>;

    /// The last feature map when the layers in `replaced` (sorted) are computed by `layer`, and all others as they are.
    /// `maps` are all feature maps of the unchanged network: only layers that the replaced ones reach are run.
    at::Tensor lastMapWith(const std::vector<at::Tensor> &maps, const std::vector<std::size_t> &replaced,
                           const LayerFunction &layer, const base::CancelToken &cancel) const;

    /// Pictures (N,3,scale·H,scale·W) of the last feature map, not clamped; `size` is that of the pictures that went
    /// in.
    at::Tensor pictures(const at::Tensor &lastMap, image::Size size) const;

private:
    at::Tensor activated(const at::Tensor &values, std::size_t layer) const;

    model::GeneratorPtr m_generator;
    std::vector<int> m_lastReaders;
    std::vector<at::Tensor> m_weights;
    std::vector<at::Tensor> m_biases;
    std::vector<at::Tensor> m_slopes; ///< of PReLU, else undefined
};

} // namespace bitlens::run
