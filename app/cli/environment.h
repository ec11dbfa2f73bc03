// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/cli/progressline.h"

#include "engine/base/cancel.h"
#include "engine/base/error.h"
#include "engine/base/parallel.h"

#include <memory>
#include <string>

namespace bitlens::compare {
class CalibrationStore;
}

namespace bitlens::cli {

/// What every command runs in: how it is cancelled, where it writes, and the threads it computes on.
class Environment {
public:
    explicit Environment(base::CancelToken cancel);

    /// A job that shows progress on the terminal and stops on an interruption; each call starts a new action.
    base::Job newJob();
    /// The pool, made at the first call; 0 threads: all processors.
    const base::ThreadPool &pool(int threads);

    /// Calibrations kept between runs; null where there is no place for them, or `wanted` is false.
    const std::shared_ptr<compare::CalibrationStore> &calibrations(bool wanted);

    /// To standard output, with a line break.
    void print(const std::string &text);
    /// "bitlens: text" to standard error.
    void warn(const std::string &text);
    void report(const base::Error &error);

private:
    base::CancelToken m_cancel;
    ProgressLine m_progress;
    std::unique_ptr<base::ThreadPool> m_pool;
    std::shared_ptr<compare::CalibrationStore> m_calibrations;
};

} // namespace bitlens::cli
