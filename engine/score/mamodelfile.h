// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/score/mamodel.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bitlens::score {

/// The two forms of the Ma model on disk: the authors' MAT file, and this program's compact cache of it.

/// Converts a MAT v5 file of the authors' layout. Never trusts a size in the file; progress, cancellable. Throws
/// base::Error{NotFound|NotReadable|UnknownFormat|BrokenFile|TooLarge} naming the file and the reason, or
/// base::Cancelled.
MaModelPtr readMaModel(const std::string &path, const base::Job &job);
/// The same from memory; `name` is for messages.
MaModelPtr readMaModel(std::span<const std::uint8_t> bytes, const std::string &name, const base::Job &job);

/// The compact cache: 13 bytes a node, with a checksum. `source` says which file it was made from.
std::vector<std::uint8_t> maCacheFromModel(const MaModel &model, const std::string &source);
/// Throws base::Error{BrokenFile} when damaged or made from another source.
MaModelPtr maModelFromCache(std::span<const std::uint8_t> bytes, const std::string &source);

/// The id that git gives these bytes: SHA-1 of "blob <size>\0" and the bytes, 40 hexadecimal digits.
std::string gitBlobId(std::span<const std::uint8_t> bytes);

/// The id of model.mat in the authors' repository.
inline constexpr char kMaModelBlobId[] = "a852aefb6a49e52703044fee4fa60c3f5b8d5adc";
/// The published weights, the same to 1e-12 in every copy of the model.
inline constexpr std::array<double, 4> kMaPublishedLinear{-0.308778059772, 0.165572373359, 0.376563724761,
                                                          0.523687089553};

} // namespace bitlens::score
