// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/upscaling.h"

#include <string>
#include <vector>

namespace bitlens::cli {

/// Where `upscale` writes to.
class OutputPlace {
public:
    /// `output` is a folder when it exists as one, ends with a slash, or there are several inputs; else a file. Folders
    /// among `inputs` stand for the images in them. Throws UsageError when the file's extension is none that can be
    /// written, base::Error{NotFound} when the folder of the file does not exist.
    OutputPlace(const std::vector<std::string> &inputs, const std::string &output);
    /// Removes the folder again when this object made it and it is empty.
    ~OutputPlace();
    OutputPlace(const OutputPlace &) = delete;
    OutputPlace &operator=(const OutputPlace &) = delete;

    const std::vector<std::string> &inputs() const { return m_inputs; }
    /// Results are named by a pattern; else there is one, whose name was given.
    bool isFolder() const { return m_isFolder; }
    /// The pairs; in a folder as compare::outputNames.
    std::vector<compare::OutputName> names(const compare::OutputNaming &naming) const;
    /// Makes the folder when it is one and does not exist. Throws base::Error{NotWritable}.
    void prepare();

private:
    std::vector<std::string> m_inputs;
    std::string m_output;
    bool m_isFolder = false;
    bool m_made = false;
};

} // namespace bitlens::cli
