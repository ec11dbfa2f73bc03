// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"

#include <thread>

namespace bitlens::cli {

/// Turns SIGINT, SIGTERM and SIGHUP into a cancel: the work ends at its next poll and cleans up after itself. A second
/// signal ends the process at once. Make it before any other thread, so that all of them leave the signals to it.
class Interruption {
public:
    explicit Interruption(base::CancelToken cancel);
    ~Interruption();
    Interruption(const Interruption &) = delete;
    Interruption &operator=(const Interruption &) = delete;

private:
    std::thread m_thread;
};

} // namespace bitlens::cli
