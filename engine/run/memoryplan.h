// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace bitlens::run {

/// A buffer's size and the steps in which it must exist, both ends included.
struct BufferLife {
    std::size_t bytes = 0;
    int first = 0;
    int last = 0;
};

/// Where buffers lie in one block of memory: two that live at the same step never overlap.
struct MemoryPlan {
    std::vector<std::size_t> offsets; ///< multiples of kBufferAlignment, one per buffer
    std::size_t total = 0;
};

inline constexpr std::size_t kBufferAlignment = 64;

/// Memory at a multiple of kBufferAlignment, not filled.
struct FreeBuffer {
    void operator()(std::byte *memory) const;
};
using BufferMemory = std::unique_ptr<std::byte, FreeBuffer>;
/// Throws base::Error{OutOfMemory} with the number of bytes.
BufferMemory allocateBuffer(std::size_t bytes);

/// Places large buffers first, each at the lowest offset that is free during its life.
MemoryPlan planMemory(std::span<const BufferLife> buffers);

} // namespace bitlens::run
