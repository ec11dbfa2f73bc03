// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/command.h"

#include "engine/base/error.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bitlens::base {

namespace {

constexpr int kTickMilliseconds = 100;
constexpr int kGraceTicks = 30; ///< between asking a program to end and ending it
constexpr std::size_t kMaximumText = 1'000'000;
constexpr int kNotStarted = 127;

/// A file descriptor that closes itself.
class Handle {
public:
    explicit Handle(int value = -1) : m_value(value) {}
    Handle(Handle &&other) noexcept : m_value(std::exchange(other.m_value, -1)) {}
    Handle &operator=(Handle &&other) noexcept
    {
        std::swap(m_value, other.m_value);
        return *this;
    }
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;
    ~Handle() { close(); }
    void close()
    {
        if (m_value >= 0)
            ::close(m_value);
        m_value = -1;
    }
    int get() const { return m_value; }
    bool isOpen() const { return m_value >= 0; }

private:
    int m_value;
};

struct Pipe {
    Handle read;
    Handle write;
    Pipe()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            throw Error(ErrorCode::Internal, {}, fmt::format("no pipe: {}", std::strerror(errno)));
        read = Handle(ends[0]);
        write = Handle(ends[1]);
    }
};

/// Runs in the child between fork and exec: only calls that are safe there.
[[noreturn]] void becomeProgram(char *const *arguments, const char *folder, int output, int errors, int failure)
{
    ::setpgid(0, 0);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing >= 0)
        ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    if (*folder == '\0' || ::chdir(folder) == 0)
        ::execvp(arguments[0], arguments);
    const int number = errno;
    if (::write(failure, &number, sizeof(number)) < 0)
        ::_exit(kNotStarted + 1);
    ::_exit(kNotStarted);
}

/// Appends what can be read without waiting; false at the end.
bool drain(const Handle &pipe, std::string &text)
{
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(pipe.get(), buffer.data(), buffer.size());
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    if (text.size() < kMaximumText)
        text.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

/// A started program; ended with everything it started when this goes out of scope.
class Child {
public:
    explicit Child(pid_t id) : m_id(id) {}
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;
    ~Child()
    {
        if (m_ended)
            return;
        ::kill(-m_id, SIGTERM);
        for (int tick = 0; tick < kGraceTicks && !poll(); ++tick)
            ::usleep(kTickMilliseconds * 1000);
        ::kill(-m_id, SIGKILL);
        while (!m_ended && ::waitpid(m_id, &m_status, 0) < 0 && errno == EINTR) {
        }
    }

    /// True when it has ended.
    bool poll()
    {
        if (!m_ended && ::waitpid(m_id, &m_status, WNOHANG) == m_id)
            m_ended = true;
        return m_ended;
    }

    int exitCode() const { return WIFSIGNALED(m_status) ? 128 + WTERMSIG(m_status) : WEXITSTATUS(m_status); }

private:
    pid_t m_id;
    int m_status = 0;
    bool m_ended = false;
};

/// Passes on output until both pipes have ended and the program too.
void attend(Child &child, Pipe &output, Pipe &errors, const Command &command, const CancelToken &cancel,
            CommandResult &result)
{
    bool outputOpen = true;
    bool errorsOpen = true;
    // A program that left a grandchild behind keeps the pipes open; its own end is what counts.
    while (outputOpen || errorsOpen) {
        std::array<pollfd, 2> waiting{
            {{outputOpen ? output.read.get() : -1, POLLIN, 0}, {errorsOpen ? errors.read.get() : -1, POLLIN, 0}}};
        const bool ended = child.poll();
        const int ready = ::poll(waiting.data(), waiting.size(), ended ? 0 : kTickMilliseconds);
        cancel.throwIfCancelled();
        if (command.onTick)
            command.onTick();
        if (ready <= 0 && ended)
            return;
        if (waiting[0].revents != 0)
            outputOpen = drain(output.read, result.output);
        if (waiting[1].revents != 0)
            errorsOpen = drain(errors.read, result.errors);
    }
    while (!child.poll()) {
        cancel.throwIfCancelled();
        ::usleep(kTickMilliseconds * 100);
    }
}

} // namespace

CommandResult runCommand(const Command &command, const CancelToken &cancel)
{
    cancel.throwIfCancelled();
    std::vector<std::string> arguments = command.arguments;
    std::vector<char *> pointers;
    for (std::string &argument : arguments)
        pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    Pipe output;
    Pipe errors;
    Pipe failure;
    Handle file;
    if (!command.outputFile.empty()) {
        file = Handle(::open(command.outputFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (!file.isOpen())
            throw Error(ErrorCode::NotWritable, command.outputFile, std::strerror(errno));
    }
    const pid_t id = ::fork();
    if (id < 0)
        throw Error(ErrorCode::Internal, {}, fmt::format("no process: {}", std::strerror(errno)));
    if (id == 0)
        becomeProgram(pointers.data(), command.folder.c_str(), file.isOpen() ? file.get() : output.write.get(),
                      errors.write.get(), failure.write.get());
    ::setpgid(id, id); // whichever of the two comes first
    Child child(id);
    output.write.close();
    errors.write.close();
    failure.write.close();
    int number = 0;
    if (::read(failure.read.get(), &number, sizeof(number)) == static_cast<ssize_t>(sizeof(number)))
        throw Error(number == ENOENT ? ErrorCode::NotFound : ErrorCode::Internal, arguments.front(),
                    number == ENOENT ? "this program is not installed" : std::strerror(number));
    CommandResult result;
    attend(child, output, errors, command, cancel, result);
    result.exitCode = child.exitCode();
    return result;
}

} // namespace bitlens::base
