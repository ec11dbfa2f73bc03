// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitlens::model {

/// One line of an ncnn .param file. Texts point into the file's bytes.
struct NcnnLayer {
    std::string_view type;
    std::string_view name;
    std::vector<std::string_view> inputs; ///< blob names
    std::vector<std::string_view> outputs;
    std::vector<std::pair<int, double>> numbers;
    std::vector<std::pair<int, std::vector<double>>> arrays;

    /// Value of parameter `key`, or `otherwise` where the line does not set it.
    double number(int key, double otherwise) const;
    /// The same as a whole number; values that are none, or beyond 2^31, give -1.
    int integer(int key, int otherwise) const;
    const std::vector<double> *array(int key) const;
};

/// True when the bytes start with the magic number of a .param file.
bool looksLikeNcnnParam(std::span<const std::uint8_t> bytes);

/// Parses a .param file. Throws base::Error{BrokenFile} that names `file` and the line.
std::vector<NcnnLayer> parseNcnnParam(std::span<const std::uint8_t> bytes, const std::string &file);

} // namespace bitlens::model
