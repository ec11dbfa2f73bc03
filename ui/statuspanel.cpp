// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/statuspanel.h"

#include "ui/icons.h"
#include "ui/remainingtime.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr int kSteps = 1000;

} // namespace

struct StatusPanel::Private {
    QLabel *text = nullptr;
    QProgressBar *bar = nullptr;
    QLabel *remaining = nullptr;
    QToolButton *cancel = nullptr;
    QLabel *machine = nullptr;
    RemainingTime time;
    int threads = 0;
    QString kernels;
    bool busy = false;
    bool cancelling = false;

    void showMachine() const
    {
        QStringList parts;
        if (threads > 0)
            parts << (threads == 1 ? StatusPanel::tr("1 thread") : StatusPanel::tr("%1 threads").arg(threads));
        if (!kernels.isEmpty())
            parts << StatusPanel::tr("%1 kernels").arg(kernels);
        machine->setText(parts.join(QStringLiteral("  ·  ")));
    }
};

StatusPanel::StatusPanel(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->text = new QLabel(tr("Ready"), this);
    d->text->setObjectName(QStringLiteral("statusText"));
    d->text->setTextFormat(Qt::PlainText);
    d->text->setMinimumWidth(20 * kGrid);
    d->text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    d->bar = new QProgressBar(this);
    d->bar->setObjectName(QStringLiteral("statusProgress"));
    d->bar->setRange(0, kSteps);
    d->bar->setTextVisible(false);
    d->bar->setFixedWidth(22 * kGrid);
    d->bar->setAccessibleName(tr("Progress"));
    d->remaining = new QLabel(this);
    d->remaining->setObjectName(QStringLiteral("statusRemaining"));
    d->remaining->setFont(numberFont(TextSize::Body));
    d->remaining->setMinimumWidth(10 * kGrid);
    d->cancel = new QToolButton(this);
    d->cancel->setObjectName(QStringLiteral("statusCancel"));
    d->cancel->setIcon(icon(Icon::Cancel));
    d->cancel->setText(tr("Cancel"));
    d->cancel->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    d->cancel->setToolTip(tr("Stop the computation that is under way (Esc)"));
    d->machine = new QLabel(this);
    d->machine->setObjectName(QStringLiteral("statusMachine"));
    d->machine->setToolTip(tr("Processor threads in use, and the instruction set of the integer kernels"));

    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(kGrid + kHalfGrid, 2, kGrid + kHalfGrid, 2);
    layout->setSpacing(kGrid + kHalfGrid);
    layout->addWidget(d->bar);
    layout->addWidget(d->text, 1);
    layout->addWidget(d->remaining);
    layout->addWidget(d->cancel);
    layout->addWidget(d->machine);
    // As high as with the button, so that nothing jumps when work begins.
    setMinimumHeight(d->cancel->sizeHint().height() + kHalfGrid);

    connect(d->cancel, &QToolButton::clicked, this, &StatusPanel::cancelRequested);
    setIdle();
}

StatusPanel::~StatusPanel() = default;

bool StatusPanel::isBusy() const { return d->busy; }

void StatusPanel::setProgress(double fraction, const QString &what)
{
    if (!d->busy) {
        d->busy = true;
        d->cancelling = false;
        d->time.start();
        d->bar->show();
        d->cancel->show();
        d->cancel->setEnabled(true);
        d->remaining->clear();
        d->remaining->show();
    }
    const bool known = std::isfinite(fraction) && fraction >= 0.0;
    d->bar->setRange(0, known ? kSteps : 0);
    if (known)
        d->bar->setValue(static_cast<int>(std::lround(std::min(fraction, 1.0) * kSteps)));
    if (d->cancelling)
        return;
    d->text->setText(what);
    if (const QString left = known ? d->time.text(fraction) : QString(); !left.isEmpty())
        d->remaining->setText(left);
}

void StatusPanel::setCancelling()
{
    if (!d->busy)
        return;
    d->cancelling = true;
    d->cancel->setEnabled(false);
    d->text->setText(tr("Cancelling…"));
    d->remaining->clear();
}

void StatusPanel::setIdle(const QString &text)
{
    d->busy = false;
    d->cancelling = false;
    d->bar->hide();
    d->cancel->hide();
    d->remaining->hide();
    d->text->setText(text.isEmpty() ? tr("Ready") : text);
}

void StatusPanel::setThreads(int threads)
{
    d->threads = threads;
    d->showMachine();
}

void StatusPanel::setKernels(const QString &kernels)
{
    d->kernels = kernels;
    d->showMachine();
}

} // namespace bitlens::ui
