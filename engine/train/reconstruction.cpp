// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/reconstruction.h"

#include "engine/base/error.h"
#include "engine/run/layerwisenetwork.h"
#include "engine/run/runner.h"
#include "engine/train/blockfit.h"
#include "engine/train/heldout.h"

#include <algorithm>
#include <cmath>

#include <ATen/Parallel.h>
#include <fmt/format.h>

namespace bitlens::train {

namespace {

/// Multiply-accumulates per input pixel of an RRDBNet; an SRGAN of 16 blocks has a third of it.
constexpr double kLargeMacs = 5.0e6;
constexpr int kIterations = 150;
constexpr int kIterationsOfLarge = 100;
/// Crops that feature maps are made of at a time.
constexpr std::int64_t kCropsAtOnce = 4;
constexpr double kExactShare = 0.02;
constexpr double kCheckShare = 0.02;

class Reconstruction {
public:
    Reconstruction(const quant::QuantizedModelPtr &start, const ReconstructionCrops &crops, int iterations,
                   std::uint64_t seed, const base::Job &job)
        : m_exact(start->generator),
          m_network(start),
          m_iterations(iterations),
          m_seed(seed),
          m_job(job),
          m_blocks(reconstructionBlocks(*start->generator)),
          m_lastReaders(run::lastReaders(*start->generator))
    {
        std::vector<image::Planes> all = crops.learned;
        all.insert(all.end(), crops.heldOut.begin(), crops.heldOut.end());
        m_data.learned = static_cast<std::int64_t>(crops.learned.size());
        m_data.inputs.resize(start->generator->layers.size() + 1);
        m_data.targets.resize(m_data.inputs.size());
        m_data.inputs[0] = m_exact.networkInputs(all);
        m_data.targets[0] = m_data.inputs[0];
        m_data.pixels = m_data.inputs[0].size(2) * m_data.inputs[0].size(3);
        m_count = static_cast<std::int64_t>(all.size());
        for (const ReconstructionBlock &block : m_blocks)
            m_macs += block.macs;
    }

    std::vector<ReconstructionResult::Block> run()
    {
        std::vector<ReconstructionResult::Block> fitted;
        double done = 0.0;
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            const ReconstructionBlock &block = m_blocks[i];
            const auto isQuantized = [this](std::size_t layer) { return !m_network.start().plan.at(layer).isFloat(); };
            computeMaps(block, m_data.targets, false);
            bool isAny = false;
            for (std::size_t layer = block.first; layer < block.end; ++layer)
                isAny = isAny || isQuantized(layer);
            if (isAny) {
                base::Job job{m_job.cancel, {}};
                job.progress = [&](double fraction, const std::string &) {
                    report((done + fraction * block.macs) / m_macs, block, i);
                };
                BlockFit fit(m_network, block, m_data, m_seed * 1'000'003ULL + i);
                const BlockErrors errors = fit.run(m_iterations, job);
                fitted.push_back({block.name, errors.before, errors.after, errors.isKept});
            }
            computeMaps(block, m_data.inputs, true);
            done += block.macs;
            report(done / m_macs, block, i);
            letGo(block);
        }
        return fitted;
    }

    const QuantizedNetwork &network() const { return m_network; }

private:
    void report(double fraction, const ReconstructionBlock &block, std::size_t index) const
    {
        m_job.report(fraction, fmt::format("Rounding {}, block {} of {}", block.name, index + 1, m_blocks.size()));
    }

    /// Feature maps of a block for all crops, a few at a time; those inside of the block are let go at once.
    void computeMaps(const ReconstructionBlock &block, std::vector<torch::Tensor> &maps, bool isQuantized) const
    {
        const torch::NoGradGuard noGradient;
        std::vector<std::vector<torch::Tensor>> parts(maps.size());
        for (std::int64_t begin = 0; begin < m_count; begin += kCropsAtOnce) {
            m_job.cancel.throwIfCancelled();
            std::vector<torch::Tensor> some(maps.size());
            for (std::size_t map = 0; map <= block.first; ++map)
                if (maps[map].defined())
                    some[map] = maps[map].slice(0, begin, std::min(begin + kCropsAtOnce, m_count));
            if (isQuantized)
                m_network.runLayers(block.first, block.end, some);
            for (std::size_t i = block.first; i < block.end && !isQuantized; ++i)
                some[i + 1] =
                    m_exact.layerOutput(i, m_exact.layerInput(i, some), m_exact.weight(i), m_exact.bias(i), some);
            for (const int output : block.outputs)
                parts[static_cast<std::size_t>(output)].push_back(some[static_cast<std::size_t>(output)]);
        }
        for (const int output : block.outputs)
            maps[static_cast<std::size_t>(output)] = torch::cat(parts[static_cast<std::size_t>(output)], 0);
    }

    void letGo(const ReconstructionBlock &block)
    {
        for (std::size_t map = 0; map <= block.end; ++map)
            if (m_lastReaders[map] < static_cast<int>(block.end)) {
                m_data.inputs[map].reset();
                m_data.targets[map].reset();
            }
    }

    run::LayerwiseNetwork m_exact;
    QuantizedNetwork m_network;
    int m_iterations;
    std::uint64_t m_seed;
    const base::Job &m_job;
    std::vector<ReconstructionBlock> m_blocks;
    std::vector<int> m_lastReaders;
    BlockData m_data;
    std::int64_t m_count = 0;
    double m_macs = 0.0;
};

} // namespace

int ReconstructionOptions::iterationsFor(const model::Generator &generator)
{
    return generator.macsPerInputPixel() > kLargeMacs ? kIterationsOfLarge : kIterations;
}

ReconstructionResult reconstructBlocks(const quant::QuantizedModelPtr &start, std::span<const image::Planes> pictures,
                                       const ReconstructionOptions &options, const base::ThreadPool &pool,
                                       const base::Job &job)
{
    if (start->plan.isAllFloat())
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          "the plan leaves everything in FP32: there is nothing to round");
    const ReconstructionCrops crops = reconstructionCrops(pictures, *start->generator, options.crops, options.seed);
    const int iterations =
        options.iterations > 0 ? options.iterations : ReconstructionOptions::iterationsFor(*start->generator);
    const HeldOut heldOut(start->generator, crops.heldOut, pool, job.part(0.0, kExactShare));
    ReconstructionResult result;
    result.psnrBefore = heldOut.psnr(start, job.cancel);
    quant::QuantizedModelPtr fitted;
    at::set_num_threads(pool.threads());
    try {
        const base::Job part = job.part(kExactShare, 1.0 - kCheckShare);
        Reconstruction reconstruction(start, crops, iterations, options.seed, part);
        result.blocks = reconstruction.run();
        fitted = reconstruction.network().toModel(
            fmt::format("reconstructed by blocks, from {}", start->calibration.description));
    } catch (...) {
        throw base::currentExceptionAsError();
    }
    job.report(1.0 - kCheckShare, "Checking held-out crops");
    result.psnrAfter = heldOut.psnr(fitted, job.cancel);
    result.model = std::move(fitted);
    if (!(result.psnrAfter > result.psnrBefore)) {
        result.model = start;
        result.psnrAfter = result.psnrBefore;
    }
    job.report(1.0, "Weights rounded");
    return result;
}

} // namespace bitlens::train
