// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"

#include <functional>
#include <vector>

namespace bitlens::search {

/// How an analysis is divided among processes that work on it together: all are asked the same, each answers every
/// `parts`-th question, and all learn all answers.
struct WorkShare {
    int part = 0;  ///< which of them this process is, from 0
    int parts = 1; ///< 1: it is alone
    /// Replaces numbers by their sums over all processes, which make the same calls in the same order. May throw.
    std::function<void(std::vector<double> &values)> sum;

    /// Adds up `values`. Throws base::Cancelled on all processes when one of them was interrupted, so that none waits
    /// for it.
    void exchange(std::vector<double> &values, bool isCancelled) const
    {
        if (parts > 1) {
            values.push_back(isCancelled ? 1.0 : 0.0);
            sum(values);
            isCancelled = values.back() > 0.0;
            values.pop_back();
        }
        if (isCancelled)
            throw base::Cancelled();
    }
};

} // namespace bitlens::search
