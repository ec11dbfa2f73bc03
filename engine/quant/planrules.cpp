// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/quant/planrules.h"

#include "engine/base/error.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bitlens::quant {

namespace {

bool matchesWildcards(std::string_view pattern, std::string_view text)
{
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    while (true) {
        const auto end = text.find(separator, begin);
        parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
        if (end == std::string_view::npos)
            return parts;
        begin = end + 1;
    }
}

[[noreturn]] void refuseRule(std::string_view rule, const std::string &expected)
{
    throw base::Error(base::ErrorCode::InvalidArgument, {}, fmt::format("bit plan rule \"{}\": {}", rule, expected));
}

int parseBits(std::string_view text, std::string_view rule, bool isWeight)
{
    text = trimmed(text);
    if (text == "fp32" || text == "FP32")
        return kFloatBits;
    int bits = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), bits);
    const bool isNumber = problem == std::errc{} && end == text.data() + text.size();
    // 32 is the program's inner sign for FP32; people write fp32, so that nobody expects a 32-bit integer.
    if (isNumber && bits != kFloatBits && (isWeight ? isWeightBits(bits) : isActivationBits(bits)))
        return bits;
    std::vector<std::string> allowed;
    const auto add = [&](int choice) { allowed.push_back(bitsText(choice)); };
    if (isWeight)
        std::for_each(kWeightBitChoices.begin(), kWeightBitChoices.end(), add);
    else
        std::for_each(kActivationBitChoices.begin(), kActivationBitChoices.end(), add);
    refuseRule(rule, fmt::format("\"{}\" is not a width of {}, expected one of {}", text,
                                 isWeight ? "weights" : "activations", fmt::join(allowed, ", ")));
}

std::string stageNames(const model::Generator &generator)
{
    constexpr std::size_t kShown = 12;
    std::vector<std::string> names;
    for (const model::Stage &stage : generator.stages) {
        if (names.size() == kShown) {
            names.emplace_back("…");
            break;
        }
        names.push_back(stage.name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

/// A part of the tree of layer paths: the whole, a group, a stage, a part of a stage, or a layer.
struct Node {
    std::string path;
    std::map<std::string, std::size_t> childNumbers;
    std::vector<std::unique_ptr<Node>> children;
    std::optional<LayerBits> bits; ///< of a layer that the tree's rules must set
};

/// Finds the fewest rules that label a tree's leaves, given that a rule on a node holds for everything below it unless
/// a later rule says otherwise.
class RuleTree {
public:
    void add(const std::string &path, LayerBits bits)
    {
        Node *node = &m_root;
        for (const std::string_view part : split(path, '/')) {
            const auto [place, isNew] = node->childNumbers.try_emplace(std::string(part), node->children.size());
            if (isNew) {
                node->children.push_back(std::make_unique<Node>());
                node->children.back()->path =
                    node->path.empty() ? std::string(part) : fmt::format("{}/{}", node->path, part);
            }
            node = node->children[place->second].get();
        }
        node->bits = bits;
        if (std::find(m_choices.begin(), m_choices.end(), bits) == m_choices.end())
            m_choices.push_back(bits);
    }

    std::vector<std::string> rules()
    {
        if (m_choices.empty())
            return {};
        const std::vector<std::size_t> costs = costsBelow(m_root);
        const auto best = std::min_element(costs.begin(), costs.end()) - costs.begin();
        std::vector<std::string> rules{"*=" + bitsText(m_choices[static_cast<std::size_t>(best)])};
        writeBelow(m_root, static_cast<std::size_t>(best), rules);
        return rules;
    }

private:
    static constexpr std::size_t kImpossible = std::numeric_limits<std::size_t>::max() / 4;

    /// Rules needed inside a node when it holds choice i by itself or from above.
    std::vector<std::size_t> costsBelow(const Node &node)
    {
        std::vector<std::size_t> costs(m_choices.size(), 0);
        if (node.children.empty()) {
            for (std::size_t i = 0; i < costs.size(); ++i)
                costs[i] = m_choices[i] == *node.bits ? 0 : kImpossible;
        }
        for (const auto &child : node.children) {
            const std::vector<std::size_t> inner = costsBelow(*child);
            const std::size_t changed = *std::min_element(inner.begin(), inner.end()) + 1;
            for (std::size_t i = 0; i < costs.size(); ++i)
                costs[i] += std::min(inner[i], changed);
        }
        m_costs[&node] = costs;
        return costs;
    }

    void writeBelow(const Node &node, std::size_t choice, std::vector<std::string> &rules) const
    {
        for (const auto &child : node.children) {
            const std::vector<std::size_t> &inner = m_costs.at(child.get());
            const auto best = static_cast<std::size_t>(std::min_element(inner.begin(), inner.end()) - inner.begin());
            // At equal cost a rule on the whole (a stage) reads better than one on its only layer.
            const bool change = inner[best] + 1 < inner[choice] || (inner[best] == 0 && inner[choice] > 0);
            if (change)
                rules.push_back(fmt::format("{}={}", child->path, bitsText(m_choices[best])));
            writeBelow(*child, change ? best : choice, rules);
        }
    }

    Node m_root;
    std::vector<LayerBits> m_choices;
    std::map<const Node *, std::vector<std::size_t>> m_costs;
};

std::string lastName(const std::string &path) { return path.substr(path.rfind('/') + 1); }

/// Rules in which all layers of the given last names are set by one wildcard rule each.
std::vector<std::string> rulesWith(const std::map<std::string, LayerBits> &names, const BitPlan &plan,
                                   const model::Generator &generator)
{
    RuleTree tree;
    for (std::size_t i = 0; i < plan.size(); ++i)
        if (!names.contains(lastName(generator.layers[i].path)))
            tree.add(generator.layers[i].path, plan.at(i));
    std::vector<std::string> rules = tree.rules();
    for (const auto &[name, bits] : names)
        rules.push_back(fmt::format("*/{}={}", name, bitsText(bits)));
    return rules;
}

/// Last names that several layers share, all with the same bits.
std::map<std::string, LayerBits> uniformNames(const BitPlan &plan, const model::Generator &generator)
{
    std::map<std::string, std::pair<LayerBits, int>> seen;
    std::set<std::string> mixed;
    for (std::size_t i = 0; i < plan.size(); ++i) {
        const std::string name = lastName(generator.layers[i].path);
        auto &[bits, count] = seen.try_emplace(name, plan.at(i), 0).first->second;
        ++count;
        if (!(bits == plan.at(i)))
            mixed.insert(name);
    }
    std::map<std::string, LayerBits> uniform;
    for (const auto &[name, entry] : seen)
        if (entry.second > 1 && !mixed.contains(name))
            uniform[name] = entry.first;
    return uniform;
}

} // namespace

bool ruleCovers(std::string_view pattern, std::string_view layerPath)
{
    for (std::size_t end = layerPath.find('/'); end != std::string_view::npos; end = layerPath.find('/', end + 1))
        if (matchesWildcards(pattern, layerPath.substr(0, end)))
            return true;
    return matchesWildcards(pattern, layerPath);
}

std::string bitsText(int bits) { return bits == kFloatBits ? "fp32" : std::to_string(bits); }

std::string bitsText(LayerBits bits) { return fmt::format("{}/{}", bitsText(bits.weight), bitsText(bits.activation)); }

BitPlan parseRules(const std::string &rules, const model::Generator &generator)
{
    BitPlan plan(generator.layers.size(), LayerBits{});
    for (const std::string_view part : split(rules, ',')) {
        const std::string_view rule = trimmed(part);
        const auto equals = rule.find('=');
        if (equals == std::string_view::npos)
            refuseRule(rule, "expected pattern=W/A, for example up2=8/12");
        const std::string_view pattern = trimmed(rule.substr(0, equals));
        const std::vector<std::string_view> widths = split(rule.substr(equals + 1), '/');
        if (pattern.empty() || widths.size() != 2)
            refuseRule(rule, "expected pattern=W/A, for example up2=8/12");
        const LayerBits bits{parseBits(widths[0], rule, true), parseBits(widths[1], rule, false)};
        bool found = false;
        for (std::size_t i = 0; i < plan.size(); ++i) {
            if (ruleCovers(pattern, generator.layers[i].path)) {
                plan.set(i, bits);
                found = true;
            }
        }
        if (!found)
            refuseRule(rule,
                       fmt::format("no layer of {} matches; its stages are {}", generator.name, stageNames(generator)));
    }
    return plan;
}

std::string writeRules(const BitPlan &plan, const model::Generator &generator)
{
    if (plan.size() != generator.layers.size())
        throw base::Error(
            base::ErrorCode::InvalidArgument, {},
            fmt::format("a plan of {} layers does not fit a generator of {}", plan.size(), generator.layers.size()));
    if (plan.size() == 0)
        return {};
    std::map<std::string, LayerBits> chosen;
    std::vector<std::string> rules = rulesWith(chosen, plan, generator);
    for (const auto &[name, bits] : uniformNames(plan, generator)) {
        std::map<std::string, LayerBits> attempt = chosen;
        attempt[name] = bits;
        std::vector<std::string> shorter = rulesWith(attempt, plan, generator);
        if (shorter.size() < rules.size()) {
            chosen = std::move(attempt);
            rules = std::move(shorter);
        }
    }
    return fmt::format("{}", fmt::join(rules, ","));
}

} // namespace bitlens::quant
