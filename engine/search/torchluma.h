// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <ATen/core/Tensor.h>

namespace bitlens::search {

/// What errors are measured on: Y of BT.601 as fractions of 255, without its offset, of pictures (N,3,H,W) clamped to
/// [0,1], with `shave` pixels cut off on each side (less where that leaves nothing). (N,1,H',W'); gradients flow.
at::Tensor lumaOf(const at::Tensor &pictures, int shave);

} // namespace bitlens::search
