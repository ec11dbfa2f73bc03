// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <stdexcept>
#include <string>

namespace bitlens::base {

/// What kind of thing went wrong. The command line maps these to exit codes, the window to the error bar's hints.
enum class ErrorCode {
    NotFound,         ///< the file or name does not exist
    NotReadable,      ///< the operating system refused to read
    NotWritable,      ///< the operating system refused to write (permissions, disk full)
    UnknownFormat,    ///< no reader knows this format ("not my format" for all of them)
    BrokenFile,       ///< the format is known, the content violates it
    UnknownGenerator, ///< a readable weight file of an architecture this program does not run
    TooLarge,         ///< over a limit that the user may lift (see detail)
    InvalidArgument,  ///< a value the caller supplied is out of range
    OutOfMemory,      ///< an allocation failed
    Internal,         ///< a library failed in a way that is not the user's doing
};

/// The one error type that engine functions throw on user data. Caught once at the border (engine thread, command
/// line). `file` may be empty when no file is involved; `detail` is a full sentence fragment for the user.
class Error : public std::runtime_error {
public:
    Error(ErrorCode code, std::string file, std::string detail);

    ErrorCode code() const { return m_code; }
    const std::string &file() const { return m_file; }
    const std::string &detail() const { return m_detail; }

private:
    ErrorCode m_code;
    std::string m_file;
    std::string m_detail;
};

/// Thrown by CancelToken::throwIfCancelled; not an Error, because nothing went wrong.
class Cancelled : public std::exception {
public:
    const char *what() const noexcept override { return "cancelled"; }
};

/// Translates the exception in flight (call it inside a catch block) to an Error: std::bad_alloc and LibTorch's and
/// OpenCV's exceptions included, by their std::exception base. Rethrows Cancelled unchanged.
[[nodiscard]] Error currentExceptionAsError(const std::string &file = {});

} // namespace bitlens::base
