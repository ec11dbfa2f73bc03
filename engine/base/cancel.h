// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/error.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace bitlens::base {

/// A shared flag. Copies refer to the same flag. Thread-safe. Polled per tile and per layer.
class CancelToken {
public:
    CancelToken() : m_flag(std::make_shared<std::atomic<bool>>(false)) {}
    void cancel() const { m_flag->store(true, std::memory_order_relaxed); }
    bool isCancelled() const { return m_flag->load(std::memory_order_relaxed); }
    /// Throws Cancelled when cancel() was called.
    void throwIfCancelled() const
    {
        if (isCancelled())
            throw Cancelled();
    }

private:
    std::shared_ptr<std::atomic<bool>> m_flag;
};

/// Progress of a long action: `fraction` in [0,1] rises monotonically within one action; `what` names the current part
/// for people ("FP32, tile 3 of 12"). Called on the working thread; must be cheap.
using ProgressFunction = std::function<void(double fraction, const std::string &what)>;

/// What every long-running engine call takes: how to stop it and whom to tell. Copyable, cheap.
struct Job {
    CancelToken cancel;
    ProgressFunction progress; ///< may be empty

    void report(double fraction, const std::string &what) const
    {
        if (progress)
            progress(fraction, what);
    }
    /// A job whose progress 0..1 maps to [from, to] of this one; shares the cancel token.
    Job part(double from, double to) const
    {
        Job sub{cancel, {}};
        if (progress)
            sub.progress = [parent = progress, from, to](double fraction, const std::string &what) {
                parent(from + (to - from) * fraction, what);
            };
        return sub;
    }
};

} // namespace bitlens::base
