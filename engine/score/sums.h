// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/parallel.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace bitlens::score {

/// Adds up `partial(begin, end)` over pieces of [0, count) that are `piece` long, in order. The pieces, and so the
/// rounding, do not depend on the number of threads: the same bits come out from one thread and from many. Value needs
/// a default constructor (zero) and +=.
template <typename Value, typename Partial>
Value orderedSum(std::size_t count, std::size_t piece, const base::ThreadPool &pool, Partial partial)
{
    const std::size_t pieces = (count + piece - 1) / piece;
    std::vector<Value> sums(pieces);
    pool.forRanges(pieces, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t i = begin; i < end; ++i)
            sums[i] = partial(i * piece, std::min(count, (i + 1) * piece));
    });
    Value total{};
    for (const Value &sum : sums)
        total += sum;
    return total;
}

/// The sum of f(i) over [begin, end) in eight interleaved partial sums, a shape that compilers turn into vector code
/// without being allowed to reorder anything.
template <typename Function>
double laneSum(std::size_t begin, std::size_t end, Function f)
{
    constexpr std::size_t kLanes = 8;
    double lane[kLanes] = {};
    std::size_t i = begin;
    for (; i + kLanes <= end; i += kLanes)
        for (std::size_t k = 0; k < kLanes; ++k)
            lane[k] += f(i + k);
    double rest = 0.0;
    for (; i < end; ++i)
        rest += f(i);
    return (((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]))) + rest;
}

} // namespace bitlens::score
