// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/sealedfolder.h"
#include "engine/image/image.h"
#include "engine/quant/quantizedmodel.h"

#include <functional>
#include <span>
#include <string>

namespace bitlens::compare {

/// The model that `make` rounds `start`'s weights to, or the same one, bit for bit, as it was kept in `files` when it
/// was made before from all the same: the generator, the start's levels, scales, ranges and means, the pictures, the
/// method with its version, LibTorch, its threads and the processor. What `make` throws passes through, and nothing is
/// kept.
quant::QuantizedModelPtr keptRounding(const SealedFolder &files, const quant::QuantizedModelPtr &start,
                                      std::span<const image::Planes> pictures, const std::string &method, int threads,
                                      const std::function<quant::QuantizedModelPtr()> &make);

} // namespace bitlens::compare
