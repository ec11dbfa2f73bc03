// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/outputnames.h"

#include "app/cli/command.h"

#include "engine/base/error.h"
#include "engine/compare/foldercalibration.h"
#include "engine/image/codec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace bitlens::cli {

namespace {

namespace fs = std::filesystem;

std::string lowerExtension(const fs::path &path)
{
    std::string extension = path.extension().string();
    if (!extension.empty())
        extension.erase(0, 1);
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension;
}

} // namespace

OutputPlace::OutputPlace(const std::vector<std::string> &inputs, const std::string &output) : m_output(output)
{
    bool folderGiven = false;
    for (const std::string &input : inputs) {
        std::error_code error;
        folderGiven = folderGiven || fs::is_directory(input, error);
        for (const std::string &file : compare::imagesOf(input))
            m_inputs.push_back(file);
    }
    std::error_code error;
    m_isFolder = folderGiven || inputs.size() > 1 || output.ends_with('/') || fs::is_directory(output, error);
    if (m_isFolder) {
        if (fs::exists(output, error) && !fs::is_directory(output, error))
            throw UsageError(fmt::format("{} is a file; several images need a folder to go to", output));
        return;
    }
    const std::vector<std::string> known = image::writableExtensions();
    if (std::find(known.begin(), known.end(), lowerExtension(output)) == known.end())
        throw UsageError(fmt::format("{}: its extension names no format that can be written; those are {}", output,
                                     fmt::join(known, ", ")));
    const fs::path parent = fs::path(output).parent_path();
    if (!parent.empty() && !fs::is_directory(parent, error))
        throw base::Error(base::ErrorCode::NotFound, output, "the folder " + parent.string() + " does not exist");
}

OutputPlace::~OutputPlace()
{
    std::error_code error;
    if (m_made && fs::is_empty(m_output, error) && !error)
        fs::remove(m_output, error);
}

std::vector<compare::OutputName> OutputPlace::names(const compare::OutputNaming &naming) const
{
    if (!m_isFolder)
        return {{m_inputs.front(), m_output}};
    return compare::outputNames(m_inputs, m_output, naming);
}

void OutputPlace::prepare()
{
    std::error_code error;
    if (!m_isFolder || fs::is_directory(m_output, error))
        return;
    m_made = fs::create_directories(m_output, error);
    if (error)
        throw base::Error(base::ErrorCode::NotWritable, m_output, "the folder cannot be made: " + error.message());
}

} // namespace bitlens::cli
