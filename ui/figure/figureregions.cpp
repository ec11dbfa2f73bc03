// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/figure/figureregions.h"

#include "ui/figure/figurelayout.h"
#include "ui/format.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

namespace bitlens::ui {

namespace {
constexpr int kListRows = 3;
} // namespace

struct FigureRegions::Private {
    FigureRegions *q = nullptr;
    QListWidget *list = nullptr;
    QPushButton *remove = nullptr;
    QSpinBox *automatic = nullptr;
    QComboBox *zoom = nullptr;
    std::vector<image::Rect> drawn; ///< the user's own
    std::vector<image::Rect> found;

    QVBoxLayout *build();
    void fill();
    void updateButtons();
    bool isOwn(int row) const { return row >= 0 && row < static_cast<int>(drawn.size()); }
};

QVBoxLayout *FigureRegions::Private::build()
{
    auto *column = new QVBoxLayout;
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kGrid);
    auto *heading = new QLabel(FigureRegions::tr("Enlarged parts"), q);
    heading->setFont(strongFont(TextSize::Body));
    column->addWidget(heading);
    list = new QListWidget(q);
    list->setAccessibleName(FigureRegions::tr("Enlarged parts"));
    list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list->setFixedHeight(kListRows * (list->fontMetrics().height() + kHalfGrid) + 2 * kHalfGrid);
    column->addWidget(list);
    auto *row = new QHBoxLayout;
    auto *view = new QPushButton(FigureRegions::tr("Add current &view"), q);
    view->setToolTip(FigureRegions::tr("Enlarge what the window shows of the picture"));
    view->setAutoDefault(false);
    remove = new QPushButton(FigureRegions::tr("Remove"), q);
    remove->setAccessibleName(FigureRegions::tr("Remove the selected part"));
    remove->setAutoDefault(false);
    row->addWidget(view);
    row->addWidget(remove);
    row->addStretch();
    column->addLayout(row);
    auto *form = new QFormLayout;
    automatic = new QSpinBox(q);
    automatic->setRange(1, kMostFigureRegions);
    automatic->setToolTip(
        FigureRegions::tr("How many parts are chosen, where the plan changes most, while you have drawn none"));
    form->addRow(FigureRegions::tr("Found by &itself:"), automatic);
    zoom = new QComboBox(q);
    for (const int factor : kFigureZooms)
        zoom->addItem(factor == 0 ? FigureRegions::tr("Automatic") : QStringLiteral("%1×").arg(factor), factor);
    zoom->setToolTip(FigureRegions::tr("Pixels of the figure for each pixel of the picture, in parts found by itself"));
    form->addRow(FigureRegions::tr("&Enlarged:"), zoom);
    column->addLayout(form);
    QObject::connect(view, &QPushButton::clicked, q, &FigureRegions::viewRequested);
    return column;
}

void FigureRegions::Private::fill()
{
    const int current = list->currentRow();
    const bool own = !drawn.empty();
    {
        const QSignalBlocker blocker(list);
        list->clear();
        for (const image::Rect &region : own ? drawn : found) {
            QPixmap colour(kGrid, kGrid);
            colour.fill(figureRegionColour(static_cast<std::size_t>(list->count())));
            list->addItem(new QListWidgetItem(QIcon(colour), FigureRegions::tr("%1 at (%2, %3)%4")
                                                                 .arg(formatPixels(region.width, region.height))
                                                                 .arg(region.x)
                                                                 .arg(region.y)
                                                                 .arg(own ? QString() : FigureRegions::tr(", found"))));
        }
        list->setCurrentRow(own ? std::min(current, list->count() - 1) : -1);
    }
    emit q->selected(list->currentRow());
    updateButtons();
}

void FigureRegions::Private::updateButtons()
{
    remove->setEnabled(isOwn(list->currentRow()));
    automatic->setEnabled(drawn.empty());
    zoom->setEnabled(drawn.empty());
}

FigureRegions::FigureRegions(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    setLayout(d->build());
    connect(d->remove, &QPushButton::clicked, this, &FigureRegions::removeSelected);
    connect(d->list, &QListWidget::currentRowChanged, this, [this](int region) {
        emit selected(region);
        d->updateButtons();
    });
    connect(d->automatic, &QSpinBox::valueChanged, this, &FigureRegions::changed);
    connect(d->zoom, &QComboBox::currentIndexChanged, this, &FigureRegions::changed);
}

FigureRegions::~FigureRegions() = default;

void FigureRegions::setSettings(const FigureSettings &settings)
{
    const QSignalBlocker blocker(this);
    d->zoom->setCurrentIndex(std::max(0, d->zoom->findData(settings.zoom)));
    d->automatic->setValue(settings.automaticRegions);
    d->drawn = settings.regions;
    d->fill();
}

void FigureRegions::read(FigureSettings *settings) const
{
    settings->zoom = d->zoom->currentData().toInt();
    settings->automaticRegions = d->automatic->value();
    settings->regions = d->drawn;
}

void FigureRegions::setFound(const std::vector<image::Rect> &regions)
{
    d->found = regions;
    d->fill();
}

bool FigureRegions::add(const image::Rect &region)
{
    if (d->drawn.size() >= kMostFigureRegions)
        return false;
    d->drawn.push_back(region);
    d->fill();
    d->list->setCurrentRow(static_cast<int>(d->drawn.size()) - 1);
    emit changed();
    return true;
}

void FigureRegions::removeSelected()
{
    const int row = d->list->currentRow();
    if (!d->isOwn(row))
        return;
    d->drawn.erase(d->drawn.begin() + row);
    d->fill();
    emit changed();
}

void FigureRegions::select(int region) { d->list->setCurrentRow(region); }

} // namespace bitlens::ui
