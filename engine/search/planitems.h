// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/bitplan.h"
#include "engine/search/allocate.h"
#include "engine/search/knapsack.h"

#include <vector>

namespace bitlens::search {

/// The knapsack of an allocation: one item per layer, one choice per pair of widths.
class PlanItems {
public:
    /// `fixedBytes`: of the packed file beside the weights' bits. Throws base::Error{InvalidArgument} when a width is
    /// not one or a sensitivity is missing, naming the layer.
    PlanItems(const AllocationRequest &request, double fixedBytes);

    const Items &items() const { return m_items; }
    quant::BitPlan planOf(const Selection &selection) const;
    Selection selectionOf(const quant::BitPlan &plan) const;

    /// Multiplies the loss of a layer's weights and of its activations at all widths.
    void correct(std::size_t layer, double weightFactor, double activationFactor);
    /// Loss of one layer of a plan, its two parts.
    struct Parts {
        double weight = 0.0;
        double activation = 0.0;
    };
    Parts partsOf(std::size_t layer, quant::LayerBits bits) const;

    /// Makes a selection cheaper where that costs next to nothing: narrows activations, those first whose loss rises
    /// least, as long as the whole loss rises by no more than `share` of it. Only steps that save time where times are
    /// known.
    Selection trimmed(Selection selection, double share) const;

    double fixedBytes() const { return m_fixedBytes; }

private:
    void build();

    std::vector<quant::LayerBits> m_choices;
    std::vector<std::vector<Parts>> m_parts; ///< per layer and choice
    std::vector<std::vector<Choice>> m_costs;
    double m_fixedBytes = 0.0;
    Items m_items;
};

} // namespace bitlens::search
