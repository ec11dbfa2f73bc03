// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/stagereadouts.h"

#include "ui/sharebar.h"
#include "ui/theme.h"

#include <QEvent>
#include <QLabel>
#include <QVBoxLayout>

namespace bitlens::ui {

StageReadouts::StageReadouts(QWidget *parent) : QWidget(parent)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(1);
    const std::array<QString, 2> names{tr("Size by stage"), tr("Time by stage")};
    const std::array<QString, 2> help{tr("Share of the quantized file that each stage takes"),
                                      tr("Share of the quantized side's time that each stage takes, from \"Measure "
                                         "latency\"")};
    for (std::size_t i = 0; i < names.size(); ++i) {
        m_names[i] = new QLabel(names[i], this);
        m_names[i]->setFont(textFont(TextSize::Small));
        m_names[i]->setContentsMargins(0, kHalfGrid, 0, 0);
        m_names[i]->setToolTip(help[i]);
        m_bars[i] = new ShareBar(this);
        m_bars[i]->setObjectName(i == 0 ? QStringLiteral("sizeShares") : QStringLiteral("timeShares"));
        m_bars[i]->setAccessibleName(names[i]);
        m_bars[i]->setToolTip(help[i]);
        column->addWidget(m_names[i]);
        column->addWidget(m_bars[i]);
        connect(m_bars[i], &ShareBar::shareClicked, this, &StageReadouts::stageClicked);
    }
    applyPalette();
    setShares({});
}

void StageReadouts::setShares(const QList<StageShare> &shares)
{
    QList<ShareBar::Share> sizes;
    QList<ShareBar::Share> times;
    bool timed = false;
    for (const StageShare &share : shares) {
        sizes.append({share.name, static_cast<double>(share.bytes)});
        times.append({share.name, share.seconds});
        timed = timed || share.seconds > 0.0;
    }
    m_bars[0]->setShares(sizes);
    m_bars[1]->setShares(times);
    for (std::size_t i = 0; i < m_bars.size(); ++i) {
        const bool visible = !shares.isEmpty() && (i == 0 || timed);
        m_bars[i]->setVisible(visible);
        m_names[i]->setVisible(visible);
    }
    setVisible(!shares.isEmpty());
}

void StageReadouts::setDimmed(bool sizes, bool times)
{
    m_bars[0]->setDimmed(sizes);
    m_bars[1]->setDimmed(times);
}

void StageReadouts::applyPalette()
{
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, tone(Tone::Secondary, palette()));
    for (QLabel *name : m_names)
        name->setPalette(quiet);
}

void StageReadouts::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_names[0])
        applyPalette();
}

} // namespace bitlens::ui
