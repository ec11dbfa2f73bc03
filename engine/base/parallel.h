// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace bitlens::base {

/// The engine's pool of threads (a oneTBB arena of fixed size). One is made by whoever owns the engine (the engine
/// thread, the command line, a test) and passed down; there is no global one. Thread-safe; calls may not nest.
class ThreadPool {
public:
    /// threads >= 1; 0 means one per physical processor that this process may use.
    explicit ThreadPool(int threads = 0);
    ~ThreadPool();
    ThreadPool(const ThreadPool &) = delete;
    ThreadPool &operator=(const ThreadPool &) = delete;

    int threads() const;

    /// Calls body(begin, end, thread) for disjoint ranges that cover [0, count), each at most `grain` long (grain >=
    /// 1). `thread` is in [0, threads()) and unique among the calls running at one time: use it to index scratch
    /// memory. The first exception thrown by a body is rethrown here.
    void forRanges(std::size_t count, std::size_t grain,
                   const std::function<void(std::size_t begin, std::size_t end, int thread)> &body) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// Number of processors that this process may run on (affinity respected), at least 1.
int availableProcessors();

} // namespace bitlens::base
