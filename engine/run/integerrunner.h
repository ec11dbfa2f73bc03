// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"
#include "engine/quant/calibration.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/run/activationcache.h"
#include "engine/run/runner.h"

#include <memory>
#include <string>

namespace bitlens::run {

/// The quantized side: integer convolutions (kernel/), float32 epilogues and residual stream, exactly as
/// quantization.md rules 1 to 7 say. The result does not depend on thread count, tile cache or kernel choice, bit for
/// bit. Float layers of a mixed plan run in float32 and say so in layerCosts().
class IntegerRunner final : public Runner {
public:
    struct Options {
        /// "" chooses per layer what suits; "reference" takes the plain kernels everywhere (what the tests compare
        /// with).
        std::string kernels;
    };

    /// `pool` must outlive the runner.
    IntegerRunner(quant::QuantizedModelPtr model, const base::ThreadPool &pool);
    IntegerRunner(quant::QuantizedModelPtr model, const base::ThreadPool &pool, const Options &options);
    ~IntegerRunner() override;

    const model::Generator &generator() const override;
    const quant::QuantizedModel &model() const;
    /// Goes on with another model. Packed layers that both share (see quant::QuantizedLayer::identity) are kept, and so
    /// is memory.
    void setModel(quant::QuantizedModelPtr model);
    /// From now on, run() goes on from feature maps of an earlier run on the same picture where it can, and keeps some
    /// for later runs. Results are the same, bit for bit. Null: it does not. The cache outlives the runner or is taken
    /// away first.
    void setCache(ActivationCache *cache);
    /// The first layer that the last run() computed.
    int firstLayerRun() const;
    /// What the layers that run() has not computed took when they were, since the last call of this: a whole run of
    /// the plan takes so much longer.
    double takeSparedSeconds();
    image::Planes run(const image::Planes &picture, const base::CancelToken &cancel) override;
    /// Packed weights included.
    std::size_t peakBytes(image::Size tile) const override;
    std::string backend() const override;
    void setProfiling(bool on) override;
    std::vector<LayerCost> layerCosts() const override;
    /// What each layer is computed with; known without a run, so the seconds and multiply-accumulates are 0.
    std::vector<LayerCost> layerKernels() const;
    void releaseMemory() override;

    /// run() that shows every feature map (float32 values, before they are quantized for their consumers) to
    /// `observer`.
    image::Planes runObserved(const image::Planes &picture, const quant::MapObserver &observer,
                              const base::CancelToken &cancel);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::run
