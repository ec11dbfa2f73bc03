// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/memoryplan.h"

#include "engine/base/error.h"

#include <algorithm>
#include <memory>
#include <new>
#include <numeric>

#include <fmt/format.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace bitlens::run {

namespace {

std::size_t rounded(std::size_t bytes) { return (bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment; }

/// Large maps are walked by rows of many channels, each in pages of its own: with small pages the processor spends part
/// of its time on looking up addresses. A hint only; where the system knows none, nothing changes.
void preferHugePages([[maybe_unused]] std::byte *memory, [[maybe_unused]] std::size_t bytes)
{
#ifdef MADV_HUGEPAGE
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    void *start = memory;
    std::size_t space = bytes;
    if (std::align(kHugePage, kHugePage, start, space))
        static_cast<void>(madvise(start, space / kHugePage * kHugePage, MADV_HUGEPAGE));
#endif
}

} // namespace

void FreeBuffer::operator()(std::byte *memory) const { ::operator delete (memory, std::align_val_t{kBufferAlignment}); }

BufferMemory allocateBuffer(std::size_t bytes)
{
    try {
        BufferMemory memory(static_cast<std::byte *>(::operator new (bytes, std::align_val_t{kBufferAlignment})));
        preferHugePages(memory.get(), bytes);
        return memory;
    } catch (const std::bad_alloc &) {
        throw base::Error(base::ErrorCode::OutOfMemory, {},
                          fmt::format("{} MB for the feature maps are not available", bytes >> 20));
    }
}

MemoryPlan planMemory(std::span<const BufferLife> buffers)
{
    std::vector<std::size_t> order(buffers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });

    MemoryPlan plan;
    plan.offsets.assign(buffers.size(), 0);
    std::vector<std::size_t> placed; // by rising offset
    for (const std::size_t index : order) {
        const BufferLife &life = buffers[index];
        const std::size_t bytes = rounded(life.bytes);
        std::size_t offset = 0;
        for (const std::size_t other : placed) {
            if (buffers[other].last < life.first || buffers[other].first > life.last)
                continue;
            if (offset + bytes <= plan.offsets[other])
                break;
            offset = std::max(offset, plan.offsets[other] + rounded(buffers[other].bytes));
        }
        plan.offsets[index] = offset;
        plan.total = std::max(plan.total, offset + bytes);
        const auto later =
            std::find_if(placed.begin(), placed.end(), [&](std::size_t other) { return plan.offsets[other] > offset; });
        placed.insert(later, index);
    }
    return plan;
}

} // namespace bitlens::run
