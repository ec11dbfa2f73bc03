// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <memory>
#include <string>
#include <vector>

#include <torch/types.h>

namespace bitlens::train {

/// A generator whose weights are LibTorch tensors that gradients flow to. Interprets the description, like the runners.
class Network {
public:
    explicit Network(model::GeneratorPtr generator);

    const model::Generator &generator() const { return *m_generator; }

    /// Pictures (N,3,H,W) in [0,1] to (N,3,scale*H,scale*W), not clamped; sides must suit the generator's
    /// inputUnshuffle.
    torch::Tensor forward(const torch::Tensor &pictures) const;

    /// Everything that is trained, with names "<layer path>.weight|bias|slope", in a fixed order.
    struct Parameter {
        std::string name;
        torch::Tensor value;
    };
    const std::vector<Parameter> &parameters() const { return m_parameters; }
    std::vector<torch::Tensor> tensors() const;

    /// The description with the present values of `tensors` (same order as parameters()), or of the network itself.
    model::Generator toGenerator(const std::vector<torch::Tensor> &tensors) const;
    model::Generator toGenerator() const { return toGenerator(tensors()); }

private:
    struct LayerTensors {
        torch::Tensor weight;
        torch::Tensor bias;
        torch::Tensor slope; ///< undefined without PReLU
    };
    model::GeneratorPtr m_generator;
    std::vector<LayerTensors> m_layers;
    std::vector<Parameter> m_parameters;
};

} // namespace bitlens::train
