// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/calibration.h"
#include "engine/run/runner.h"

#include <memory>

namespace bitlens::run {

/// The FP32 side: interprets the description with LibTorch (NCHW contiguous, inference mode). LibTorch's intra-op
/// thread count is process-wide; the runner sets it to `threads` at each run.
class FloatRunner final : public Runner {
public:
    struct Options {
        /// Convolutions with more multiply-accumulates than this are computed in strips of rows, so that a cancel is
        /// noticed within a fraction of a second and work memory stays small beside the feature maps.
        double macsPerStrip = 8.0e9;
    };

    FloatRunner(model::GeneratorPtr generator, int threads);
    FloatRunner(model::GeneratorPtr generator, int threads, const Options &options);
    ~FloatRunner() override;

    const model::Generator &generator() const override;
    image::Planes run(const image::Planes &picture, const base::CancelToken &cancel) override;
    std::size_t peakBytes(image::Size tile) const override;
    std::string backend() const override;
    void setProfiling(bool on) override;
    std::vector<LayerCost> layerCosts() const override;
    void releaseMemory() override;

    /// run() that shows every feature map to `observer` as it is computed (map 0 first).
    image::Planes runObserved(const image::Planes &picture, const quant::MapObserver &observer,
                              const base::CancelToken &cancel);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// What FloatRunner::backend says of a runner with so many threads.
std::string floatBackend(int threads);

/// A quant::FloatForward on a runner that outlives it.
quant::FloatForward floatForward(FloatRunner &runner, base::CancelToken cancel);

} // namespace bitlens::run
