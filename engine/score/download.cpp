// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/download.h"

#include "engine/base/error.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace bitlens::score {

namespace {

using base::Error;
using base::ErrorCode;

/// A child process whose standard error can be read; killed and waited for when it goes out of scope.
class Child {
public:
    explicit Child(const std::vector<std::string> &arguments)
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            throw Error(ErrorCode::Internal, {}, std::strerror(errno));
        m_errors = ends[0];
        std::vector<char *> pointers;
        pointers.reserve(arguments.size() + 1);
        for (const std::string &argument : arguments)
            pointers.push_back(const_cast<char *>(argument.c_str())); // posix_spawn does not write there
        pointers.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
        const int failure = ::posix_spawnp(&m_process, pointers[0], &actions, nullptr, pointers.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        if (failure != 0) {
            ::close(m_errors);
            throw Error(ErrorCode::NotReadable, {}, "the program " + arguments[0] + " is not installed");
        }
    }
    ~Child()
    {
        if (m_process > 0) {
            ::kill(m_process, SIGTERM);
            ::waitpid(m_process, nullptr, 0);
        }
        ::close(m_errors);
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    /// Waits until the process closes its standard error, that is until it ends. Returns its exit status.
    int wait(const base::Job &job, std::string &errors)
    {
        constexpr int kMilliseconds = 100;
        for (;;) {
            job.cancel.throwIfCancelled();
            pollfd waiting{m_errors, POLLIN, 0};
            if (::poll(&waiting, 1, kMilliseconds) <= 0)
                continue;
            char buffer[512];
            const ssize_t got = ::read(m_errors, buffer, sizeof buffer);
            if (got > 0)
                errors.append(buffer, static_cast<std::size_t>(got));
            else if (got == 0 || errno != EINTR)
                break;
        }
        int status = 0;
        while (::waitpid(m_process, &status, 0) < 0 && errno == EINTR) {
        }
        m_process = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t m_process = -1;
    int m_errors = -1;
};

} // namespace

void download(const std::string &address, const std::string &path, std::size_t limit, const base::Job &job)
{
    Child curl({"curl",
                "--fail",
                "--location",
                "--silent",
                "--show-error",
                "--proto",
                "=https",
                "--proto-redir",
                "=https",
                "--connect-timeout",
                "10",
                "--speed-limit",
                "1000",
                "--speed-time",
                "20",
                "--max-filesize",
                std::to_string(limit),
                "--output",
                path,
                address});
    std::string errors;
    if (curl.wait(job, errors) == 0)
        return;
    errors = errors.substr(0, errors.find('\n'));
    throw Error(ErrorCode::NotReadable, address, errors.empty() ? "the download failed" : errors);
}

} // namespace bitlens::score
