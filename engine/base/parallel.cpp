// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <optional>

#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace bitlens::base {

struct ThreadPool::Private {
    explicit Private(int threads) : arena(threads)
    {
        // Lets an arena be larger than the machine, as thread-safety tests want. Only then: the smallest limit of all
        // that live counts, and a small pool must not slow the others.
        if (threads > availableProcessors())
            control.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
        arena.initialize();
    }
    std::optional<tbb::global_control> control;
    tbb::task_arena arena;
};

ThreadPool::ThreadPool(int threads) : d(std::make_unique<Private>(threads > 0 ? threads : availableProcessors())) {}

ThreadPool::~ThreadPool() = default;

int ThreadPool::threads() const { return d->arena.max_concurrency(); }

void ThreadPool::forRanges(std::size_t count, std::size_t grain,
                           const std::function<void(std::size_t, std::size_t, int)> &body) const
{
    if (count == 0)
        return;
    grain = std::max<std::size_t>(grain, 1);
    const std::size_t chunks = (count + grain - 1) / grain;
    const auto runChunk = [&](std::size_t chunk, int thread) {
        body(chunk * grain, std::min(count, (chunk + 1) * grain), thread);
    };
    if (chunks == 1 || threads() == 1) {
        for (std::size_t chunk = 0; chunk < chunks; ++chunk)
            runChunk(chunk, 0);
        return;
    }
    // What oneTBB orders anyway, said again for ThreadSanitizer, which sees nothing of a library that was not built
    // with it: the caller's past comes before every chunk, and every chunk before the return.
    std::atomic<std::size_t> done;
    done.store(0, std::memory_order_release);
    d->arena.execute([&] {
        tbb::parallel_for(
            tbb::blocked_range<std::size_t>(0, chunks, 1),
            [&](const tbb::blocked_range<std::size_t> &range) {
                const int thread = tbb::this_task_arena::current_thread_index();
                done.load(std::memory_order_acquire);
                for (std::size_t chunk = range.begin(); chunk != range.end(); ++chunk)
                    runChunk(chunk, thread);
                done.fetch_add(1, std::memory_order_release);
            },
            tbb::simple_partitioner());
    });
    done.load(std::memory_order_acquire);
}

int availableProcessors() { return std::max(1, tbb::info::default_concurrency()); }

} // namespace bitlens::base
