// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bitlens::model {

/// The architecture families that the readers build descriptions for. For display only: runners never look at it.
enum class Family { Srgan, Rrdb, SrvggCompact };
std::string familyName(Family family); ///< "SRGAN", "RRDBNet", "SRVGGNetCompact"

enum class ActivationKind { None, Relu, LeakyRelu, PRelu };

/// How float values were stored in the model file; they are computed in float32 whatever it says.
enum class WeightStorage { Float32, Float16, BFloat16, Float64, Int8, Quantized };
std::string weightStorageName(WeightStorage storage); ///< "FP32", "FP16", …

/// A residual sum after a layer: y = y * scale + source, applied in the order of the layer's list, in float32.
struct Residual {
    enum class Resample { None, Nearest, Bilinear };
    int source = 0;     ///< feature map number, see ConvLayer
    float scale = 1.0F; ///< of y, before the source is added
    /// For sources smaller than y by a whole factor (global skips): how they are enlarged first. Bilinear is
    /// half-pixel-centred (torch align_corners=False).
    Resample resample = Resample::None;
};

/// One convolution with everything that belongs to it. A layer computes, in this order:
///   x  = its input feature maps, concatenated along channels, each enlarged `upsample` times (nearest)
///   y  = conv(x, weight) + bias; stride 1, zero padding kernel/2 on all sides
///   y  = activation(y)
///   y  = pixel shuffle by `shuffle` (torch order: channel c·r² + dy·r + dx goes to row dy, column dx of channel c)
///   y  = each residual in turn
/// and y becomes feature map number (index of the layer + 1). Feature map 0 is the network's input.
/// BatchNorm is folded into weight and bias when the model is read.
struct ConvLayer {
    std::string name;        ///< within its stage, e.g. "conv1", "rdb2/conv5"
    std::string path;        ///< stage name + "/" + name: unique in the generator, what plans and reports use
    std::vector<int> inputs; ///< feature map numbers, each <= index of this layer
    int inChannels = 0;      ///< sum over inputs
    int outChannels = 0;     ///< before the shuffle
    int kernel = 3;          ///< odd; height = width
    int upsample = 1;        ///< 1 or 2, nearest, before the convolution
    int shuffle = 1;         ///< pixel shuffle factor after the activation
    ActivationKind activation = ActivationKind::None;
    /// Negative-side slopes: empty for None and Relu, one value (shared) or outChannels values (before the shuffle).
    std::vector<float> slopes;
    std::vector<Residual> residuals;
    std::shared_ptr<const std::vector<float>> weight; ///< [outChannels][inChannels][kernel][kernel]
    std::vector<float> bias;                          ///< [outChannels], zeros where the model has none

    std::size_t weightCount() const
    {
        return static_cast<std::size_t>(outChannels) * static_cast<std::size_t>(inChannels)
               * static_cast<std::size_t>(kernel) * static_cast<std::size_t>(kernel);
    }
    int mapChannels() const { return outChannels / (shuffle * shuffle); } ///< of the resulting feature map
    std::size_t parameterCount() const; ///< weights, biases and PReLU slopes (a leaky ReLU's constant is none)
};

/// Layers [firstLayer, firstLayer + layerCount) that belong together: "head", "body/block1", …, "trunk", "up1", "tail".
struct Stage {
    std::string name;
    int firstLayer = 0;
    int layerCount = 0;
};

enum class OutputTransform {
    None,         ///< y is the picture in [0,1]
    TanhToUnit,   ///< (tanh(y) + 1) / 2
    LinearToUnit, ///< (y + 1) / 2
};

/// A generator as data: both runners, training and the exporters interpret this; nobody has a hand-written network.
/// Immutable once built; shared by std::shared_ptr<const Generator>. Pictures go in and out as R,G,B in [0,1].
class Generator {
public:
    Family family = Family::Srgan;
    std::string name;       ///< file name without folder, or catalogue name
    std::string source;     ///< path of the file it came from
    int scale = 4;          ///< output pixels per input pixel, per side
    int inputUnshuffle = 1; ///< torch.pixel_unshuffle of the picture before the first layer (RRDBNet x2: 2, x1: 4);
                            ///< picture sides are then padded by reflection to a multiple and the result is cropped
    OutputTransform output = OutputTransform::None;
    WeightStorage storage = WeightStorage::Float32;
    std::vector<Stage> stages;
    std::vector<ConvLayer> layers;

    /// Weights, biases and PReLU slopes.
    std::size_t parameterCount() const;
    /// Multiply-accumulates per input pixel.
    double macsPerInputPixel() const;
    /// Output pixels of feature map `map` per input pixel of layer 0, per side (1, 2, 4, …).
    int mapScale(int map) const;
    int mapChannels(int map) const;
    /// Input pixels that an output pixel can see on one side (an upper bound, in network-input pixels).
    int receptiveRadius() const;
    int stageOf(int layer) const;
    /// Index of a layer by path, or -1.
    int findLayer(const std::string &path) const;

    /// Checks every rule stated above (indices, channels, shapes, finite weights); throws base::Error{BrokenFile}
    /// naming `file` and the layer.
    void validate(const std::string &file) const;
};

using GeneratorPtr = std::shared_ptr<const Generator>;

} // namespace bitlens::model
