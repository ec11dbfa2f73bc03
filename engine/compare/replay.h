// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/bundle.h"

#include <string>
#include <vector>

namespace bitlens::compare {

/// How a comparison that was made again stands to the one that a bundle recorded.
struct Replay {
    std::vector<std::string> differences; ///< sentences for people; none: every pixel is the same
    std::vector<std::string> notes;       ///< what else is different, such as versions
    Result result;                        ///< of the new run
    bool isIdentical() const { return differences.empty(); }
};

/// Runs a bundle's comparison again and compares inputs and results with what it recorded. `versions` are those of this
/// program. Throws base::Error, base::Cancelled.
Replay replayBundle(const Bundle &bundle, const Versions &versions, Comparison &comparison, const base::Job &job);

} // namespace bitlens::compare
