// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

namespace bitlens::train {

class Ranks;

/// Named float32 tensors and text values in one safetensors file, written atomically: what a run needs to go on.
struct Checkpoint {
    std::vector<std::pair<std::string, torch::Tensor>> tensors;
    std::map<std::string, std::string> values;

    /// Copies the tensor `name` into `target`; throws base::Error{BrokenFile} naming file, tensor and shapes when it is
    /// absent or of another shape.
    void restore(const std::string &name, torch::Tensor &target, const std::string &file) const;

    /// A value; throws base::Error{BrokenFile} naming `file` and the key when it is absent, or no number.
    const std::string &text(const std::string &key, const std::string &file) const;
    int integer(const std::string &key, const std::string &file) const;
    double number(const std::string &key, const std::string &file) const;
    /// The same, or `otherwise` when it is absent (checkpoints of earlier versions).
    double number(const std::string &key, const std::string &file, double otherwise) const;
};

/// The bytes of such a file.
std::vector<std::uint8_t> checkpointBytes(const Checkpoint &checkpoint);
/// Inverse of checkpointBytes; throws base::Error{BrokenFile} naming `file`.
Checkpoint checkpointFromBytes(std::span<const std::uint8_t> bytes, const std::string &file);

/// Throws base::Error{NotWritable}; the file that was there before is then intact.
void writeCheckpoint(const Checkpoint &checkpoint, const std::string &path);
/// Throws base::Error{NotFound|NotReadable|BrokenFile}.
Checkpoint readCheckpoint(const std::string &path);

/// Makes all ranks alike: what rank 0 has for its `state` is given to `restore` on every other one, with words for
/// messages in the place of a file's name. Called by all of them; alone, nothing happens. Throws base::Error, RankLost.
void shareState(const Ranks &ranks, const std::function<Checkpoint()> &state,
                const std::function<void(const Checkpoint &checkpoint, const std::string &file)> &restore);

} // namespace bitlens::train
