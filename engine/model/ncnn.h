// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/weightfile.h"

namespace bitlens::model {

/// ncnn's pair of files: .param (text: the graph) and .bin (the numbers). Either may be given; the other is looked for
/// beside it. Tensors are named <layer name>.weight and <layer name>.bias; PReLU slopes are <layer name>.weight.
/// Weights stored as FP32 or FP16 are read; 8-bit ones are refused.
WeightFormat ncnnFormat();

} // namespace bitlens::model
