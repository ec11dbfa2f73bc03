// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/train/quantizednetwork.h"
#include "engine/train/reconstructionblocks.h"

#include <cstdint>
#include <random>
#include <vector>

#include <torch/types.h>

namespace bitlens::train {

/// What a block computes on and should give, on the same crops; by number of the feature map (N,C,h,w).
struct BlockData {
    std::vector<torch::Tensor> inputs;  ///< of the quantized network as it is before the block: all that it reads
    std::vector<torch::Tensor> targets; ///< of FP32: the block's outputs
    std::int64_t learned = 0;           ///< crops [0, learned) are learned from, the rest is held out
    std::int64_t pixels = 0;            ///< of a crop, as feature map 0 has them
};

/// Mean square distances of a block's outputs to FP32 on the held-out crops.
struct BlockErrors {
    double before = 0.0;
    double after = 0.0; ///< of what was kept: never above `before`
    bool isKept = false;
};

/// Fits the rounding of a block's weights, its scales and biases, so that its outputs, given the inputs that it really
/// has, come near to FP32: Adam on the mean square distance, rounding with a straight-through estimator, so that every
/// iteration computes with whole levels. Scales of feature maps that layers outside of the block read as well stay.
class BlockFit {
public:
    /// All must outlive it. Not thread-safe.
    BlockFit(QuantizedNetwork &network, const ReconstructionBlock &block, const BlockData &data, std::uint64_t seed);

    /// The network keeps the outcome where held-out crops say that it is better, else what it had. Polls the job's
    /// token at every iteration: after base::Cancelled the network's parameters are anything. Deterministic.
    BlockErrors run(int iterations, const base::Job &job);

private:
    struct Fitted {
        torch::Tensor value;
        double rate = 0.0; ///< Adam's, at first
    };
    void addParameter(const QuantizedNetwork::Parameter &parameter);
    bool isOwnMap(int map) const;
    double meanWeightStep(std::size_t layer) const;
    std::int64_t batch() const;
    torch::Tensor error(const torch::Tensor &crops) const;
    double heldOutError() const;
    void learn(int iterations, const base::Job &job);

    QuantizedNetwork &m_network;
    const ReconstructionBlock &m_block;
    const BlockData &m_data;
    std::mt19937_64 m_random;
    std::vector<Fitted> m_fitted;
};

} // namespace bitlens::train
