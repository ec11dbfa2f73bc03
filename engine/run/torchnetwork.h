// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/calibration.h"

#include <functional>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

namespace bitlens::run {

/// The part of interpreting a generator's description that the runners on LibTorch share: feature maps and their
/// lifetimes, residual sums, the output. How a layer's convolution is computed is given from outside. Tensors are
/// (1,C,H,W) float32 contiguous. Runs in inference mode. Not thread-safe.
class TorchNetwork {
public:
    /// A layer's convolution, bias, activation and pixel shuffle: `inputs` are its feature maps, not yet concatenated
    /// or enlarged. The result is a fresh tensor.
    using LayerFunction =
        std::function<at::Tensor(std::size_t layer, const std::vector<at::Tensor> &inputs, const base::CancelToken &)>;

    /// Told after each layer how long it took, in seconds, and on which network input.
    using TimingFunction = std::function<void(std::size_t layer, double seconds, image::Size networkInput)>;

    /// A forward pass that stands before layer `next`: the feature maps that this and later layers read; the others are
    /// undefined. Copies share the maps, which nobody writes to: a copy goes on its own way from here.
    struct State {
        image::Planes input; ///< of the network; map 0 looks at its memory
        std::size_t next = 0;
        std::vector<at::Tensor> maps;
    };

    TorchNetwork(model::GeneratorPtr generator, int threads);

    const model::Generator &generator() const { return *m_generator; }

    /// Picture (3,H,W) to picture (3,scale·H,scale·W). `observer` and `onTiming` may be empty. LibTorch's exceptions
    /// are translated to base::Error.
    image::Planes run(const image::Planes &picture, const LayerFunction &layer, const quant::MapObserver &observer,
                      const base::CancelToken &cancel, const TimingFunction &onTiming = {}) const;

    /// The same in steps, for callers that fork: begin(), advance() as often as wanted, finish() once all layers are
    /// done. To be called in inference mode, with the thread count set and exceptions translated: see guarded().
    State begin(const image::Planes &picture) const;
    void advance(State &state, std::size_t until, const LayerFunction &layer, const base::CancelToken &cancel,
                 const quant::MapObserver &observer = {}, const TimingFunction &onTiming = {}) const;
    /// The picture (3,scale·H,scale·W) of a picture of that size.
    image::Planes finish(State &&state, image::Size picture) const;
    /// Calls `work` in inference mode with this network's thread count; LibTorch's exceptions become base::Error.
    void guarded(const std::function<void()> &work) const;

private:
    model::GeneratorPtr m_generator;
    std::vector<int> m_lastReaders;
    int m_threads;
};

/// Convolution of stride 1 with zero padding, in float32 by oneDNN where this LibTorch has it. `bias` may be
/// undefined: none is added.
at::Tensor convolve(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, std::int64_t padHeight,
                    std::int64_t padWidth);

/// Applies a layer's activation in place.
void activate(const model::ConvLayer &layer, at::Tensor &values);

/// A float32 tensor over numbers that outlive it; nothing is copied.
at::Tensor viewOf(const std::vector<float> &numbers, at::IntArrayRef shape);

/// A copy of a (1,C,H,W) tensor.
image::Planes toPlanes(const at::Tensor &map);

} // namespace bitlens::run
