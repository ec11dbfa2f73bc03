// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"

#include <new>

namespace bitlens::base {

namespace {
std::string message(const std::string &file, const std::string &detail)
{
    return file.empty() ? detail : file + ": " + detail;
}
} // namespace

Error::Error(ErrorCode code, std::string file, std::string detail)
    : std::runtime_error(message(file, detail)), m_code(code), m_file(std::move(file)), m_detail(std::move(detail))
{
}

Error currentExceptionAsError(const std::string &file)
{
    try {
        throw;
    } catch (const Cancelled &) {
        throw;
    } catch (const Error &error) {
        if (!error.file().empty() || file.empty())
            return error;
        return Error(error.code(), file, error.detail());
    } catch (const std::bad_alloc &) {
        return Error(ErrorCode::OutOfMemory, file, "not enough memory");
    } catch (const std::exception &exception) {
        const std::string what = exception.what();
        // LibTorch's allocator reports exhaustion as a c10::Error with this text (c10::OutOfMemoryError in newer
        // releases).
        if (what.find("not enough memory") != std::string::npos
            || what.find("can't allocate memory") != std::string::npos
            || what.find("Insufficient memory") != std::string::npos)
            return Error(ErrorCode::OutOfMemory, file, "not enough memory");
        return Error(ErrorCode::Internal, file, what.substr(0, what.find('\n')));
    } catch (...) {
        return Error(ErrorCode::Internal, file, "unknown error");
    }
}

} // namespace bitlens::base
