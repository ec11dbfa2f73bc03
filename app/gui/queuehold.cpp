// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/queuehold.h"

#include <chrono>

namespace bitlens::app {

namespace {
/// A cancel has no way to wake a waiting thread: it is looked for this often.
constexpr std::chrono::milliseconds kCancelPoll{50};
} // namespace

void QueueHold::setPaused(bool paused)
{
    const std::lock_guard lock(m_mutex);
    m_paused = paused;
    m_changed.notify_all();
}

void QueueHold::setYielding(bool yielding)
{
    const std::lock_guard lock(m_mutex);
    m_yielding = yielding;
    m_changed.notify_all();
}

void QueueHold::wait(const base::CancelToken &cancel, const std::function<void(bool held)> &onHeld)
{
    std::unique_lock lock(m_mutex);
    const auto held = [this] { return m_paused || m_yielding; };
    if (!held())
        return;
    onHeld(true);
    while (held() && !cancel.isCancelled())
        m_changed.wait_for(lock, kCancelPoll);
    cancel.throwIfCancelled();
    onHeld(false);
}

} // namespace bitlens::app
