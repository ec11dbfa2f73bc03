// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/views/picturestore.h"

namespace bitlens::ui {

/// |second - first| times a gain, sample by sample, where both pictures are known.
class DifferenceSource : public TileSource {
public:
    /// Both must live as long as this.
    DifferenceSource(const PictureStore *first, const PictureStore *second) : m_first(first), m_second(second) {}

    void setGain(int gain) { m_gain = gain; }
    int gain() const { return m_gain; }

    QSize size() const override { return m_first->size(); }
    QImage tile(const QPoint &index) const override;

private:
    const PictureStore *m_first;
    const PictureStore *m_second;
    int m_gain = 8;
};

} // namespace bitlens::ui
