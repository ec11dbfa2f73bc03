// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/outputnames.h"

#include "engine/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <set>

namespace bitlens::compare {

namespace {

constexpr std::array kPlaceholders{"{name}", "{scale}", "{model}", "{plan}"};
/// Of a plan's rules in a name: enough to tell plans apart, and far from what file systems allow.
constexpr std::size_t kLongestPart = 60;

[[noreturn]] void fail(const std::string &pattern, const std::string &why)
{
    throw base::Error(base::ErrorCode::InvalidArgument, fmt::format("\"{}\"", pattern), why);
}

std::string asPart(const std::string &text)
{
    std::string part = text.substr(0, kLongestPart);
    for (char &letter : part)
        if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '-' && letter != '_' && letter != '.')
            letter = '_';
    return part;
}

std::string replaced(std::string text, const std::string &placeholder, const std::string &value)
{
    for (std::size_t at = text.find(placeholder); at != std::string::npos;
         at = text.find(placeholder, at + value.size()))
        text.replace(at, placeholder.size(), value);
    return text;
}

/// A pattern that was written with the extension, as file names usually are.
std::string withoutExtension(const std::string &pattern, const std::string &extension)
{
    const std::string ending = "." + extension;
    return pattern.size() > ending.size() && pattern.ends_with(ending)
               ? pattern.substr(0, pattern.size() - ending.size())
               : pattern;
}

} // namespace

void checkNamePattern(const std::string &pattern)
{
    const auto isBlank = [](unsigned char letter) { return std::isspace(letter) != 0; };
    if (std::all_of(pattern.begin(), pattern.end(), isBlank))
        fail(pattern, "a name is needed, such as " + std::string(kUsualNamePattern));
    if (pattern.find_first_of("/\\") != std::string::npos)
        fail(pattern, "results stay in their folder: a name has no slashes");
    if (pattern.front() == '.')
        fail(pattern, "a name that begins with a dot is hidden");
    if (std::any_of(pattern.begin(), pattern.end(), [](unsigned char letter) { return letter < ' '; }))
        fail(pattern, "a name has no line breaks and other control characters");
    std::string rest = pattern;
    for (const char *placeholder : kPlaceholders)
        rest = replaced(rest, placeholder, "");
    if (const std::size_t brace = rest.find_first_of("{}"); brace != std::string::npos)
        fail(pattern, fmt::format("what stands in braces is one of {}, {}, {} and {}", kPlaceholders[0],
                                  kPlaceholders[1], kPlaceholders[2], kPlaceholders[3]));
}

std::vector<OutputName> outputNames(const std::vector<std::string> &inputs, const std::string &folder,
                                    const OutputNaming &naming)
{
    checkNamePattern(naming.pattern);
    std::string pattern = withoutExtension(naming.pattern, naming.extension);
    pattern = replaced(pattern, "{scale}", std::to_string(naming.scale));
    pattern = replaced(pattern, "{model}", asPart(naming.model));
    pattern = replaced(pattern, "{plan}", asPart(naming.plan));
    const bool isNamed = pattern.find("{name}") != std::string::npos;
    std::vector<OutputName> names;
    std::set<std::string> taken;
    for (const std::string &input : inputs) {
        const std::string stem = std::filesystem::path(input).stem().string();
        const auto nameOf = [&](const std::string &of) {
            return replaced(pattern, "{name}", of) + "." + naming.extension;
        };
        std::string name = nameOf(stem);
        for (int number = 2; !taken.insert(name).second; ++number) {
            if (!isNamed)
                fail(naming.pattern, fmt::format("several results would be called {}; put {{name}} into it", name));
            name = nameOf(fmt::format("{}-{}", stem, number));
        }
        names.push_back({input, (std::filesystem::path(folder) / name).string()});
    }
    return names;
}

} // namespace bitlens::compare
