// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bitlens::compare {

/// The images directly in a folder, by name; a path that is no folder is itself the list. Throws base::Error{NotFound}
/// when there are none.
std::vector<std::string> imagesOf(const std::string &path);

/// Images that stand for a folder.
struct ChosenImages {
    std::vector<std::string> files;
    std::size_t available = 0; ///< images in the folder
};

/// As many images as are looked at where a folder may hold any number of them.
inline constexpr std::size_t kMostChosenImages = 32;

/// At most `most` of so many files, evenly spread over their order.
std::vector<std::string> evenlyChosen(const std::vector<std::string> &files, std::size_t most);
/// At most kMostChosenImages of imagesOf, evenly spread by name. Throws as imagesOf.
ChosenImages chosenImages(const std::string &path);

} // namespace bitlens::compare
