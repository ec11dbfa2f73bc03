// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/architecture.h"

namespace bitlens::model {

/// SRGAN/SRResNet (Ledig et al. 2017) in the key names of three code bases:
/// - block1.0 … block2.conv1 … block(N).0 …: trunk end with PReLU or BatchNorm, output (tanh(y)+1)/2;
/// - conv1.0, trunk.I.rcb.K, conv2.K, upsampling.I.upsample_block.0, conv3: output y;
/// - MSRResNet: conv_first, body.I.conv1, upconv1, conv_hr, conv_last: no trunk end, bilinear skip, output y.
Architecture srganArchitecture();

} // namespace bitlens::model
