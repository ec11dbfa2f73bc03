// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/sharedwork.h"

#include "engine/base/error.h"
#include "engine/compare/calibrationjson.h"
#include "engine/train/ranks.h"

#include <string>
#include <vector>

namespace bitlens::compare {

namespace {

constexpr const char *kFromFirst = "the state of rank 0"; ///< what errors name in place of a file

/// Rank 0's text, on all ranks.
std::string shared(const train::Ranks &ranks, const std::string &own)
{
    std::vector<std::uint8_t> bytes(own.begin(), own.end());
    ranks.broadcast(bytes);
    return {bytes.begin(), bytes.end()};
}

} // namespace

search::WorkShare workShare(const train::Ranks &ranks)
{
    return {ranks.rank(), ranks.count(), [&ranks](std::vector<double> &values) { ranks.sum(values); }};
}

std::shared_ptr<const quant::Calibration>
sharedCalibration(const train::Ranks &ranks, const model::Generator &generator,
                  const std::function<std::shared_ptr<const quant::Calibration>()> &make)
{
    std::shared_ptr<const quant::Calibration> own = ranks.isFirst() ? make() : nullptr;
    if (ranks.count() == 1)
        return own;
    const std::string text = shared(ranks, own ? calibrationToJson(*own) : std::string());
    return own ? own : std::make_shared<const quant::Calibration>(calibrationFromJson(text, generator, kFromFirst));
}

search::SensitivityReport sharedReport(const train::Ranks &ranks, const search::SensitivityReport &own)
{
    if (ranks.count() == 1)
        return own;
    // Entries of another model might not be readable here: conditions come first.
    const std::string conditions = own.conditions.model + own.conditions.pictures + own.conditions.calibration;
    if (ranks.any(shared(ranks, conditions) != conditions))
        throw base::Error(base::ErrorCode::InvalidArgument, {},
                          "the ranks cannot work together: their models, pictures or ranges differ");
    return search::SensitivityReport::fromJson(shared(ranks, own.toJson()), own.generator, kFromFirst);
}

} // namespace bitlens::compare
