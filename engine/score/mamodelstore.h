// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/score/mamodel.h"

#include <string>

namespace bitlens::score {

/// What Metric::reason says without the model, and how a user installs it (two sentences for a tooltip or a terminal).
std::string maModelMissingReason(); ///< "Ma model not installed"
std::string maModelHint();

/// The model's file: `named` when not empty, else model.mat or NRQM_model.mat in the data folder's "ma" folder. Empty
/// when nothing is named and nothing is there.
std::string findMaModel(const std::string &named = {});

/// True when loadMaModel has something to load, without loading it.
bool isMaModelInstalled(const std::string &named = {});

/// Loads the model: from the cache when the cache belongs to this very file, else by converting the file (seconds;
/// progress, cancellable) and writing the cache for the next time. Returns null when nothing is named and nothing is
/// installed. A cache that cannot be written or is damaged is not an error: it is made again. Throws
/// base::Error{NotFound|NotReadable|UnknownFormat|BrokenFile} naming the file, or base::Cancelled.
MaModelPtr loadMaModel(const std::string &named, const base::Job &job);

/// Converts a MAT v5 file of the authors' layout, without cache. Never trusts a size in the file. Throws like
/// loadMaModel.
MaModelPtr readMaModel(const std::string &path, const base::Job &job);

/// Puts a model file that the user has into the data folder, after converting it to see that it is one. Returns its new
/// path. Throws like loadMaModel, and Error{NotWritable}.
std::string installMaModel(const std::string &path, const base::Job &job);

/// Downloads the model from the authors' repository, or from the release of another project that carries it, and
/// installs it. The first is verified by its git blob id, the second by conversion and, when it matches, by id. Fails
/// within a minute without network: throws base::Error{NotReadable} with what each address said. Needs the `curl`
/// program.
std::string fetchMaModel(const base::Job &job);

/// The forests as the compact cache holds them: to and from bytes, checksum included. Throws base::Error{BrokenFile}.
std::string maModelToBytes(const MaModel &model, const std::string &sourceId);
MaModelPtr maModelFromBytes(const std::string &bytes, const std::string &sourceId);

} // namespace bitlens::score
