// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/resource.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace bitlens::base {

namespace fs = std::filesystem;

std::string resourcePath(const std::string &name)
{
    std::error_code error;
    if (const char *folder = std::getenv("BITLENS_RESOURCE_DIR"); folder && *folder) {
        const fs::path path = fs::path(folder) / name;
        return fs::exists(path, error) ? path.string() : std::string();
    }
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    if (error)
        return {};
    for (const char *place : {"share/bitlens", "../share/bitlens"}) {
        const fs::path path = (program.parent_path() / place / name).lexically_normal();
        if (fs::exists(path, error))
            return path.string();
    }
    return {};
}

} // namespace bitlens::base
