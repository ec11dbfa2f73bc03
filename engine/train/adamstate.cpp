// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/adamstate.h"

#include <memory>

namespace bitlens::train {

namespace {

auto keyOf(const torch::Tensor &parameter) { return c10::guts::to_string(parameter.unsafeGetTensorImpl()); }

} // namespace

void AdamState::store(const torch::optim::Adam &optimizer, Checkpoint &checkpoint) const
{
    for (const auto &[name, parameter] : parameters) {
        const auto state = optimizer.state().find(keyOf(parameter));
        if (state == optimizer.state().end())
            continue;
        const auto &adam = static_cast<const torch::optim::AdamParamState &>(*state->second);
        checkpoint.tensors.emplace_back(prefix + "moment1." + name, adam.exp_avg());
        checkpoint.tensors.emplace_back(prefix + "moment2." + name, adam.exp_avg_sq());
    }
}

void AdamState::restore(torch::optim::Adam &optimizer, std::int64_t steps, const Checkpoint &checkpoint,
                        const std::string &file) const
{
    if (steps == 0)
        return;
    for (const auto &[name, parameter] : parameters) {
        torch::Tensor first = torch::zeros_like(parameter, torch::MemoryFormat::Preserve).detach();
        torch::Tensor second = torch::zeros_like(parameter, torch::MemoryFormat::Preserve).detach();
        checkpoint.restore(prefix + "moment1." + name, first, file);
        checkpoint.restore(prefix + "moment2." + name, second, file);
        auto state = std::make_unique<torch::optim::AdamParamState>();
        state->step(steps);
        state->exp_avg(first);
        state->exp_avg_sq(second);
        optimizer.state()[keyOf(parameter)] = std::move(state);
    }
}

} // namespace bitlens::train
