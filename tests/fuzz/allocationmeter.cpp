// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/fuzz/allocationmeter.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

std::atomic<std::ptrdiff_t> live{0};
std::atomic<std::ptrdiff_t> highest{0};

void *allocate(std::size_t bytes)
{
    void *const block = std::malloc(bytes == 0 ? 1 : bytes);
    if (block == nullptr)
        throw std::bad_alloc();
    const std::ptrdiff_t now = live += static_cast<std::ptrdiff_t>(malloc_usable_size(block));
    for (std::ptrdiff_t seen = highest; now > seen && !highest.compare_exchange_weak(seen, now);) {
    }
    return block;
}

void release(void *block)
{
    if (block == nullptr)
        return;
    live -= static_cast<std::ptrdiff_t>(malloc_usable_size(block));
    std::free(block);
}

std::ptrdiff_t base = 0;

} // namespace

void *operator new(std::size_t bytes) { return allocate(bytes); }

void *operator new[](std::size_t bytes) { return allocate(bytes); }

// std::stable_sort asks for memory in this way; blocks of every form of new end in the same delete.
void *operator new(std::size_t bytes, const std::nothrow_t &) noexcept
{
    try {
        return allocate(bytes);
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

void *operator new[](std::size_t bytes, const std::nothrow_t &tag) noexcept { return operator new(bytes, tag); }

void operator delete(void *block) noexcept { release(block); }

void operator delete[](void *block) noexcept { release(block); }

void operator delete(void *block, std::size_t) noexcept { release(block); }

void operator delete[](void *block, std::size_t) noexcept { release(block); }

void operator delete(void *block, const std::nothrow_t &) noexcept { release(block); }

void operator delete[](void *block, const std::nothrow_t &) noexcept { release(block); }

namespace bitlens::test {

void AllocationMeter::restart()
{
    base = live;
    highest = base;
}

std::size_t AllocationMeter::peak() { return static_cast<std::size_t>(highest - base); }

} // namespace bitlens::test
