// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/falsecolour.h"

#include <algorithm>
#include <array>

namespace bitlens::ui {

namespace {

constexpr int kAmounts = 256;

struct Anchor {
    int amount = 0;
    int red = 0;
    int green = 0;
    int blue = 0;
};

/// Between them colours are mixed in proportion.
constexpr std::array<Anchor, 6> kAnchors{{{0, 0, 0, 0},
                                          {40, 42, 16, 98},
                                          {96, 146, 34, 114},
                                          {156, 226, 82, 42},
                                          {212, 250, 176, 36},
                                          {255, 255, 252, 222}}};

constexpr std::array<QRgb, kAmounts> makeColours()
{
    std::array<QRgb, kAmounts> colours{};
    std::size_t segment = 0;
    for (int amount = 0; amount < kAmounts; ++amount) {
        if (amount > kAnchors[segment + 1].amount)
            ++segment;
        const Anchor &from = kAnchors[segment];
        const Anchor &to = kAnchors[segment + 1];
        const auto mix = [&](int a, int b) {
            return a
                   + (2 * (b - a) * (amount - from.amount) + (to.amount - from.amount))
                         / (2 * (to.amount - from.amount));
        };
        colours[static_cast<std::size_t>(amount)] =
            qRgb(mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue));
    }
    return colours;
}

constexpr std::array<QRgb, kAmounts> kColours = makeColours();

} // namespace

QRgb falseColour(int amount) { return kColours[static_cast<std::size_t>(std::clamp(amount, 0, kAmounts - 1))]; }

} // namespace bitlens::ui
