// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/squeezenet.h"

#include "engine/base/error.h"
#include "engine/model/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bitlens::train {

namespace {

struct FireShape {
    std::int64_t inputs;
    std::int64_t squeezed;
    std::int64_t expanded; ///< of each of the two expansions
};
constexpr std::array<FireShape, 8> kFires{{{64, 16, 64},
                                           {128, 16, 64},
                                           {128, 32, 128},
                                           {256, 32, 128},
                                           {256, 48, 192},
                                           {384, 48, 192},
                                           {384, 64, 256},
                                           {512, 64, 256}}};

/// Hands out the convolutions of a file one after the other.
class ConvolutionReader {
public:
    ConvolutionReader(const model::StateDict &state, std::string file) : m_state(state), m_file(std::move(file)) {}

    bool nextIsPoint() const { return m_next < m_state.entries.size() && current().shape.back() == 1; }

    torch::Tensor weight(const std::vector<std::int64_t> &shape) { return take(shape); }
    torch::Tensor bias(std::int64_t count) { return take({count}); }

private:
    const model::Tensor &current() const { return m_state.entries[m_next].second; }

    torch::Tensor take(const std::vector<std::int64_t> &shape)
    {
        if (m_next >= m_state.entries.size())
            throw base::Error(base::ErrorCode::BrokenFile, m_file,
                              fmt::format("this is not SqueezeNet 1.1: it ends after {} tensors", m_next));
        if (current().shape != shape)
            throw base::Error(base::ErrorCode::BrokenFile, m_file,
                              fmt::format("this is not SqueezeNet 1.1: the tensor \"{}\" is {}, expected [{}]",
                                          m_state.entries[m_next].first, current().shapeText(), fmt::join(shape, ",")));
        return torch::tensor(m_state.entries[m_next++].second.values).reshape(shape);
    }

    const model::StateDict &m_state;
    std::string m_file;
    std::size_t m_next = 0;
};

/// As large as it takes to cover the border ("ceil mode").
torch::Tensor pooled(const torch::Tensor &x) { return torch::max_pool2d(x, 3, 2, 0, 1, true); }

} // namespace

SqueezeNet::SqueezeNet(const std::string &path)
{
    const model::StateDict state = model::readStateDict(path);
    ConvolutionReader reader(state, path);
    const auto convolution = [&reader](std::int64_t outputs, std::int64_t inputs, std::int64_t kernel) {
        Convolution result;
        result.weight = reader.weight({outputs, inputs, kernel, kernel});
        result.bias = reader.bias(outputs);
        return result;
    };
    m_first = convolution(64, 3, 3);
    for (std::size_t i = 0; i < kFires.size(); ++i) {
        const FireShape &shape = kFires[i];
        m_fires[i].squeeze = convolution(shape.squeezed, shape.inputs, 1);
        // Converters may write the two branches in either order.
        if (reader.nextIsPoint()) {
            m_fires[i].expandPoint = convolution(shape.expanded, shape.squeezed, 1);
            m_fires[i].expandSquare = convolution(shape.expanded, shape.squeezed, 3);
        } else {
            m_fires[i].expandSquare = convolution(shape.expanded, shape.squeezed, 3);
            m_fires[i].expandPoint = convolution(shape.expanded, shape.squeezed, 1);
        }
    }
}

torch::Tensor SqueezeNet::Fire::forward(const torch::Tensor &x) const
{
    const torch::Tensor squeezed = torch::relu(torch::conv2d(x, squeeze.weight, squeeze.bias));
    return torch::cat({torch::relu(torch::conv2d(squeezed, expandPoint.weight, expandPoint.bias)),
                       torch::relu(torch::conv2d(squeezed, expandSquare.weight, expandSquare.bias, 1, 1))},
                      1);
}

std::vector<torch::Tensor> SqueezeNet::forward(const torch::Tensor &pictures) const
{
    std::vector<torch::Tensor> maps;
    torch::Tensor x = torch::relu(torch::conv2d(pictures, m_first.weight, m_first.bias, 2));
    maps.push_back(x);
    x = m_fires[1].forward(m_fires[0].forward(pooled(x)));
    maps.push_back(x);
    x = m_fires[3].forward(m_fires[2].forward(pooled(x)));
    maps.push_back(x);
    x = pooled(x);
    for (std::size_t i = 4; i < m_fires.size(); ++i) {
        x = m_fires[i].forward(x);
        maps.push_back(x);
    }
    return maps;
}

void SqueezeNet::to(const torch::Device &device)
{
    const auto move = [&device](Convolution &convolution) {
        convolution.weight = convolution.weight.to(device);
        convolution.bias = convolution.bias.to(device);
    };
    move(m_first);
    for (Fire &fire : m_fires) {
        move(fire.squeeze);
        move(fire.expandPoint);
        move(fire.expandSquare);
    }
}

} // namespace bitlens::train
