// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a score costs. Goals on two threads for one megapixel: NIQE 0.1 s, Ma's features 1.0 s, also for 1024x1024,
// whose transforms have the length 1016 = 8 * 127 after shaving. Arguments: side of the picture, threads. "Time" is
// wall time, "CPU" the sum over all threads. BITLENS_CPU=reference measures without AVX2.

#include "engine/score/brisque.h"
#include "engine/score/mafeatureparts.h"
#include "engine/score/mafeatures.h"
#include "engine/score/niqe.h"
#include "engine/score/psnr.h"
#include "engine/score/ssim.h"
#include "engine/score/steerablepyramid.h"
#include "tests/engine/score/pictures.h"

#include <benchmark/benchmark.h>

#include <string>

using namespace bitlens;
using bitlens::test::synthetic;

namespace {

/// Written beside each row: what is left after shaving, and the goal where there is one.
void labelWithGoal(benchmark::State &state, const char *goal)
{
    const std::string side = std::to_string(state.range(0) - 8);
    state.SetLabel(side + "x" + side + (state.range(1) == 2 ? std::string(", goal ") + goal : std::string()));
}

void niqe(benchmark::State &state)
{
    labelWithGoal(state, "100 ms");
    const base::ThreadPool pool(static_cast<int>(state.range(1)));
    const image::Image image = synthetic(static_cast<int>(state.range(0)), static_cast<int>(state.range(0)), 1);
    for (auto _ : state)
        benchmark::DoNotOptimize(score::niqe(image, pool));
}

void maFeatures(benchmark::State &state)
{
    labelWithGoal(state, "1000 ms");
    const base::ThreadPool pool(static_cast<int>(state.range(1)));
    const image::Image image = synthetic(static_cast<int>(state.range(0)), static_cast<int>(state.range(0)), 1);
    for (auto _ : state)
        benchmark::DoNotOptimize(score::maFeatures(image, pool));
}

void maBlockFeatures(benchmark::State &state)
{
    const base::ThreadPool pool(static_cast<int>(state.range(1)));
    const score::Plane luma = score::lumaPlane(synthetic(1024, 1024, 1), 4);
    for (auto _ : state)
        for (const score::Plane &plane : score::detail::maPyramid(luma, pool))
            benchmark::DoNotOptimize(score::detail::maBlockFeatures(plane, pool));
}

void maSingularFeatures(benchmark::State &state)
{
    const base::ThreadPool pool(static_cast<int>(state.range(1)));
    const score::Plane luma = score::lumaPlane(synthetic(1024, 1024, 1), 4);
    for (auto _ : state)
        for (const score::Plane &plane : score::detail::maPyramid(luma, pool))
            benchmark::DoNotOptimize(score::detail::maSingularFeatures(plane, pool));
}

void steerablePyramid(benchmark::State &state)
{
    const base::ThreadPool pool(static_cast<int>(state.range(1)));
    const auto side = static_cast<int>(state.range(0));
    const score::Plane luma = score::lumaPlane(synthetic(side, side, 1), 4);
    for (auto _ : state)
        benchmark::DoNotOptimize(score::SteerablePyramid::of(luma, pool));
}

void ssim(benchmark::State &state)
{
    const base::ThreadPool pool(static_cast<int>(state.range(1)));
    const image::Image a = synthetic(1024, 1024, 1);
    const image::Image b = synthetic(1024, 1024, 2);
    for (auto _ : state)
        benchmark::DoNotOptimize(score::ssim(a, b, {}, pool));
}

void brisque(benchmark::State &state)
{
    const image::Image image = synthetic(1024, 1024, 1);
    for (auto _ : state)
        benchmark::DoNotOptimize(score::brisque(image));
}

/// 1016 and 1024 are the sides after shaving; both on one thread and on two.
void sizesAndThreads(benchmark::internal::Benchmark *benchmark)
{
    benchmark->ArgsProduct({{1024, 1032}, {1, 2}})
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->MeasureProcessCPUTime();
}

void threads(benchmark::internal::Benchmark *benchmark)
{
    benchmark->ArgsProduct({{1024}, {1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();
}

BENCHMARK(niqe)->Apply(sizesAndThreads);
BENCHMARK(maFeatures)->Apply(sizesAndThreads);
BENCHMARK(steerablePyramid)->Apply(sizesAndThreads);
BENCHMARK(maBlockFeatures)->Apply(threads);
BENCHMARK(maSingularFeatures)->Apply(threads);
BENCHMARK(ssim)->Apply(threads);
BENCHMARK(brisque)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
