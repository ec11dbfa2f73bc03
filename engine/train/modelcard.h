// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/train/validation.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitlens::train {

/// A generator whose weights, biases and slopes are rounded to FP16 (nearest, ties to even), so that
/// model::exportGenerator stores it in half the bytes. Throws base::Error{InvalidArgument} naming the layer whose
/// values FP16 cannot hold.
model::Generator roundedToHalf(model::Generator generator);

/// What one should know about a trained model before using it.
struct ModelCard {
    std::string title;
    std::string data;               ///< what it was trained on
    std::vector<std::string> notes; ///< paragraphs: licences, how the run came about
    std::string command;            ///< the command line of the last run
    std::uint64_t seed = 0;
    int steps = 0;
    double hours = 0.0; ///< of training
    struct Figures {
        std::string set;
        ValidationScores model;   ///< of the file that the card belongs to
        ValidationScores bicubic; ///< of MATLAB's bicubic enlargement
    };
    std::vector<Figures> figures;
    std::string logPath; ///< the run's log.csv, whose validations become a table; may be absent

    /// Seed, steps, hours and log of the run in this folder. Throws base::Error naming the checkpoint when it is not
    /// there or no checkpoint.
    void describeRun(const std::string &folder);

    /// As Markdown, for this generator and a file of `bytes`.
    std::string toMarkdown(const model::Generator &generator, std::size_t bytes) const;
};

/// Writes `path` (safetensors, FP16) and the card beside it, as "<path without extension>.md". Throws
/// base::Error{NotWritable|InvalidArgument}.
void writeModelWithCard(const model::Generator &generator, const ModelCard &card, const std::string &path);

} // namespace bitlens::train
