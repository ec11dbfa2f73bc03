// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/rangesjson.h"

#include <QJsonArray>

namespace bitlens::app {

QJsonObject rangesJson(const quant::RangeChoices &ranges)
{
    QJsonObject json;
    for (const auto &[map, range] : ranges)
        json.insert(QString::number(map), QJsonArray{static_cast<double>(range.low), static_cast<double>(range.high)});
    return json;
}

quant::RangeChoices rangesFrom(const QJsonObject &json)
{
    quant::RangeChoices ranges;
    for (auto entry = json.begin(); entry != json.end(); ++entry) {
        bool isNumber = false;
        const int map = entry.key().toInt(&isNumber);
        const QJsonArray ends = entry.value().toArray();
        const quant::RangeChoice range{static_cast<float>(ends.at(0).toDouble()),
                                       static_cast<float>(ends.at(1).toDouble())};
        if (isNumber && map >= 0 && ends.size() == 2 && range.low <= 0.0F && range.high >= 0.0F
            && range.low < range.high)
            ranges[map] = range;
    }
    return ranges;
}

} // namespace bitlens::app
