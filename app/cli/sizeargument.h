// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"

#include <string>

namespace bitlens::cli {

/// A size like "640x480" with sides from 1 to `largest`. Throws UsageError, which names the option.
image::Size sizeArgument(const std::string &option, const std::string &text, int largest);

} // namespace bitlens::cli
