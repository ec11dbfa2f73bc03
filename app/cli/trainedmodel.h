// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/train/validation.h"

#include <cstddef>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bitlens::cli {

class Environment;

/// What is written of a training run for others to use: a model file and its card.
struct TrainedModelOptions {
    std::string path;  ///< of the model; empty: nothing is written
    std::string title; ///< of the card; empty: the file's name
    std::vector<std::string> sets;
    std::string mixedWith;   ///< a model of the same shape; empty: the best weights as they are
    double mixedShare = 0.2; ///< of that model, see train::interpolated
    std::vector<std::string> notes;
    std::string command; ///< as in the card, without folders
    // Set by the train command.
    std::string photos;
    std::size_t photoCount = 0; ///< 0: counted
    std::string folder;
    std::string backbone;
    std::string heads;
};

/// Adds --export, --mix-with, --mix-share, --card-title, --card-set and --card-note.
void addTrainedModelOptions(CLI::App &command, TrainedModelOptions &options);

/// Writes the best weights of the run in `folder`, mixed with another model where one is named, as FP16, and their
/// card. Throws base::Error.
void exportTrainedModel(const TrainedModelOptions &options, Environment &environment);

/// The pairs of a folder with HR and LRx<scale>; none for an empty name.
std::vector<train::ValidationPair> validationPairs(const std::string &folder, int scale);

} // namespace bitlens::cli
