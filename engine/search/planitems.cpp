// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/planitems.h"

#include "engine/base/error.h"
#include "engine/quant/bitpacking.h"

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

namespace bitlens::search {

namespace {

/// Errors of one layer by width, from measured entries where there are any.
class LayerErrors {
public:
    explicit LayerErrors(const SensitivityReport &report)
    {
        for (const Method method : {Method::Estimated, Method::Measured})
            for (const Sensitivity &entry : report.entries)
                if (entry.method == method && !entry.target.isStage())
                    m_errors[{entry.target.layer, entry.bits.weight, entry.bits.activation}] = entry.squaredError;
    }

    double at(const model::Generator &generator, std::size_t layer, quant::LayerBits bits) const
    {
        const auto found = m_errors.find({static_cast<int>(layer), bits.weight, bits.activation});
        if (found == m_errors.end())
            throw base::Error(base::ErrorCode::InvalidArgument, {},
                              fmt::format("the sensitivity of {} at W{} A{} is not known", generator.layers[layer].path,
                                          bits.weight, bits.activation));
        return found->second;
    }

private:
    std::map<std::array<int, 3>, double> m_errors;
};

} // namespace

PlanItems::PlanItems(const AllocationRequest &request, double fixedBytes) : m_fixedBytes(fixedBytes)
{
    const model::Generator &generator = *request.generator;
    for (const int weight : request.weightBits)
        for (const int activation : request.activationBits) {
            if (!quant::isWeightBits(weight) || !quant::isActivationBits(activation) || weight == quant::kFloatBits
                || activation == quant::kFloatBits)
                throw base::Error(base::ErrorCode::InvalidArgument, {},
                                  fmt::format("W{} A{} is not a choice of widths", weight, activation));
            m_choices.push_back({weight, activation});
        }
    const LayerErrors errors(request.sensitivities);
    for (std::size_t layer = 0; layer < generator.layers.size(); ++layer) {
        std::vector<Parts> parts;
        std::vector<Choice> costs;
        for (const quant::LayerBits bits : m_choices) {
            parts.push_back({errors.at(generator, layer, {bits.weight, quant::kFloatBits}),
                             errors.at(generator, layer, {quant::kFloatBits, bits.activation})});
            costs.push_back({0.0,
                             static_cast<double>(quant::packedSize(generator.layers[layer].weightCount(), bits.weight)),
                             request.times ? request.times->seconds(layer, bits) : 0.0});
        }
        m_parts.push_back(std::move(parts));
        m_costs.push_back(std::move(costs));
    }
    build();
}

void PlanItems::build()
{
    m_items = m_costs;
    for (std::size_t layer = 0; layer < m_items.size(); ++layer)
        for (std::size_t choice = 0; choice < m_items[layer].size(); ++choice)
            m_items[layer][choice].loss = m_parts[layer][choice].weight + m_parts[layer][choice].activation;
}

quant::BitPlan PlanItems::planOf(const Selection &selection) const
{
    quant::BitPlan plan(selection.size(), {});
    for (std::size_t layer = 0; layer < selection.size(); ++layer)
        plan.set(layer, m_choices.at(selection[layer]));
    return plan;
}

Selection PlanItems::selectionOf(const quant::BitPlan &plan) const
{
    Selection selection;
    for (std::size_t layer = 0; layer < plan.size(); ++layer)
        selection.push_back(static_cast<std::size_t>(std::find(m_choices.begin(), m_choices.end(), plan.at(layer))
                                                     - m_choices.begin()));
    return selection;
}

void PlanItems::correct(std::size_t layer, double weightFactor, double activationFactor)
{
    for (Parts &parts : m_parts.at(layer)) {
        parts.weight *= weightFactor;
        parts.activation *= activationFactor;
    }
    build();
}

PlanItems::Parts PlanItems::partsOf(std::size_t layer, quant::LayerBits bits) const
{
    const auto choice = std::find(m_choices.begin(), m_choices.end(), bits) - m_choices.begin();
    return m_parts.at(layer).at(static_cast<std::size_t>(choice));
}

Selection PlanItems::trimmed(Selection selection, double share) const
{
    double room = totalOf(m_items, selection).loss * share;
    const bool isTimed = totalOf(m_items, selection).seconds > 0.0;
    while (true) {
        double least = std::numeric_limits<double>::max();
        std::size_t bestLayer = selection.size();
        std::size_t bestChoice = 0;
        for (std::size_t layer = 0; layer < selection.size(); ++layer) {
            const std::size_t present = selection[layer];
            for (std::size_t choice = 0; choice < m_choices.size(); ++choice) {
                if (m_choices[choice].weight != m_choices[present].weight
                    || m_choices[choice].activation >= m_choices[present].activation)
                    continue;
                const double saved = m_costs[layer][present].seconds - m_costs[layer][choice].seconds;
                if (isTimed && saved <= 0.0)
                    continue;
                const double rise = m_items[layer][choice].loss - m_items[layer][present].loss;
                if (rise < least) {
                    least = rise;
                    bestLayer = layer;
                    bestChoice = choice;
                }
            }
        }
        if (bestLayer == selection.size() || least > room)
            return selection;
        room -= std::max(least, 0.0);
        selection[bestLayer] = bestChoice;
    }
}

} // namespace bitlens::search
