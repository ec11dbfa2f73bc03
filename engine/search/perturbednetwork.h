// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace bitlens::search {

/// A generator on fixed pictures whose FP32 feature maps are kept, so that quantizing one layer costs only the layers
/// from there on. Quantized layers are simulated in float32: values differ from the integer runner's by what float
/// sums round. LibTorch's intra-op threads are set to `threads` at each call. Not thread-safe.
class PerturbedNetwork {
public:
    /// Runs the generator once. Throws base::Error, base::Cancelled.
    PerturbedNetwork(model::GeneratorPtr generator, std::shared_ptr<const quant::Calibration> calibration,
                     std::span<const image::Planes> pictures, int threads, const base::CancelToken &cancel);
    ~PerturbedNetwork();

    /// Mean squared error of the pictures, as Sensitivity::squaredError has it, when `layers` (sorted) are quantized to
    /// `bits` and all others are FP32. Throws base::Error, base::Cancelled.
    double squaredError(const std::vector<std::size_t> &layers, quant::LayerBits bits, const base::CancelToken &cancel);

    /// The pictures of the unchanged network, and those of the last call of squaredError.
    std::vector<image::Planes> originals() const;
    std::vector<image::Planes> perturbed() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::search
