// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/layerdetailline.h"

#include "ui/elidedlabel.h"
#include "ui/format.h"
#include "ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace bitlens::ui {

namespace {

using Arithmetic = LayerDetail::Arithmetic;

constexpr float kDimmed = 0.45F;

QString badgeText(Arithmetic arithmetic)
{
    switch (arithmetic) {
    case Arithmetic::Integer:
        return LayerDetailLine::tr("integer");
    case Arithmetic::Simulated:
        return LayerDetailLine::tr("simulated");
    case Arithmetic::Float:
        return LayerDetailLine::tr("float");
    case Arithmetic::Unknown:
        break;
    }
    return {};
}

QString percent(double share)
{
    return QString::number(100.0 * share, 'f', share < 0.0995 ? 1 : 0) + QStringLiteral(" %");
}

} // namespace

LayerDetailLine::LayerDetailLine(QWidget *parent)
    : QWidget(parent), m_badge(new QLabel(this)), m_kernel(new ElidedLabel(this)), m_shares(new QLabel(this))
{
    m_badge->setObjectName(QStringLiteral("layerBadge"));
    m_kernel->setObjectName(QStringLiteral("layerKernel"));
    m_shares->setObjectName(QStringLiteral("layerShares"));
    for (QLabel *label : {m_badge, m_kernel, m_shares}) {
        label->setFont(textFont(TextSize::Small));
        label->setTextFormat(Qt::PlainText);
    }
    m_badge->setFont(strongFont(TextSize::Small));
    m_badge->setToolTip(
        tr("How the layer computes: in integers, quantized but simulated in float arithmetic, or in FP32"));
    m_kernel->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_shares->setToolTip(
        tr("Share of the quantized file, and of the quantized side's time once \"Measure latency\" ran"));
    auto *top = new QHBoxLayout;
    top->setContentsMargins(0, 0, 0, 0);
    top->setSpacing(kGrid);
    top->addWidget(m_badge);
    top->addWidget(m_kernel, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kGrid + kHalfGrid, kHalfGrid, kGrid, kGrid);
    column->setSpacing(2);
    column->addLayout(top);
    column->addWidget(m_shares);
    setDetails({}, {});
}

void LayerDetailLine::setDetails(const QString &path, const std::vector<LayerDetail> &details)
{
    QStringList badges;
    QStringList kernels;
    LayerDetail sum;
    for (const LayerDetail &detail : details) {
        const QString badge = badgeText(detail.arithmetic);
        if (!badge.isEmpty() && !badges.contains(badge))
            badges << badge;
        if (!detail.kernel.isEmpty() && !kernels.contains(detail.kernel))
            kernels << detail.kernel;
        sum.bytes += detail.bytes;
        sum.sizeShare += detail.sizeShare;
        sum.seconds += detail.seconds;
        sum.timeShare += detail.timeShare;
    }
    m_badge->setText(badges.join(QStringLiteral(" + ")));
    m_kernel->setText(kernels.join(QStringLiteral(", ")));
    m_kernel->setToolTip(kernels.join(QLatin1Char('\n')));
    QStringList shares;
    if (sum.bytes > 0)
        shares << tr("size %1 (%2)").arg(percent(sum.sizeShare), formatBytes(sum.bytes));
    if (sum.seconds > 0.0)
        shares << tr("time %1 (%2)").arg(percent(sum.timeShare), formatSeconds(sum.seconds));
    m_shares->setText(shares.join(QStringLiteral(" · ")));
    m_badge->setVisible(!badges.isEmpty());
    setAccessibleName(
        path.isEmpty()
            ? tr("Details of the selected layer")
            : QStringLiteral("%1: %2, %3, %4").arg(path, m_badge->text(), m_kernel->text(), m_shares->text()));
    updateColors();
}

void LayerDetailLine::setOutdated(bool outdated)
{
    if (outdated == m_outdated)
        return;
    m_outdated = outdated;
    updateColors();
}

void LayerDetailLine::updateColors()
{
    const auto dimmed = [this](QColor color) {
        if (m_outdated)
            color.setAlphaF(kDimmed);
        return color;
    };
    QPalette strong = palette();
    strong.setColor(QPalette::WindowText, dimmed(palette().color(QPalette::WindowText)));
    m_badge->setPalette(strong);
    QPalette secondary = palette();
    secondary.setColor(QPalette::WindowText, dimmed(tone(Tone::Secondary, palette())));
    m_kernel->setPalette(secondary);
    m_shares->setPalette(secondary);
}

void LayerDetailLine::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        updateColors();
}

} // namespace bitlens::ui
