// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/weightfile.h"

namespace bitlens::model {

/// What torch.save wrote before torch 1.6: five pickles in a row (magic number, protocol, system, the object, storage
/// keys), then per key a 64-bit count and the raw numbers.
WeightFormat torchLegacyFormat();

} // namespace bitlens::model
