// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/train/initialgenerator.h"

#include <string>

namespace bitlens::train {

/// Key of a checkpoint's value that holds the generator's description, see model::generatorToJson.
inline constexpr const char *kCheckpointGeneratorKey = "generator";

/// Name of the tensor in a checkpoint that holds the averaged weights of a parameter.
std::string averageTensorName(const std::string &parameter);
/// Name of the tensor in a checkpoint that holds the constant slope of a leaky ReLU.
std::string leakySlopeTensorName(const std::string &layerPath);

/// What a training run starts from: any model that the program reads, or a run's checkpoint, whose averaged weights are
/// taken. Checkpoints of earlier versions do not say what network they are of: then it is `shape`. Throws base::Error
/// naming the file and what does not fit.
model::Generator startGenerator(const std::string &path, const GeneratorShape &shape);

} // namespace bitlens::train
