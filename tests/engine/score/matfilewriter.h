// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::test {

/// A random forest the way the authors' training code keeps it: matrices of nodes x trees, children counted from 1,
/// unused nodes at the end of each column.
struct RawForest {
    std::size_t nodes = 0;
    std::size_t trees = 0;
    std::vector<std::int32_t> left, right, feature; ///< feature from 1
    std::vector<double> threshold, prediction;

    /// Trees grown at random, breadth first, with at most `nodeLimit` nodes each.
    static RawForest random(std::size_t features, std::size_t treeCount, std::size_t nodeLimit, unsigned seed);
    /// The plain traversal, on these matrices.
    double predict(std::span<const double> features) const;
};

struct RawModel {
    std::array<RawForest, 3> forests;
    std::array<double, 4> linear;
    static RawModel random(std::size_t treeCount, std::size_t nodeLimit, unsigned seed);
};

struct MatStyle {
    bool compressed = true;
    bool column = false; ///< rf is 3x1 instead of 1x3
    std::string omit;    ///< leave this field of every forest out
    std::string variable = "model";
};

/// Writes the model with libmatio, with more fields than a reader needs, as in the published file.
void writeModel(const RawModel &model, const std::string &path, const MatStyle &style = {});

} // namespace bitlens::test
