// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/comparison.h"
#include "engine/compare/reportjson.h"

namespace bitlens::compare {

std::optional<double> Report::sizeChange() const
{
    if (fp32.bytes == 0 || quantized.bytes == 0)
        return std::nullopt;
    const auto before = static_cast<double>(fp32.bytes);
    return (static_cast<double>(quantized.bytes) - before) / before;
}

std::optional<double> Report::timeChange() const
{
    if (fp32.seconds <= 0.0 || quantized.seconds <= 0.0)
        return std::nullopt;
    return (quantized.seconds - fp32.seconds) / fp32.seconds;
}

std::string Report::toJson() const { return reportJson(*this).dump(2); }

} // namespace bitlens::compare
