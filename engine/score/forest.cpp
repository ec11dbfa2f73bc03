// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/forest.h"

#include "engine/base/error.h"

#include <cmath>

namespace bitlens::score {

using base::Error;
using base::ErrorCode;

namespace {

void check(const Forest::Tree &tree, std::size_t features)
{
    const std::size_t nodes = tree.value.size();
    if (nodes == 0 || tree.right.size() != nodes || tree.feature.size() != nodes)
        throw Error(ErrorCode::BrokenFile, {}, "a tree of the forest has no nodes or loose ends");
    for (std::size_t i = 0; i < nodes; ++i) {
        if (!std::isfinite(tree.value[i]))
            throw Error(ErrorCode::BrokenFile, {}, "a tree of the forest has a value that is not finite");
        if (tree.feature[i] == Forest::kLeaf)
            continue;
        if (tree.feature[i] >= features)
            throw Error(ErrorCode::BrokenFile, {}, "a tree of the forest asks for a feature that does not exist");
        // Both children lie further on, so that no walk can run in a circle.
        if (tree.right[i] < 2 || tree.right[i] >= nodes - i)
            throw Error(ErrorCode::BrokenFile, {}, "a branch of the forest leads nowhere");
    }
}

double walk(const Forest::Tree &tree, std::span<const double> features)
{
    std::size_t node = 0;
    while (tree.feature[node] != Forest::kLeaf)
        node += features[tree.feature[node]] <= tree.value[node] ? 1 : tree.right[node];
    return tree.value[node];
}

} // namespace

Forest::Forest(std::size_t features, std::vector<Tree> trees) : m_features(features), m_trees(std::move(trees))
{
    if (features == 0 || features >= kLeaf)
        throw Error(ErrorCode::BrokenFile, {}, "a forest has no features or too many");
    for (const Tree &tree : m_trees)
        check(tree, features);
}

std::size_t Forest::nodeCount() const
{
    std::size_t count = 0;
    for (const Tree &tree : m_trees)
        count += tree.value.size();
    return count;
}

double Forest::predict(std::span<const double> features) const
{
    if (features.size() != m_features || m_trees.empty())
        throw Error(ErrorCode::InvalidArgument, {}, "the number of features does not fit the forest");
    double sum = 0.0;
    for (const Tree &tree : m_trees)
        sum += walk(tree, features);
    return sum / static_cast<double>(m_trees.size());
}

} // namespace bitlens::score
