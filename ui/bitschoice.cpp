// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/bitschoice.h"

#include "ui/theme.h"

#include <QComboBox>
#include <QHBoxLayout>

namespace bitlens::ui {

namespace {

template <typename Widths>
void fill(QComboBox *box, const Widths &widths, const QString &letter)
{
    for (const int width : widths)
        box->addItem(width == quant::kFloatBits ? BitsChoice::tr("%1 FP32").arg(letter)
                                                : letter + QString::number(width),
                     width);
}

} // namespace

BitsChoice::BitsChoice(QWidget *parent)
    : QWidget(parent), m_weights(new QComboBox(this)), m_activations(new QComboBox(this))
{
    fill(m_weights, quant::kWeightBitChoices, QStringLiteral("W"));
    m_weights->setObjectName(QStringLiteral("weights"));
    m_weights->setAccessibleName(tr("Bits of weights"));
    m_weights->setToolTip(tr("Bits of the weights; FP32: activations alone are quantized"));
    fill(m_activations, quant::kActivationBitChoices, QStringLiteral("A"));
    m_activations->setObjectName(QStringLiteral("activations"));
    m_activations->setAccessibleName(tr("Bits of activations"));
    m_activations->setToolTip(tr("Bits of the activations; FP32: weights alone are quantized"));
    setBits({8, 8});
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kHalfGrid);
    row->addWidget(m_weights);
    row->addWidget(m_activations);
    setFocusProxy(m_weights);
    for (QComboBox *box : {m_weights, m_activations})
        connect(box, &QComboBox::currentIndexChanged, this, &BitsChoice::bitsChanged);
}

quant::LayerBits BitsChoice::bits() const
{
    return {m_weights->currentData().toInt(), m_activations->currentData().toInt()};
}

void BitsChoice::setBits(quant::LayerBits bits)
{
    if (const int index = m_weights->findData(bits.weight); index >= 0)
        m_weights->setCurrentIndex(index);
    if (const int index = m_activations->findData(bits.activation); index >= 0)
        m_activations->setCurrentIndex(index);
}

QString BitsChoice::textOf(quant::LayerBits bits)
{
    QStringList texts;
    if (bits.weight != quant::kFloatBits)
        texts << QStringLiteral("W%1").arg(bits.weight);
    if (bits.activation != quant::kFloatBits)
        texts << QStringLiteral("A%1").arg(bits.activation);
    return texts.join(QLatin1Char(' '));
}

} // namespace bitlens::ui
