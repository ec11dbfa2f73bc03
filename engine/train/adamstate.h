// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/train/checkpoint.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <torch/optim/adam.h>

namespace bitlens::train {

/// Adam's two moments of named parameters, as tensors "<prefix>moment1.<name>" and "<prefix>moment2.<name>".
struct AdamState {
    std::vector<std::pair<std::string, torch::Tensor>> parameters;
    std::string prefix;

    void store(const torch::optim::Adam &optimizer, Checkpoint &checkpoint) const;
    /// After `steps` steps; nothing is read for 0. Throws base::Error{BrokenFile} naming `file` and the tensor.
    void restore(torch::optim::Adam &optimizer, std::int64_t steps, const Checkpoint &checkpoint,
                 const std::string &file) const;
};

} // namespace bitlens::train
