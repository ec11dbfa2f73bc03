// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/pairoptions.h"

#include "engine/base/error.h"

#include <fmt/format.h>

namespace bitlens::score {

void requireSameSize(const image::Image &a, const image::Image &b, const PairOptions &options)
{
    using base::Error;
    using base::ErrorCode;
    if (options.shave < 0)
        throw Error(ErrorCode::InvalidArgument, {}, "the border to cut must not be negative");
    if (a.isNull() || b.isNull())
        throw Error(ErrorCode::InvalidArgument, {}, "there is no picture to compare with");
    if (a.size() != b.size())
        throw Error(ErrorCode::InvalidArgument, {},
                    fmt::format("pictures of different size cannot be compared: {}x{} and {}x{}", a.width(), a.height(),
                                b.width(), b.height()));
}

} // namespace bitlens::score
