// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/architecture.h"
#include "engine/model/reader.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bitlens::model {

/// What a format's reader makes of a file.
struct WeightFile {
    StateDict state;
    /// For formats that hold a graph (ncnn): its computing layers in file order, and the network that the graph
    /// computes, without names, weights and slopes; or why it is no network of convolutions of the kind this program
    /// runs.
    GraphOrder order;
    std::vector<ConvLayer> graph;
    std::string graphProblem;
};

/// The bytes of the file that is to be read, and its path (error messages; files that come in pairs).
struct FileContent {
    std::string path;
    std::span<const std::uint8_t> bytes;
};

/// One weight file format. `recognises` answers "my format?" from the content alone and never throws for foreign or
/// broken content; `read` throws base::Error{BrokenFile} where the content violates the format.
struct WeightFormat {
    std::string title; ///< for messages: "safetensors"
    bool (*recognises)(const FileContent &file);
    WeightFile (*read)(const FileContent &file);
};

/// All formats, in the order in which they are asked. A new one is a new pair of files and a line here.
std::span<const WeightFormat> weightFormats();

/// Reads a file with the format that recognises it. Throws base::Error: UnknownFormat naming the known ones,
/// BrokenFile.
WeightFile readWeightFile(const std::string &path);

} // namespace bitlens::model
