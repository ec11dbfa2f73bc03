// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/generator.h"

#include <cstdint>

namespace bitlens::train {

/// What a generator to be trained from random weights looks like.
struct GeneratorShape {
    model::Family family = model::Family::Srgan; ///< Srgan or Rrdb
    int scale = 4;                               ///< 2 or 4
    int blocks = 16;
    int channels = 64;
    int growth = 32; ///< Rrdb: channels that each convolution of a dense block adds
};

/// A generator with random weights: normal, variance 2 / fan-in (He et al. 2015) for the activation's slope, residual
/// branches and the last convolution scaled by 0.1 so that training starts near the identity; biases 0, PReLU slopes
/// 0.25. SRGAN: 9x9 head, `blocks` residual blocks without BatchNorm, trunk end, pixel-shuffle upsamplers, 9x9 tail,
/// output y. The same seed gives the same weights on every machine. Throws base::Error{InvalidArgument} for sizes out
/// of range.
model::Generator initialGenerator(const GeneratorShape &shape, std::uint64_t seed);

} // namespace bitlens::train
