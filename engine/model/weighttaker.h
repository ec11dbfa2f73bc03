// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"
#include "engine/model/reader.h"

#include <map>
#include <string>
#include <vector>

namespace bitlens::model {

/// Any size in an expected shape.
inline constexpr std::int64_t kAnySize = -1;

/// Hands the tensors of a weight file to whoever builds a generator, each once and only with the expected shape. Its
/// errors name the file, the key and the shape. Not thread-safe.
class WeightTaker {
public:
    WeightTaker(StateDict state, std::string file);

    const std::string &file() const { return m_file; }
    bool has(const std::string &key) const;
    /// Size of dimension `dimension` of tensor `key`; 0 when there is no such tensor or dimension.
    std::int64_t size(const std::string &key, std::size_t dimension) const;

    /// Takes a tensor out. Throws base::Error{BrokenFile} when it is absent or its shape differs from `expected`.
    Tensor take(const std::string &key, const std::vector<std::int64_t> &expected);

    /// Fills weight, bias (zeros where the file has none), kernel and channels of `layer` from `name`.weight and
    /// `name`.bias, shapes [out,in,k,k] and [out]. Sizes (kernel, channels) that are > 0 in `layer` beforehand are
    /// required.
    void takeConvolution(const std::string &name, ConvLayer &layer);

    /// Folds `name`.{weight,bias,running_mean,running_var} (epsilon 1e-5) into the layer's weight and bias, in double.
    void foldBatchNorm(const std::string &name, ConvLayer &layer);

    /// PReLU slopes of `key`, one or `channels` values; repeated for each of the layer's channels where a pixel shuffle
    /// comes between (slopes of a map after the shuffle).
    void takeSlopes(const std::string &key, ConvLayer &layer);

    /// Throws base::Error{BrokenFile} naming tensors that nobody took (BatchNorm's counters excepted).
    void requireAllTaken() const;

    /// How the weights taken so far were stored: the smallest type among convolution weights.
    WeightStorage storage() const { return m_storage; }

private:
    struct Entry {
        Tensor tensor;
        bool taken = false;
    };
    [[noreturn]] void fail(const std::string &detail) const;

    std::string m_file;
    std::map<std::string, Entry> m_entries;
    std::vector<std::string> m_order;
    WeightStorage m_storage = WeightStorage::Float32;
    bool m_storageKnown = false;
};

/// "[64,3,9,9]"; any size is written "*".
std::string shapeText(const std::vector<std::int64_t> &shape);

} // namespace bitlens::model
