// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <string>
#include <vector>

namespace bitlens::cli {

/// An image to read and the file that its result goes to.
struct OutputName {
    std::string input;
    std::string output;
};

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
    /// The pairs: in a folder NAME_x4.png; two inputs of one name are told apart by a number (NAME-2_x4.png).
    std::vector<OutputName> names(int scale) const;
    /// Makes the folder when it is one and does not exist. Throws base::Error{NotWritable}.
    void prepare();

private:
    std::vector<std::string> m_inputs;
    std::string m_output;
    bool m_isFolder = false;
    bool m_made = false;
};

} // namespace bitlens::cli
