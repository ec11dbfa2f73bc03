// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/views/picturestore.h"

namespace bitlens::ui {

/// |second - first| times a gain where both pictures are known: sample by sample, or the largest of a pixel's samples
/// as a false colour.
class DifferenceSource : public TileSource {
public:
    /// Both must live as long as this.
    DifferenceSource(const PictureStore *first, const PictureStore *second) : m_first(first), m_second(second) {}

    void setGain(int gain) { m_gain = gain; }
    int gain() const { return m_gain; }
    void setFalseColour(bool on) { m_falseColour = on; }
    bool isFalseColour() const { return m_falseColour; }

    QSize size() const override { return m_first->size(); }
    QImage tile(const QPoint &index) const override;

private:
    const PictureStore *m_first;
    const PictureStore *m_second;
    int m_gain = 8;
    bool m_falseColour = false;
};

} // namespace bitlens::ui
