// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/bitplan.h"

#include <QWidget>

class QComboBox;

namespace bitlens::ui {

/// A width of weights and one of activations, each chosen from all that there are or left in FP32.
class BitsChoice : public QWidget {
    Q_OBJECT
public:
    explicit BitsChoice(QWidget *parent = nullptr);

    quant::LayerBits bits() const;
    /// Widths that are not among the choices are ignored.
    void setBits(quant::LayerBits bits);
    /// "W8 A8", "W8" or "A8"; empty where both are FP32.
    static QString textOf(quant::LayerBits bits);

signals:
    void bitsChanged();

private:
    QComboBox *m_weights;
    QComboBox *m_activations;
};

} // namespace bitlens::ui
