// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>

namespace bitlens::test {

/// Counts what operator new hands out in this program, which replaces it. Not for use from several threads at once:
/// counts of concurrent allocations are exact, but the peak is of all threads together.
class AllocationMeter {
public:
    /// Starts anew: what is allocated now counts as nothing.
    static void restart();
    /// Most bytes that were allocated at one time since restart(), beyond those before it.
    static std::size_t peak();
};

} // namespace bitlens::test
