// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/bundle.h"

namespace bitlens::figure {

/// What a bundle records beside the pictures: this program's version, its libraries', the kernels' instructions and the
/// number of threads.
compare::Versions recordedVersions(int threads);

} // namespace bitlens::figure
