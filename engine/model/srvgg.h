// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/architecture.h"

namespace bitlens::model {

/// SRVGGNetCompact (Real-ESRGAN's small generators): body.I alternates convolution and PReLU; pixel shuffle at the end
/// plus the picture enlarged by nearest neighbour. From state dicts and graph files.
Architecture srvggArchitecture();

} // namespace bitlens::model
