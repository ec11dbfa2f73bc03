// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/download.h"

#include "engine/base/command.h"
#include "engine/base/error.h"

#include <filesystem>
#include <system_error>

namespace bitlens::base {

namespace {

/// Exit codes of curl(1).
constexpr int kRefusedByServer = 22; ///< among others 416: nothing comes after the part that is there
constexpr int kCannotResume = 33;
constexpr int kBadResume = 36;

CommandResult runCurl(const Download &what, bool resume, const CancelToken &cancel)
{
    Command curl;
    curl.arguments = {"curl",
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
                      std::to_string(what.limit)};
    if (resume)
        curl.arguments.insert(curl.arguments.end(), {"--continue-at", "-"});
    curl.arguments.insert(curl.arguments.end(), {"--output", what.path, what.address});
    curl.onTick = [&what] {
        std::error_code absent;
        const auto bytes = std::filesystem::file_size(what.path, absent);
        if (what.onBytes && !absent)
            what.onBytes(static_cast<std::size_t>(bytes));
    };
    try {
        return runCommand(curl, cancel);
    } catch (const Error &error) {
        if (error.code() == ErrorCode::NotFound)
            throw Error(ErrorCode::NotFound, what.address, "the program curl is not installed");
        throw;
    }
}

} // namespace

void download(const Download &what, const CancelToken &cancel)
{
    std::error_code error;
    const bool resume = what.resume && std::filesystem::exists(what.path, error);
    CommandResult result = runCurl(what, resume, cancel);
    if (resume
        && (result.exitCode == kRefusedByServer || result.exitCode == kCannotResume || result.exitCode == kBadResume)) {
        std::filesystem::remove(what.path, error);
        result = runCurl(what, false, cancel);
    }
    if (result.exitCode == 0)
        return;
    const std::string reason = result.errors.substr(0, result.errors.find('\n'));
    throw Error(ErrorCode::NotReadable, what.address, reason.empty() ? "the download failed" : reason);
}

} // namespace bitlens::base
