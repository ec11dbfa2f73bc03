// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/figuredialog.h"

#include "ui/figure/figurecontents.h"
#include "ui/figure/figurepage.h"
#include "ui/figure/figureregions.h"
#include "ui/remainingtime.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

namespace bitlens::ui {

namespace {

constexpr QSize kFirstSize{1160, 760};
constexpr int kNarrowestChoices = 38 * kGrid;

} // namespace

struct FigureDialog::Private {
    FigureDialog *q = nullptr;
    FigurePreview *preview = nullptr;
    FigureContents *contents = nullptr;
    FigureRegions *regions = nullptr;
    FigurePage *page = nullptr;
    QLabel *message = nullptr;
    QProgressBar *progress = nullptr;
    RemainingTime time; ///< of the file that is being written
    QPushButton *write = nullptr;
    QPushButton *close = nullptr;

    QScrollArea *buildChoices();
    QLayout *buildButtons();
    void connectChoices();
    void changed();
};

QScrollArea *FigureDialog::Private::buildChoices()
{
    auto *choices = new QWidget(q);
    auto *column = new QVBoxLayout(choices);
    column->setContentsMargins(kGrid, kGrid, kGrid, 0);
    column->setSpacing(2 * kGrid);
    contents = new FigureContents(choices);
    regions = new FigureRegions(choices);
    page = new FigurePage(choices);
    for (QWidget *part :
         {static_cast<QWidget *>(contents), static_cast<QWidget *>(regions), static_cast<QWidget *>(page)})
        column->addWidget(part);
    column->addStretch();
    auto *scroll = new QScrollArea(q);
    scroll->setWidget(choices);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    // Its widgets ask for their width only once their style is known.
    choices->ensurePolished();
    for (QWidget *widget : choices->findChildren<QWidget *>())
        widget->ensurePolished();
    column->invalidate();
    scroll->setFixedWidth(std::max(choices->sizeHint().width(), kNarrowestChoices)
                          + scroll->verticalScrollBar()->sizeHint().width() + 2 * kGrid);
    return scroll;
}

QLayout *FigureDialog::Private::buildButtons()
{
    auto *row = new QHBoxLayout;
    message = new QLabel(q);
    message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    message->setAccessibleName(tr("State of the export"));
    progress = new QProgressBar(q);
    progress->setRange(0, 100);
    progress->setFixedWidth(20 * kGrid);
    progress->hide();
    write = new QPushButton(tr("E&xport…"), q);
    write->setDefault(true);
    close = new QPushButton(tr("Close"), q);
    row->addWidget(message, 1);
    row->addWidget(progress);
    row->addWidget(write);
    row->addWidget(close);
    connect(write, &QPushButton::clicked, q, &FigureDialog::exportRequested);
    connect(close, &QPushButton::clicked, q, [this] {
        if (progress->isVisible())
            emit q->cancelRequested();
        else
            q->reject();
    });
    return row;
}

void FigureDialog::Private::connectChoices()
{
    const auto onChange = [this] { changed(); };
    connect(contents, &FigureContents::changed, q, onChange);
    connect(regions, &FigureRegions::changed, q, onChange);
    connect(page, &FigurePage::changed, q, onChange);
    connect(contents, &FigureContents::planAdded, q, &FigureDialog::planAdded);
    connect(contents, &FigureContents::keepPlanRequested, q, &FigureDialog::keepPlanRequested);
    connect(contents, &FigureContents::planRemoved, q, &FigureDialog::planRemoved);
    connect(contents, &FigureContents::planMoved, q, &FigureDialog::planMoved);
    connect(contents, &FigureContents::plansWanted, q, &FigureDialog::plansWanted);
    connect(contents, &FigureContents::plansCancelled, q, &FigureDialog::plansCancelled);
    connect(regions, &FigureRegions::viewRequested, q, &FigureDialog::viewRequested);
    connect(regions, &FigureRegions::selected, preview, &FigurePreview::setSelected);
    connect(preview, &FigurePreview::regionDrawn, q, &FigureDialog::addRegion);
    connect(preview, &FigurePreview::removeRequested, regions, &FigureRegions::removeSelected);
    connect(preview, &FigurePreview::regionClicked, regions, &FigureRegions::select);
}

void FigureDialog::Private::changed()
{
    preview->setUpdating(true);
    message->clear();
    emit q->settingsChanged(q->settings());
}

FigureDialog::FigureDialog(const FigureSettings &settings, QWidget *parent)
    : QDialog(parent), d(std::make_unique<Private>())
{
    d->q = this;
    setWindowTitle(tr("Comparison figure"));
    setModal(false);
    d->preview = new FigurePreview(this);
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    row->addWidget(d->preview, 1);
    row->addWidget(d->buildChoices());
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    all->setSpacing(kGrid);
    all->addLayout(row, 1);
    all->addLayout(d->buildButtons());
    resize(kFirstSize);
    d->contents->setSettings(settings);
    d->regions->setSettings(settings);
    d->page->setSettings(settings);
    d->connectChoices();
}

FigureDialog::~FigureDialog() = default;

FigureSettings FigureDialog::settings() const
{
    FigureSettings settings;
    d->contents->read(&settings);
    d->regions->read(&settings);
    d->page->read(&settings);
    return settings;
}

FigurePreview *FigureDialog::preview() const { return d->preview; }

void FigureDialog::setSettings(const FigureSettings &settings)
{
    d->contents->setSettings(settings);
    d->regions->setSettings(settings);
    d->page->setSettings(settings);
    d->changed();
}

void FigureDialog::setDrawing(const FigureDrawing &drawing)
{
    d->preview->setDrawing(drawing);
    d->page->setDrawnSize(drawing.layout.size, drawing.layout.dpi);
    d->regions->setFound(drawing.regions);
}

void FigureDialog::setDrawingFailed(const QString &reason)
{
    d->preview->setError(tr("The figure could not be drawn: %1").arg(reason));
}

void FigureDialog::setPlans(const QList<FigurePlanRow> &plans) { d->contents->setPlans(plans); }

void FigureDialog::setPlanChoices(const QList<FigurePlanChoice> &choices) { d->contents->setPlanChoices(choices); }

void FigureDialog::setReferenceAvailable(bool available) { d->contents->setReferenceAvailable(available); }

void FigureDialog::addRegion(const image::Rect &region)
{
    if (!region.isEmpty() && !d->regions->add(region))
        setMessage(tr("A figure has at most %1 enlarged parts; remove one first").arg(kMostFigureRegions));
}

void FigureDialog::setProgress(double fraction)
{
    const bool writing = fraction >= 0.0;
    if (writing && d->progress->isHidden())
        d->time.start();
    d->progress->setVisible(writing);
    d->progress->setValue(static_cast<int>(fraction * 100.0));
    const QString left = writing ? d->time.text(fraction) : QString();
    d->progress->setFormat(left.isEmpty() ? QStringLiteral("%p %") : QStringLiteral("%p %  ·  %1").arg(left));
    d->write->setEnabled(!writing);
    d->close->setText(writing ? tr("Cancel") : tr("Close"));
}

void FigureDialog::setMessage(const QString &text) { d->message->setText(text); }

void FigureDialog::reject()
{
    if (d->progress->isVisible())
        emit cancelRequested();
    QDialog::reject();
}

} // namespace bitlens::ui
