// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/interruption.h"

#include "app/cli/commandline.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

namespace bitlens::cli {

namespace {

/// Ends the waiting thread; not otherwise used by the program.
constexpr int kStopSignal = SIGUSR1;

sigset_t watchedSignals()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, kStopSignal})
        sigaddset(&signals, signal);
    return signals;
}

} // namespace

Interruption::Interruption(base::CancelToken cancel)
{
    const sigset_t signals = watchedSignals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    m_thread = std::thread([cancel = std::move(cancel), signals] {
        for (;;) {
            int signal = 0;
            if (sigwait(&signals, &signal) != 0 || signal == kStopSignal)
                return;
            if (cancel.isCancelled())
                _exit(kExitCancelled);
            cancel.cancel();
        }
    });
}

Interruption::~Interruption()
{
    pthread_kill(m_thread.native_handle(), kStopSignal);
    m_thread.join();
}

} // namespace bitlens::cli
