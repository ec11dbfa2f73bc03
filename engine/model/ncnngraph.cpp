// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/ncnngraph.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

// A dense block joins five maps and splits one eightfold; the rest would only cost memory.
constexpr std::size_t kMaximumJoined = 16;
constexpr std::size_t kMaximumBlobs = 4096; ///< alive at one time
constexpr double kSlopeTolerance = 1e-6;    // .param files write seven digits

/// What a blob holds, in terms of feature maps.
struct Signal {
    std::vector<int> maps; ///< concatenated
    int enlarge = 1;       ///< not yet applied
    Residual::Resample resample = Residual::Resample::None;
    float scale = 1.0F; ///< not yet applied
    bool open = false;  ///< the only reference to the map: what follows may still become part of its layer
};

/// A graph that cannot be described; its text is the reason.
struct Problem {
    std::string text;
};

/// Walks through the layers and puts each into the description.
class Walker {
public:
    explicit Walker(const StateDict &state) : m_state(state) {}

    std::vector<ConvLayer> walk(std::span<const NcnnLayer> layers)
    {
        for (const NcnnLayer &layer : layers) {
            m_current = &layer;
            step(layer);
        }
        if (m_blobs.size() != 1 || m_layers.empty())
            throw Problem{fmt::format("its graph has {} outputs, expected one", m_blobs.size())};
        const Signal &result = m_blobs.begin()->second;
        if (!isPlain(result) || result.maps.front() != static_cast<int>(m_layers.size()))
            throw Problem{"its graph does not end with a convolution"};
        return std::move(m_layers);
    }

private:
    void step(const NcnnLayer &layer)
    {
        const std::string_view type = layer.type;
        if (type == "Input")
            give(Signal{{0}, 1, Residual::Resample::None, 1.0F, false});
        else if (type == "Split")
            split();
        else if (type == "Concat")
            concat();
        else if (type == "Convolution")
            convolution();
        else if (type == "PReLU" || type == "ReLU")
            activation();
        else if (type == "PixelShuffle")
            pixelShuffle();
        else if (type == "Interp")
            interpolate();
        else if (type == "BinaryOp")
            binary();
        else if (type == "Eltwise")
            eltwise();
        else if (type == "Dropout" || type == "Noop")
            give(take(0));
        else
            refuse("a kind of layer that no known generator has");
    }

    Signal take(std::size_t input)
    {
        if (input >= m_current->inputs.size())
            refuse("an input is missing");
        const auto found = m_blobs.find(m_current->inputs[input]);
        if (found == m_blobs.end())
            refuse(fmt::format("blob {} is not there", m_current->inputs[input]));
        Signal signal = std::move(found->second);
        m_blobs.erase(found);
        return signal;
    }

    void give(Signal signal, std::size_t output = 0)
    {
        if (output >= m_current->outputs.size())
            refuse("an output is missing");
        if (m_blobs.size() >= kMaximumBlobs)
            refuse("too many blobs");
        if (!m_blobs.emplace(m_current->outputs[output], std::move(signal)).second)
            refuse("an output is made twice");
    }

    void split()
    {
        Signal signal = take(0);
        signal.open = false;
        for (std::size_t i = 0; i < m_current->outputs.size(); ++i)
            give(signal, i);
    }

    void concat()
    {
        if (m_current->integer(0, 0) != 0)
            refuse("joins along another axis than channels");
        Signal joined;
        for (std::size_t i = 0; i < m_current->inputs.size(); ++i) {
            const Signal part = take(i);
            if (part.enlarge != 1 || part.scale != 1.0F)
                refuse("joins maps that were enlarged or scaled before");
            joined.maps.insert(joined.maps.end(), part.maps.begin(), part.maps.end());
            if (joined.maps.size() > kMaximumJoined)
                refuse("joins too many maps");
        }
        if (joined.maps.empty())
            refuse("joins nothing");
        give(std::move(joined));
    }

    void convolution()
    {
        const Signal input = take(0);
        const NcnnLayer &layer = *m_current;
        ConvLayer result;
        const Tensor *const weight = m_state.find(std::string(layer.name) + ".weight");
        if (weight == nullptr || weight->shape.size() != 4)
            refuse("its weights are missing");
        result.outChannels = static_cast<int>(weight->shape[0]);
        result.inChannels = static_cast<int>(weight->shape[1]);
        result.kernel = static_cast<int>(weight->shape[3]);
        const int pad = layer.integer(4, 0);
        const bool isSame = weight->shape[2] == weight->shape[3] && result.kernel % 2 == 1 && pad == result.kernel / 2
                            && layer.integer(14, pad) == pad && layer.integer(15, pad) == pad
                            && layer.integer(16, pad) == pad;
        if (!isSame || layer.integer(2, 1) != 1 || layer.integer(12, 1) != 1 || layer.integer(3, 1) != 1
            || layer.integer(13, 1) != 1)
            refuse("a convolution with a stride, dilation or padding that changes the size");
        if (input.scale != 1.0F || (input.enlarge != 1 && input.enlarge != 2)
            || (input.enlarge == 2 && input.resample != Residual::Resample::Nearest))
            refuse("its input is resized in another way than doubled by nearest neighbour");
        result.inputs = input.maps;
        result.upsample = input.enlarge;
        fusedActivation(result);
        m_scales.push_back(m_scales[static_cast<std::size_t>(input.maps.front())] * input.enlarge);
        m_layers.push_back(std::move(result));
        give(newest());
    }

    void fusedActivation(ConvLayer &result)
    {
        switch (m_current->integer(9, 0)) {
        case 0:
            return;
        case 1:
            result.activation = ActivationKind::Relu;
            return;
        case 2: {
            const std::vector<double> *const parameters = m_current->array(10);
            if (parameters == nullptr || parameters->size() != 1)
                refuse("a leaky ReLU without a slope");
            result.activation = ActivationKind::LeakyRelu;
            result.slopes = {static_cast<float>(parameters->front())};
            return;
        }
        default:
            refuse("an activation other than ReLU and leaky ReLU");
        }
    }

    void activation()
    {
        Signal signal = take(0);
        ConvLayer &layer = openLayer(signal);
        if (layer.activation != ActivationKind::None || layer.shuffle != 1 || !layer.residuals.empty())
            refuse("an activation that does not directly follow its convolution");
        const double slope = m_current->number(0, 0.0);
        if (m_current->type == "PReLU") {
            layer.activation = ActivationKind::PRelu;
        } else if (slope == 0.0) {
            layer.activation = ActivationKind::Relu;
        } else {
            layer.activation = ActivationKind::LeakyRelu;
            layer.slopes = {static_cast<float>(slope)};
        }
        give(std::move(signal));
    }

    void pixelShuffle()
    {
        Signal signal = take(0);
        ConvLayer &layer = openLayer(signal);
        const int factor = m_current->integer(0, 1);
        if (layer.shuffle != 1 || !layer.residuals.empty() || factor < 1 || factor > 8 || m_current->integer(1, 0) != 0
            || layer.outChannels % (factor * factor) != 0)
            refuse("a pixel shuffle of another kind");
        layer.shuffle = factor;
        m_scales.back() *= factor;
        give(std::move(signal));
    }

    void interpolate()
    {
        Signal signal = take(0);
        const double factor = m_current->number(1, 1.0);
        const int kind = m_current->integer(0, 0);
        if (factor != m_current->number(2, 1.0) || factor != std::floor(factor) || factor < 1 || factor > 8)
            refuse(fmt::format("resizes by {}, expected a whole factor", factor));
        if ((kind != 1 && kind != 2) || m_current->integer(6, 0) != 0 || signal.enlarge != 1 || signal.scale != 1.0F)
            refuse("resizes in another way than nearest or bilinear");
        signal.enlarge = static_cast<int>(factor);
        signal.resample = kind == 1 ? Residual::Resample::Nearest : Residual::Resample::Bilinear;
        signal.open = false;
        give(std::move(signal));
    }

    void binary()
    {
        const int operation = m_current->integer(0, 0);
        if (operation == 2 && m_current->integer(1, 0) == 1) {
            Signal signal = take(0);
            openLayer(signal);
            signal.scale *= static_cast<float>(m_current->number(2, 0.0));
            give(std::move(signal));
            return;
        }
        if (operation != 0 || m_current->integer(1, 0) != 0)
            refuse("arithmetic other than a sum or a product with a number");
        const Signal first = take(0);
        sum(first, take(1), 1.0F, 1.0F);
    }

    void eltwise()
    {
        float firstScale = 1.0F;
        float secondScale = 1.0F;
        if (const std::vector<double> *const scales = m_current->array(1)) {
            if (scales->size() != 2)
                refuse("a sum of more than two maps");
            firstScale = static_cast<float>((*scales)[0]);
            secondScale = static_cast<float>((*scales)[1]);
        }
        if (m_current->integer(0, 0) != 1)
            refuse("arithmetic other than a sum");
        const Signal first = take(0);
        sum(first, take(1), firstScale, secondScale);
    }

    /// One operand must be the newest map, still open; the other becomes its residual.
    void sum(Signal first, Signal second, float firstScale, float secondScale)
    {
        if (m_current->inputs.size() != 2)
            refuse("a sum of more than two maps");
        const auto isNewest = [&](const Signal &signal) {
            return signal.open && signal.maps.front() == static_cast<int>(m_layers.size());
        };
        if (!isNewest(first)) {
            std::swap(first, second);
            std::swap(firstScale, secondScale);
        }
        if (!isNewest(first) || second.maps.size() != 1 || second.scale * secondScale != 1.0F)
            refuse("a sum that is no residual of the newest map");
        const int source = second.maps.front();
        if (m_scales[static_cast<std::size_t>(source)] * second.enlarge != m_scales.back()
            || source == static_cast<int>(m_layers.size()))
            refuse("a sum of maps of different sizes");
        m_layers.back().residuals.push_back({source, first.scale * firstScale, second.resample});
        give(newest());
    }

    ConvLayer &openLayer(const Signal &signal)
    {
        if (!signal.open || signal.maps.front() != static_cast<int>(m_layers.size()))
            refuse("it does not directly follow a convolution");
        return m_layers.back();
    }

    Signal newest() const
    {
        return Signal{{static_cast<int>(m_layers.size())}, 1, Residual::Resample::None, 1.0F, true};
    }

    static bool isPlain(const Signal &signal)
    {
        return signal.maps.size() == 1 && signal.enlarge == 1 && signal.scale == 1.0F;
    }

    [[noreturn]] void refuse(const std::string &what) const
    {
        throw Problem{
            fmt::format("layer {} ({}): {}", m_current->name.substr(0, 60), m_current->type.substr(0, 60), what)};
    }

    const StateDict &m_state;
    const NcnnLayer *m_current = nullptr;
    std::map<std::string_view, Signal> m_blobs; ///< made and not yet used
    std::vector<ConvLayer> m_layers;
    std::vector<int> m_scales{1}; ///< of each feature map
};

std::string layerDifference(const ConvLayer &graph, const ConvLayer &built)
{
    if (graph.inputs != built.inputs)
        return "takes other inputs";
    if (graph.outChannels != built.outChannels || graph.inChannels != built.inChannels || graph.kernel != built.kernel)
        return "has another shape";
    if (graph.upsample != built.upsample || graph.shuffle != built.shuffle)
        return "enlarges in another way";
    if (graph.activation != built.activation)
        return "has another activation";
    if (graph.activation == ActivationKind::LeakyRelu
        && std::abs(graph.slopes.front() - built.slopes.front()) > kSlopeTolerance)
        return fmt::format("has a leaky slope of {}, expected {}", graph.slopes.front(), built.slopes.front());
    const bool sameSums = std::equal(graph.residuals.begin(), graph.residuals.end(), built.residuals.begin(),
                                     built.residuals.end(), [](const Residual &a, const Residual &b) {
                                         return a.source == b.source && a.resample == b.resample
                                                && std::abs(a.scale - b.scale) <= kSlopeTolerance;
                                     });
    return sameSums ? std::string() : "has other residual sums";
}

} // namespace

void describeNcnnGraph(std::span<const NcnnLayer> layers, WeightFile &file)
{
    for (const NcnnLayer &layer : layers) {
        if (layer.type == "Convolution")
            file.order.convolutions.emplace_back(layer.name);
        else if (layer.type == "PReLU")
            file.order.slopes.emplace_back(layer.name);
    }
    try {
        file.graph = Walker(file.state).walk(layers);
    } catch (const Problem &problem) {
        file.graphProblem = problem.text;
    }
}

std::string graphDifference(std::span<const ConvLayer> graph, const Generator &built)
{
    if (graph.size() != built.layers.size())
        return fmt::format("{} convolutions, expected {}", graph.size(), built.layers.size());
    for (std::size_t i = 0; i < graph.size(); ++i) {
        const std::string difference = layerDifference(graph[i], built.layers[i]);
        if (!difference.empty())
            return fmt::format("convolution {}, which would be {}, {}", i + 1, built.layers[i].path, difference);
    }
    return {};
}

} // namespace bitlens::model
