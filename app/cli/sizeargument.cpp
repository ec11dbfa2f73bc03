// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/sizeargument.h"

#include "app/cli/command.h"

#include <charconv>

#include <fmt/format.h>

namespace bitlens::cli {

image::Size sizeArgument(const std::string &option, const std::string &text, int largest)
{
    image::Size size;
    const char *end = text.data() + text.size();
    const auto width = std::from_chars(text.data(), end, size.width);
    bool good = width.ec == std::errc() && width.ptr != end && *width.ptr == 'x';
    if (good) {
        const auto height = std::from_chars(width.ptr + 1, end, size.height);
        good = height.ec == std::errc() && height.ptr == end;
    }
    if (!good || size.isEmpty() || size.width > largest || size.height > largest)
        throw UsageError(
            fmt::format("{} {}: expected WIDTHxHEIGHT with sides from 1 to {}, like 128x128", option, text, largest));
    return size;
}

} // namespace bitlens::cli
