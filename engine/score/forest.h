// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bitlens::score {

/// A regression forest: the mean of its trees. Immutable once built; thread-safe.
///
/// A tree is a run of nodes in depth-first order: an inner node's left child follows it, the right child is `right`
/// nodes further on. `feature` is 0-based, kLeaf in a leaf; `value` is the threshold (x <= value goes left) or the
/// prediction.
class Forest {
public:
    static constexpr std::uint8_t kLeaf = 0xFF;

    struct Tree {
        std::vector<double> value;
        std::vector<std::uint32_t> right; ///< distance to the right child; 0 in a leaf
        std::vector<std::uint8_t> feature;
    };

    Forest() = default;
    /// Throws base::Error{BrokenFile} unless every tree is well formed: distances lead forward inside the tree,
    /// features are below `features`, every path ends in a leaf, every number is finite.
    Forest(std::size_t features, std::vector<Tree> trees);

    std::size_t featureCount() const { return m_features; }
    std::size_t treeCount() const { return m_trees.size(); }
    std::size_t nodeCount() const;
    const std::vector<Tree> &trees() const { return m_trees; }

    /// The mean prediction. `features` must have featureCount() values; throws base::Error{InvalidArgument} otherwise.
    double predict(std::span<const double> features) const;

private:
    std::size_t m_features = 0;
    std::vector<Tree> m_trees;
};

} // namespace bitlens::score
