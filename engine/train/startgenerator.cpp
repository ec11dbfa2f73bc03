// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/startgenerator.h"

#include "engine/base/file.h"
#include "engine/model/generatorjson.h"
#include "engine/model/reader.h"
#include "engine/model/safetensors.h"
#include "engine/train/checkpoint.h"
#include "engine/train/network.h"

#include <memory>

namespace bitlens::train {

namespace {

constexpr std::size_t kHeaderBytes = std::size_t(1) << 20; ///< more than the header of any checkpoint

bool isCheckpoint(const std::string &path)
{
    const auto metadata = model::peekSafetensorsMetadata(base::readFileStart(path, kHeaderBytes));
    return metadata.count("step") > 0 && metadata.count("seed") > 0;
}

/// The network that a checkpoint describes, with zeros for what is trained.
model::Generator describedGenerator(const std::string &json, const Checkpoint &checkpoint, const std::string &path)
{
    std::vector<int> slopes;
    model::Generator generator = model::generatorFromJson(json, path, &slopes);
    for (std::size_t i = 0; i < generator.layers.size(); ++i) {
        model::ConvLayer &layer = generator.layers[i];
        layer.weight = std::make_shared<const std::vector<float>>(layer.weightCount());
        layer.bias.assign(static_cast<std::size_t>(layer.outChannels), 0.0F);
        if (layer.activation == model::ActivationKind::PRelu)
            layer.slopes.assign(static_cast<std::size_t>(slopes[i]), 0.0F);
        if (layer.activation == model::ActivationKind::LeakyRelu) {
            torch::Tensor slope = torch::zeros({1});
            checkpoint.restore(leakySlopeTensorName(layer.path), slope, path);
            layer.slopes = {slope.item<float>()};
        }
    }
    return generator;
}

} // namespace

std::string averageTensorName(const std::string &parameter) { return "average." + parameter; }

std::string leakySlopeTensorName(const std::string &layerPath) { return "leaky." + layerPath; }

model::Generator startGenerator(const std::string &path, const GeneratorShape &shape)
{
    if (!isCheckpoint(path))
        return *model::readGenerator(path);
    const Checkpoint checkpoint = readCheckpoint(path);
    const auto description = checkpoint.values.find(kCheckpointGeneratorKey);
    const Network network(std::make_shared<const model::Generator>(
        description == checkpoint.values.end() ? initialGenerator(shape, 1)
                                               : describedGenerator(description->second, checkpoint, path)));
    for (const Network::Parameter &parameter : network.parameters()) {
        torch::Tensor target = parameter.value;
        checkpoint.restore(averageTensorName(parameter.name), target, path);
    }
    return network.toGenerator();
}

} // namespace bitlens::train
