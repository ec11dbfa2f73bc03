// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/differencesource.h"

#include "ui/views/falsecolour.h"

#include <algorithm>
#include <cstdlib>

namespace bitlens::ui {

QImage DifferenceSource::tile(const QPoint &index) const
{
    const QImage first = m_first->tile(index);
    QImage result = m_second->tile(index);
    const auto magnified = [this](int a, int b) { return std::min(255, std::abs(a - b) * m_gain); };
    for (int y = 0; y < result.height(); ++y) {
        const auto *from = reinterpret_cast<const QRgb *>(first.constScanLine(y));
        auto *to = reinterpret_cast<QRgb *>(result.scanLine(y));
        for (int x = 0; x < result.width(); ++x) {
            const bool known = qAlpha(from[x]) == 255 && qAlpha(to[x]) == 255;
            if (!known) {
                to[x] = 0;
                continue;
            }
            const int red = magnified(qRed(from[x]), qRed(to[x]));
            const int green = magnified(qGreen(from[x]), qGreen(to[x]));
            const int blue = magnified(qBlue(from[x]), qBlue(to[x]));
            to[x] = m_falseColour ? falseColour(std::max({red, green, blue})) : qRgb(red, green, blue);
        }
    }
    return result;
}

} // namespace bitlens::ui
