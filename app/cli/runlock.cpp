// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/runlock.h"

#include "engine/base/error.h"

#include <filesystem>

namespace bitlens::cli {

base::FileLock lockOfRun(const std::string &folder)
{
    if (folder.empty())
        return {};
    try {
        return base::FileLock((std::filesystem::path(folder) / "run.lock").string());
    } catch (const base::Error &error) {
        throw base::Error(error.code(), folder, error.detail());
    }
}

} // namespace bitlens::cli
