// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <string>
#include <vector>

namespace bitlens::compare {

/// An image to read and the file that its result goes to.
struct OutputName {
    std::string input;
    std::string output;
};

inline constexpr const char *kUsualNamePattern = "{name}_x{scale}";

/// How results are named. A pattern is a file's name without its extension, in which {name} stands for the input's name
/// without its own, {scale} for the factor, {model} and {plan} for what it was made with (letters, digits, '-', '_' and
/// '.'; others become '_').
struct OutputNaming {
    std::string pattern = kUsualNamePattern;
    int scale = 4;
    std::string model = {};
    std::string plan = {};
    std::string extension = "png";
};

/// Throws base::Error{InvalidArgument} naming the pattern: when it is empty, has a placeholder that does not exist, or
/// would leave the folder.
void checkNamePattern(const std::string &pattern);

/// Where results go in a folder: NAME_x4.png by the usual pattern; inputs of one name are told apart by a number
/// (NAME-2_x4.png), in order, so that inputs added at the end change no earlier name. Throws as checkNamePattern, also
/// when a pattern without {name} would give several results one name.
std::vector<OutputName> outputNames(const std::vector<std::string> &inputs, const std::string &folder,
                                    const OutputNaming &naming);

} // namespace bitlens::compare
