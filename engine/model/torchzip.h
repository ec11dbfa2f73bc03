// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/weightfile.h"

namespace bitlens::model {

/// What torch.save has written since torch 1.6: a zip of stored entries, <name>/data.pkl with the object and
/// <name>/data/<key> with the numbers.
WeightFormat torchZipFormat();

} // namespace bitlens::model
