// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/architecture.h"

namespace bitlens::model {

/// RRDBNet (Wang et al. 2018), scales 1, 2, 4, 8, in the key names of BasicSR (body.I.rdbJ.convK), of the ESRGAN test
/// code (RRDB_trunk.I.RDBJ.convK) and of the first ESRGAN release (model.1.sub.I.RDBJ.convK.0), and from graph files.
Architecture rrdbArchitecture();

} // namespace bitlens::model
