// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/imagefolder.h"

#include "engine/base/error.h"
#include "engine/image/codec.h"

#include <algorithm>
#include <filesystem>

namespace bitlens::compare {

std::vector<std::string> imagesOf(const std::string &path)
{
    namespace fs = std::filesystem;
    std::error_code error;
    if (!fs::is_directory(path, error))
        return {path};
    std::vector<std::string> images;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error))
        if (entry->is_regular_file(error) && image::looksLikeImage(entry->path().string()))
            images.push_back(entry->path().string());
    if (images.empty())
        throw base::Error(base::ErrorCode::NotFound, path, "there are no images in this folder");
    std::sort(images.begin(), images.end());
    return images;
}

std::vector<std::string> evenlyChosen(const std::vector<std::string> &files, std::size_t most)
{
    const std::size_t count = std::min(files.size(), most);
    std::vector<std::string> chosen;
    for (std::size_t i = 0; i < count; ++i)
        chosen.push_back(files[i * files.size() / count]);
    return chosen;
}

ChosenImages chosenImages(const std::string &path)
{
    const std::vector<std::string> files = imagesOf(path);
    return {evenlyChosen(files, kMostChosenImages), files.size()};
}

} // namespace bitlens::compare
