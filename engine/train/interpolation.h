// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

namespace bitlens::train {

/// Network interpolation: weights, biases and slopes (1 - share) * generator + share * other, all else as in
/// `generator`. Between a generator after its adversarial phases and what it was before them, this trades sharpness for
/// fidelity and fewer artefacts without training (Wang et al., ESRGAN, ECCVW 2018, section 3.4). `share` is in [0, 1].
/// Throws base::Error{InvalidArgument} naming `other` when the two are not of one shape, or the share is out of range.
model::Generator interpolated(model::Generator generator, const model::Generator &other, double share);

} // namespace bitlens::train
