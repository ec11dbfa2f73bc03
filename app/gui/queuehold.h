// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"

#include <condition_variable>
#include <functional>
#include <mutex>

namespace bitlens::app {

/// Where the queue's thread waits between two parts of a picture while it is paused, or while the window's own
/// comparison needs the processors. Thread-safe.
class QueueHold {
public:
    /// The user's pause.
    void setPaused(bool paused);
    /// The window computes something itself.
    void setYielding(bool yielding);
    /// Returns when neither holds; throws base::Cancelled when cancelled meanwhile. `onHeld(true)` is called when it
    /// has to wait, `onHeld(false)` when it goes on.
    void wait(const base::CancelToken &cancel, const std::function<void(bool held)> &onHeld);

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_paused = false;
    bool m_yielding = false;
};

} // namespace bitlens::app
