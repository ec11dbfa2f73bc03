// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/generator.h"

#include "engine/base/error.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

// Far beyond every published generator; they keep products of dimensions inside 64 bits and a hostile file harmless.
constexpr int kMaximumChannels = 1 << 14;
constexpr int kMaximumKernel = 31;
constexpr int kMaximumMapScale = 64;
constexpr std::size_t kMaximumLayers = 4'000;

/// Collects what a violated rule needs to be reported.
class Checker {
public:
    Checker(const Generator &generator, const std::string &file) : m_generator(generator), m_file(file) {}

    void stages() const
    {
        require(!m_generator.layers.empty(), "the generator has no layers");
        require(m_generator.layers.size() <= kMaximumLayers, fmt::format("more than {} layers", kMaximumLayers));
        int next = 0;
        for (const Stage &stage : m_generator.stages) {
            require(!stage.name.empty(), "a stage has no name");
            require(stage.firstLayer == next && stage.layerCount > 0
                        && stage.layerCount <= static_cast<int>(m_generator.layers.size()) - next,
                    fmt::format("stage {} does not follow the stage before it", stage.name));
            next += stage.layerCount;
        }
        require(next == static_cast<int>(m_generator.layers.size()), "layers that belong to no stage");
    }

    void picture() const
    {
        require(m_generator.scale >= 1 && m_generator.scale <= kMaximumMapScale,
                fmt::format("scale {} is outside 1 to {}", m_generator.scale, kMaximumMapScale));
        require(m_generator.inputUnshuffle >= 1 && m_generator.inputUnshuffle <= 8,
                fmt::format("pixel unshuffle {} is outside 1 to 8", m_generator.inputUnshuffle));
    }

    void layer(std::size_t index)
    {
        const ConvLayer &layer = m_generator.layers[index];
        m_layer = layer.path;
        const Stage &stage = m_generator.stages[static_cast<std::size_t>(m_generator.stageOf(static_cast<int>(index)))];
        require(layer.path == stage.name + "/" + layer.name,
                fmt::format("path is \"{}\", expected \"{}/{}\"", layer.path, stage.name, layer.name));
        require(m_paths.insert(layer.path).second, "the path appears twice");
        form(layer);
        inputs(layer, static_cast<int>(index));
        values(layer);
        const int scale = m_generator.mapScale(static_cast<int>(index) + 1);
        require(scale <= kMaximumMapScale, fmt::format("enlarges more than {} times", kMaximumMapScale));
        for (const Residual &residual : layer.residuals)
            residualSum(layer, residual, static_cast<int>(index), scale);
    }

    void result()
    {
        m_layer.clear();
        const int last = static_cast<int>(m_generator.layers.size());
        require(m_generator.mapChannels(last) == 3,
                fmt::format("the last layer makes {} channels, expected 3", m_generator.mapChannels(last)));
        const int enlarged = m_generator.mapScale(last);
        require(enlarged == m_generator.scale * m_generator.inputUnshuffle,
                fmt::format("the layers enlarge {} times, expected {}", enlarged,
                            m_generator.scale * m_generator.inputUnshuffle));
    }

private:
    void form(const ConvLayer &layer) const
    {
        require(
            layer.inChannels > 0 && layer.inChannels <= kMaximumChannels && layer.outChannels > 0
                && layer.outChannels <= kMaximumChannels,
            fmt::format("{} -> {} channels, expected 1 to {}", layer.inChannels, layer.outChannels, kMaximumChannels));
        require(layer.kernel > 0 && layer.kernel % 2 == 1 && layer.kernel <= kMaximumKernel,
                fmt::format("kernel {}, expected an odd number up to {}", layer.kernel, kMaximumKernel));
        require(layer.upsample == 1 || layer.upsample == 2,
                fmt::format("upsampling by {}, expected 1 or 2", layer.upsample));
        require(layer.shuffle >= 1 && layer.shuffle <= kMaximumMapScale
                    && layer.outChannels % (layer.shuffle * layer.shuffle) == 0,
                fmt::format("{} channels cannot be shuffled by {}", layer.outChannels, layer.shuffle));
    }

    void inputs(const ConvLayer &layer, int index) const
    {
        require(!layer.inputs.empty(), "no input");
        int channels = 0;
        for (const int map : layer.inputs) {
            require(map >= 0 && map <= index, fmt::format("input map {} does not exist before layer {}", map, index));
            require(m_generator.mapScale(map) == m_generator.mapScale(layer.inputs.front()),
                    "its inputs have different sizes");
            channels += m_generator.mapChannels(map);
        }
        require(channels == layer.inChannels,
                fmt::format("{} input channels, but its inputs have {}", layer.inChannels, channels));
    }

    void values(const ConvLayer &layer) const
    {
        require(layer.weight != nullptr && layer.weight->size() == layer.weightCount(),
                fmt::format("{} weights, expected {}", layer.weight ? layer.weight->size() : 0, layer.weightCount()));
        require(layer.bias.size() == static_cast<std::size_t>(layer.outChannels),
                fmt::format("{} biases, expected {}", layer.bias.size(), layer.outChannels));
        const bool hasSlopes =
            layer.activation == ActivationKind::LeakyRelu || layer.activation == ActivationKind::PRelu;
        if (hasSlopes)
            require(layer.slopes.size() == 1 || layer.slopes.size() == static_cast<std::size_t>(layer.outChannels),
                    fmt::format("{} slopes, expected 1 or {}", layer.slopes.size(), layer.outChannels));
        else
            require(layer.slopes.empty(), "slopes without a leaky activation");
        finite(*layer.weight, "weights");
        finite(layer.bias, "biases");
        finite(layer.slopes, "slopes");
    }

    void residualSum(const ConvLayer &layer, const Residual &residual, int index, int scale) const
    {
        require(residual.source >= 0 && residual.source <= index,
                fmt::format("residual source {} does not exist before layer {}", residual.source, index));
        require(m_generator.mapChannels(residual.source) == layer.mapChannels(),
                fmt::format("residual source has {} channels, expected {}", m_generator.mapChannels(residual.source),
                            layer.mapChannels()));
        require(std::isfinite(residual.scale), "residual scale is not a finite number");
        const int sourceScale = m_generator.mapScale(residual.source);
        if (residual.resample == Residual::Resample::None)
            require(sourceScale == scale, "residual source has a different size");
        else
            require(sourceScale <= scale && scale % sourceScale == 0,
                    "residual source cannot be enlarged by a whole factor");
    }

    void finite(const std::vector<float> &numbers, const char *what) const
    {
        const bool good = std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isfinite(x); });
        require(good, fmt::format("its {} contain NaN or infinity", what));
    }

    void require(bool condition, const std::string &what) const
    {
        if (!condition)
            throw base::Error(base::ErrorCode::BrokenFile, m_file,
                              m_layer.empty() ? what : fmt::format("layer {}: {}", m_layer, what));
    }

    const Generator &m_generator;
    const std::string &m_file;
    std::string m_layer;
    std::set<std::string> m_paths;
};

/// How far one layer's output pixel looks beyond its own area, added to `reach` of its inputs; in pixels of feature map
/// 0.
double layerReach(const ConvLayer &layer, double inputReach, double inputScale)
{
    const double enlarged = inputScale * layer.upsample;
    const double shuffled = enlarged * layer.shuffle;
    double reach = inputReach + (layer.kernel / 2) / enlarged;
    // A pixel of an enlarged map lies inside a larger source pixel, which sticks out by up to (factor - 1) small
    // pixels.
    reach += (layer.upsample - 1) / enlarged;
    reach += (layer.shuffle - 1) / shuffled;
    return reach;
}

} // namespace

std::string familyName(Family family)
{
    switch (family) {
    case Family::Srgan:
        return "SRGAN";
    case Family::Rrdb:
        return "RRDBNet";
    case Family::SrvggCompact:
        return "SRVGGNetCompact";
    }
    return "unknown";
}

std::string weightStorageName(WeightStorage storage)
{
    switch (storage) {
    case WeightStorage::Float32:
        return "FP32";
    case WeightStorage::Float16:
        return "FP16";
    case WeightStorage::BFloat16:
        return "BF16";
    case WeightStorage::Float64:
        return "FP64";
    case WeightStorage::Int8:
        return "INT8";
    case WeightStorage::Quantized:
        return "quantized";
    }
    return "unknown";
}

std::size_t ConvLayer::parameterCount() const
{
    return weightCount() + bias.size() + (activation == ActivationKind::PRelu ? slopes.size() : 0);
}

std::size_t Generator::parameterCount() const
{
    std::size_t count = 0;
    for (const ConvLayer &layer : layers)
        count += layer.parameterCount();
    return count;
}

double Generator::macsPerInputPixel() const
{
    double sum = 0.0;
    for (const ConvLayer &layer : layers) {
        const double perSide = mapScale(layer.inputs.front()) * layer.upsample;
        sum += static_cast<double>(layer.weightCount()) * perSide * perSide;
    }
    return sum / (static_cast<double>(inputUnshuffle) * inputUnshuffle);
}

int Generator::mapScale(int map) const
{
    int scaleSoFar = 1;
    while (map > 0) {
        const ConvLayer &layer = layers.at(static_cast<std::size_t>(map) - 1);
        scaleSoFar *= layer.upsample * layer.shuffle;
        map = layer.inputs.front();
    }
    return scaleSoFar;
}

int Generator::mapChannels(int map) const
{
    if (map == 0)
        return 3 * inputUnshuffle * inputUnshuffle;
    return layers.at(static_cast<std::size_t>(map) - 1).mapChannels();
}

int Generator::receptiveRadius() const
{
    std::vector<double> reach(layers.size() + 1, 0.0);
    std::vector<double> scales(layers.size() + 1, 1.0);
    for (std::size_t index = 0; index < layers.size(); ++index) {
        const ConvLayer &layer = layers[index];
        double inputReach = 0.0;
        for (const int map : layer.inputs)
            inputReach = std::max(inputReach, reach[static_cast<std::size_t>(map)]);
        const double inputScale = scales[static_cast<std::size_t>(layer.inputs.front())];
        double own = layerReach(layer, inputReach, inputScale);
        const double ownScale = inputScale * layer.upsample * layer.shuffle;
        for (const Residual &residual : layer.residuals) {
            const auto from = static_cast<std::size_t>(residual.source);
            double sourceReach = reach[from];
            if (residual.resample != Residual::Resample::None)
                sourceReach += 1.0 / scales[from] - 1.0 / ownScale;
            if (residual.resample == Residual::Resample::Bilinear)
                sourceReach += 1.0 / scales[from];
            own = std::max(own, sourceReach);
        }
        reach[index + 1] = own;
        scales[index + 1] = ownScale;
    }
    // The tiny term absorbs sums of binary fractions that are whole numbers on paper.
    const int radius = static_cast<int>(std::ceil(reach.back() - 1e-6));
    return radius * inputUnshuffle + (inputUnshuffle - 1);
}

int Generator::stageOf(int layer) const
{
    for (std::size_t index = 0; index < stages.size(); ++index)
        if (layer >= stages[index].firstLayer && layer < stages[index].firstLayer + stages[index].layerCount)
            return static_cast<int>(index);
    return -1;
}

int Generator::findLayer(const std::string &path) const
{
    const auto found =
        std::find_if(layers.begin(), layers.end(), [&](const ConvLayer &layer) { return layer.path == path; });
    return found == layers.end() ? -1 : static_cast<int>(found - layers.begin());
}

void Generator::validate(const std::string &file) const
{
    Checker checker(*this, file);
    checker.picture();
    checker.stages();
    for (std::size_t index = 0; index < layers.size(); ++index)
        checker.layer(index);
    checker.result();
}

} // namespace bitlens::model
