// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// What each kernel makes of the layers that generators have: multiply-accumulates per second of one thread, counted as
// a direct convolution would do them. Run with --benchmark_filter=<kernel or layer>.

#include "engine/base/clock.h"
#include "engine/kernel/registry.h"
#include "tests/engine/kernel/kernelcase.h"

#include <algorithm>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

using namespace bitlens;
using test::KernelCase;
using test::KernelShape;

namespace {

struct Layer {
    const char *name;
    KernelShape shape;
};

KernelShape shaped(std::vector<int> sources, int out, int kernel, int upsample, int side)
{
    KernelShape shape;
    shape.sourceChannels = std::move(sources);
    shape.outChannels = out;
    shape.kernel = kernel;
    shape.upsample = upsample;
    shape.height = side;
    shape.width = side;
    return shape;
}

void measure(benchmark::State &state, const KernelShape &shape, const kernel::KernelEntry &entry)
{
    const KernelCase layer(shape);
    if (!entry.suits(layer.spec())) {
        state.SkipWithError("does not suit");
        return;
    }
    const std::unique_ptr<const kernel::Convolution> convolution = entry.pack(layer.spec());
    const KernelCase::Bench bench(layer, *convolution);
    double best = 0.0;
    for (auto _ : state) {
        const base::Stopwatch stopwatch;
        bench.run();
        best = std::max(best, layer.macs() / stopwatch.seconds());
    }
    // The best run is the least disturbed one; the mean is Google Benchmark's own time.
    state.counters["GMAC/s"] = best * 1e-9;
}

} // namespace

int main(int argc, char **argv)
{
    const Layer layers[] = {
        {"body 64-64", shaped({64}, 64, 3, 1, 32)},
        {"dense 64-32", shaped({64}, 32, 3, 1, 32)},
        {"dense 128-32", shaped({64, 32, 32}, 32, 3, 1, 32)},
        {"dense 192-64", shaped({64, 32, 32, 32, 32}, 64, 3, 1, 32)},
        {"up 64-256", shaped({64}, 256, 3, 1, 32)},
        {"up2 64-64", shaped({64}, 64, 3, 2, 16)},
        {"head 9x9", shaped({3}, 64, 9, 1, 48)},
        {"head 3x3", shaped({3}, 64, 3, 1, 48)},
        {"tail 9x9", shaped({64}, 3, 9, 1, 48)},
        {"tail 3x3", shaped({64}, 3, 3, 1, 48)},
        {"1x1 64-64", shaped({64}, 64, 1, 1, 48)},
    };
    const std::pair<int, int> widths[] = {{8, 8}, {4, 8}, {8, 12}, {8, 16}, {16, 16}, {32, 32}};
    for (const Layer &layer : layers) {
        for (const auto &[weightBits, activationBits] : widths) {
            KernelShape shape = layer.shape;
            shape.weightBits = weightBits;
            shape.activationBits = activationBits;
            const KernelCase probe(shape);
            for (const kernel::KernelEntry &entry : kernel::kernels()) {
                const bool isPlain = std::string(entry.name).find(kernel::kReferenceKernels) != std::string::npos;
                if (isPlain || !entry.isAvailable(base::cpuFeatures()) || !entry.suits(probe.spec()))
                    continue;
                const std::string name = std::string(layer.name) + "/W" + std::to_string(weightBits) + " A"
                                         + std::to_string(activationBits) + "/" + entry.name;
                benchmark::RegisterBenchmark(
                    name.c_str(), [shape, &entry](benchmark::State &state) { measure(state, shape, entry); });
            }
        }
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
