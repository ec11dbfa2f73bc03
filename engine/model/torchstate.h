// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/pickle.h"
#include "engine/model/reader.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace bitlens::model {

/// The raw bytes of a storage; throws base::Error{BrokenFile} where the file has none under that key or another size.
using StorageLookup = std::function<std::span<const std::uint8_t>(const PickledStorage &storage)>;

/// The state dict in what torch.save was given: the dictionary itself, or, inside it, the first of "params_ema",
/// "params", "state_dict", "generator", "model" that is a dictionary with tensors. The tensors' bytes together may not
/// exceed `fileBytes`. Throws base::Error{BrokenFile}, or UnknownGenerator when there are no tensors.
StateDict stateFromPickle(const PickleDocument &document, const StorageLookup &storageBytes, std::size_t fileBytes,
                          const std::string &file);

} // namespace bitlens::model
