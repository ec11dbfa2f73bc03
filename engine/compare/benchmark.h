// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/quantizedmodel.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::compare {

struct BenchmarkRequest {
    model::GeneratorPtr generator;
    quant::BitPlan plan;
    std::string planName;
    image::Size size{128, 128};      ///< of the input
    int runs = 5;                    ///< of each side, after one to warm up
    bool layers = false;             ///< costs of each layer too
    bool runFloat = true;            ///< off: only the quantized side is timed
    quant::QuantizedModelPtr packed; ///< a packed model, taken as it is; null: calibrated on the benchmark's picture
};

struct BenchmarkSide {
    std::vector<double> seconds; ///< of each run, in order
    std::string backend;
    /// Memory that one run takes above what is held before it, as the system counts resident pages; missing where the
    /// system does not tell.
    std::optional<std::size_t> peakBytes;
    double median() const;
    double minimum() const;
    double maximum() const;
};

/// What one layer costs in the quantized generator, and in FP32.
struct BenchmarkLayer {
    std::string name; ///< path of the layer
    std::string kernel;
    bool integer = false;
    double seconds = 0.0;
    std::optional<double> fp32Seconds; ///< missing: FP32 was not run
    double macs = 0.0;
    quant::LayerBits bits;
    /// "integer"; "float" for a layer that the plan leaves in FP32; "simulated" for one that it does not, and that is
    /// computed in float all the same.
    const char *arithmetic() const { return integer ? "integer" : bits.isFloat() ? "float" : "simulated"; }
    double gigaMacsPerSecond() const { return seconds > 0.0 ? 1e-9 * macs / seconds : 0.0; }
};

struct Benchmark {
    std::string cpu, model, plan;
    int threads = 1;
    image::Size size;
    BenchmarkSide fp32, quantized;
    std::vector<BenchmarkLayer> layers;
    double speedup() const; ///< FP32 median / quantized median
    /// cpu, threads, size, fp32{median_s, min_s, max_s, backend, peak_bytes}, quantized{…}, speedup, layers[…];
    /// "schema":1. Numbers that were not measured are 0 or null.
    std::string toJson() const;
};

/// Runs both sides by turns on one tile, so that whatever else the machine does meets both alike. Throws base::Error,
/// base::Cancelled.
Benchmark benchmark(const BenchmarkRequest &request, const base::ThreadPool &pool, const base::Job &job);

/// The picture that is run on: smooth shapes, edges and grain, the same for each size.
image::Planes benchmarkPicture(image::Size size);

} // namespace bitlens::compare
