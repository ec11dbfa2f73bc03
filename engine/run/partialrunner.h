// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"
#include "engine/quant/quantizedmodel.h"

#include <cstddef>
#include <memory>
#include <span>

namespace bitlens::run {

/// Runs one picture through a generator of which only some layers are quantized, again and again with other layers:
/// what blame is measured with (sensitivity: search::PerturbedNetwork, for batches). Computed with LibTorch as a
/// FakeQuantRunner that need not be exact does it (values differ from the integer runner's in their last bits).
///
/// Upstream of the first layer that is quantized nothing is computed twice: the feature maps at the starts of the
/// stages are kept, and those before the last layer asked for. Asking for layers in ascending order is therefore
/// cheapest: of each pass only what comes after the layer is run. Not thread-safe.
class PartialRunner {
public:
    /// `threads`: LibTorch's.
    PartialRunner(model::GeneratorPtr generator, int threads);
    ~PartialRunner();

    const model::Generator &generator() const;

    /// Runs FP32 on a picture (3,H,W) in [0,1] and keeps what later runs start from. Throws base::Cancelled,
    /// base::Error{OutOfMemory}; there is no picture then.
    void setPicture(const image::Planes &picture, const base::CancelToken &cancel);
    /// The FP32 result (3,scale·H,scale·W), not clamped; null without a picture.
    const image::Planes &fp32() const;

    /// The result with `layers` (ascending indices) as they are in `model` and all others in FP32. Layers that the
    /// model has in FP32 stay so. `model` must be of this generator. Throws base::Cancelled, base::Error{OutOfMemory,
    /// InvalidArgument}.
    image::Planes run(const quant::QuantizedModel &model, std::span<const std::size_t> layers,
                      const base::CancelToken &cancel);

    /// Lets go of the picture and all that is kept of it.
    void releaseMemory();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::run
