// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/score/mamodel.h"

#include <string>

namespace bitlens::score {

/// What Metric::reason says without the model ("Ma model not installed"), and how a user gets it, in two sentences for
/// a tooltip or a terminal.
std::string maModelMissingReason();
std::string maModelHint();

/// The model's file: `named` when not empty, else model.mat or NRQM_model.mat in the folder "ma" of the data folder.
/// Empty when nothing is named and nothing is there. A named file need not exist.
std::string findMaModel(const std::string &named = {});

/// Loads the model: from the cache when the cache was made from this very file (path, size, time of change), else by
/// converting the file (seconds; progress, cancellable) and writing the cache for the next time. Returns null when
/// nothing is named and nothing is installed. A cache that is damaged or cannot be written is no error: the file is
/// converted. Call it off the GUI thread. Throws base::Error{NotFound|NotReadable|UnknownFormat|BrokenFile|TooLarge}
/// naming the file and the reason, or base::Cancelled.
MaModelPtr loadMaModel(const std::string &named, const base::Job &job);

/// Puts a model file that the user has into the data folder, after converting it to see that it is one, and writes the
/// cache. Returns its new path. Throws like loadMaModel, and Error{NotWritable}.
std::string installMaModel(const std::string &path, const base::Job &job);

/// Downloads the model from the authors' repository (verified by its git blob id) or, failing that, from the release of
/// another project that carries it (verified by its id, or else by its three forests and the published weights, since
/// it may have been saved anew), and installs it. Returns its path. Without network it fails in seconds: throws
/// base::Error{NotReadable} with what each address said. Needs the program curl. Cancellable.
std::string fetchMaModel(const base::Job &job);

} // namespace bitlens::score
