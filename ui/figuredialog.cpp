// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/figuredialog.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFontComboBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <utility>

namespace bitlens::ui {

namespace {

constexpr double kMillimetresPerInch = 25.4;
constexpr int kMostColumns = 12;
constexpr int kListRows = 3;
constexpr double kSmallestFont = 4.0;
constexpr double kLargestFont = 36.0;
constexpr QSize kFirstSize{1160, 760};
constexpr int kNarrowestChoices = 38 * kGrid;

} // namespace

struct FigureDialog::Private {
    FigureDialog *q = nullptr;
    FigurePreview *preview = nullptr;
    QList<std::pair<FigureColumn, QCheckBox *>> pictures;
    QListWidget *plans = nullptr;
    QPushButton *keepPlan = nullptr;
    QPushButton *removePlan = nullptr;
    QComboBox *overview = nullptr;
    QSpinBox *columns = nullptr;
    QComboBox *zoom = nullptr;
    QListWidget *regions = nullptr;
    QSpinBox *automatic = nullptr;
    QPushButton *removeRegion = nullptr;
    QDoubleSpinBox *width = nullptr;
    QComboBox *unit = nullptr;
    QSpinBox *dpi = nullptr;
    QLabel *size = nullptr;
    QFontComboBox *font = nullptr;
    QDoubleSpinBox *fontSize = nullptr;
    QCheckBox *title = nullptr;
    QCheckBox *metrics = nullptr;
    QCheckBox *plan = nullptr;
    QLineEdit *words = nullptr;
    QLabel *message = nullptr;
    QProgressBar *progress = nullptr;
    QPushButton *write = nullptr;
    QPushButton *close = nullptr;
    std::vector<image::Rect> drawn; ///< the user's own regions
    FigureUnit shownUnit = FigureUnit::Millimetres;
    bool isShowing = false; ///< values are being put into the widgets

    QLabel *heading(const QString &text) const;
    QListWidget *list(const QString &name) const;
    void buildPictures(QVBoxLayout *column);
    void buildRegions(QVBoxLayout *column);
    void buildPage(QVBoxLayout *column);
    void buildText(QVBoxLayout *column);
    QLayout *buildButtons();
    void connectValues();
    void changed();
    void changeUnit();
    void setUnitLimits(FigureUnit now);
    void show(const FigureSettings &settings);
    void listRegions();
    void removeSelected();
    void updateButtons();
};

QLabel *FigureDialog::Private::heading(const QString &text) const
{
    auto *label = new QLabel(text, q);
    label->setFont(strongFont(TextSize::Body));
    label->setContentsMargins(0, kGrid, 0, 0);
    return label;
}

QListWidget *FigureDialog::Private::list(const QString &name) const
{
    auto *list = new QListWidget(q);
    list->setAccessibleName(name);
    list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    const int row = list->fontMetrics().height() + kHalfGrid;
    list->setFixedHeight(kListRows * row + 2 * list->frameWidth());
    return list;
}

void FigureDialog::Private::buildPictures(QVBoxLayout *column)
{
    column->addWidget(heading(tr("Pictures")));
    const std::array<std::pair<FigureColumn, QString>, 6> kRows{{
        {FigureColumn::LowResolution, tr("&LR, nearest")},
        {FigureColumn::Bicubic, tr("LR, &bicubic")},
        {FigureColumn::Fp32, tr("&FP32")},
        {FigureColumn::Quantized, tr("&Plans")},
        {FigureColumn::Reference, tr("&HR original")},
        {FigureColumn::Difference, tr("&Difference")},
    }};
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(2 * kGrid);
    grid->setVerticalSpacing(kHalfGrid);
    for (std::size_t i = 0; i < kRows.size(); ++i) {
        auto *box = new QCheckBox(kRows[i].second, q);
        grid->addWidget(box, static_cast<int>(i / 2), static_cast<int>(i % 2));
        pictures.append({kRows[i].first, box});
        connect(box, &QCheckBox::toggled, q, [this] { changed(); });
    }
    column->addLayout(grid);
    plans = list(tr("Plans in the figure"));
    column->addWidget(plans);
    auto *row = new QHBoxLayout;
    keepPlan = new QPushButton(tr("&Keep this plan"), q);
    keepPlan->setToolTip(tr("The plan stays in the figure when you go on to another one"));
    removePlan = new QPushButton(tr("Remove"), q);
    removePlan->setAccessibleName(tr("Remove the selected plan"));
    row->addWidget(keepPlan);
    row->addWidget(removePlan);
    row->addStretch();
    column->addLayout(row);
    connect(keepPlan, &QPushButton::clicked, q, &FigureDialog::keepPlanRequested);
    connect(removePlan, &QPushButton::clicked, q, [this] { emit q->planRemoved(plans->currentRow()); });
    connect(plans, &QListWidget::currentRowChanged, q, [this] { updateButtons(); });
}

void FigureDialog::Private::buildRegions(QVBoxLayout *column)
{
    column->addWidget(heading(tr("Enlarged parts")));
    regions = list(tr("Enlarged parts"));
    column->addWidget(regions);
    auto *row = new QHBoxLayout;
    auto *view = new QPushButton(tr("Add current &view"), q);
    view->setToolTip(tr("Enlarge what the window shows of the picture"));
    removeRegion = new QPushButton(tr("Remove"), q);
    removeRegion->setAccessibleName(tr("Remove the selected part"));
    row->addWidget(view);
    row->addWidget(removeRegion);
    row->addStretch();
    column->addLayout(row);
    auto *form = new QFormLayout;
    automatic = new QSpinBox(q);
    automatic->setRange(1, kMostFigureRegions);
    automatic->setToolTip(tr("How many parts are chosen, where the plan changes most, while you have drawn none"));
    form->addRow(tr("Found by &itself:"), automatic);
    zoom = new QComboBox(q);
    for (const int factor : kFigureZooms)
        zoom->addItem(factor == 0 ? tr("Automatic") : QStringLiteral("%1×").arg(factor), factor);
    zoom->setToolTip(tr("Pixels of the figure for each pixel of the picture, in parts found by itself"));
    form->addRow(tr("&Enlarged:"), zoom);
    column->addLayout(form);
    connect(view, &QPushButton::clicked, q, &FigureDialog::viewRequested);
    connect(removeRegion, &QPushButton::clicked, q, [this] { removeSelected(); });
    connect(regions, &QListWidget::currentRowChanged, q, [this](int region) {
        preview->setSelected(region);
        updateButtons();
    });
}

void FigureDialog::Private::buildPage(QVBoxLayout *column)
{
    column->addWidget(heading(tr("Page")));
    auto *form = new QFormLayout;
    overview = new QComboBox(q);
    overview->addItem(tr("Beside the parts"), static_cast<int>(FigureOverview::Beside));
    overview->addItem(tr("Above the parts"), static_cast<int>(FigureOverview::Above));
    overview->addItem(tr("Not shown"), static_cast<int>(FigureOverview::None));
    form->addRow(tr("&Whole picture:"), overview);
    columns = new QSpinBox(q);
    columns->setRange(0, kMostColumns);
    columns->setSpecialValueText(tr("Automatic"));
    form->addRow(tr("&Columns:"), columns);
    auto *row = new QHBoxLayout;
    width = new QDoubleSpinBox(q);
    width->setMinimumWidth(11 * kGrid);
    width->setAccessibleName(tr("Width of the figure"));
    unit = new QComboBox(q);
    unit->addItem(tr("mm"), static_cast<int>(FigureUnit::Millimetres));
    unit->addItem(tr("px"), static_cast<int>(FigureUnit::Pixels));
    unit->setAccessibleName(tr("Unit of the width"));
    row->addWidget(width, 1);
    row->addWidget(unit);
    auto *widthLabel = new QLabel(tr("Wid&th:"), q);
    widthLabel->setBuddy(width);
    form->addRow(widthLabel, row);
    dpi = new QSpinBox(q);
    dpi->setRange(kLowestFigureDpi, kHighestFigureDpi);
    dpi->setSuffix(tr(" dpi"));
    form->addRow(tr("&Resolution:"), dpi);
    size = new QLabel(q);
    size->setWordWrap(true);
    size->setFont(textFont(TextSize::Small));
    size->setForegroundRole(QPalette::PlaceholderText);
    size->setAccessibleName(tr("Size of the figure"));
    form->addRow(QString(), size);
    column->addLayout(form);
}

void FigureDialog::Private::buildText(QVBoxLayout *column)
{
    column->addWidget(heading(tr("Text")));
    auto *form = new QFormLayout;
    font = new QFontComboBox(q);
    font->setFontFilters(QFontComboBox::ScalableFonts);
    font->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    form->addRow(tr("F&ont:"), font);
    fontSize = new QDoubleSpinBox(q);
    fontSize->setRange(kSmallestFont, kLargestFont);
    fontSize->setSingleStep(0.5);
    fontSize->setDecimals(1);
    fontSize->setSuffix(tr(" pt"));
    form->addRow(tr("&Size:"), fontSize);
    words = new QLineEdit(q);
    words->setPlaceholderText(tr("Your own words, before the rest"));
    form->addRow(tr("C&aption:"), words);
    column->addLayout(form);
    title = new QCheckBox(tr("&Name of the picture above"), q);
    metrics = new QCheckBox(tr("N&umbers"), q);
    plan = new QCheckBox(tr("Bits of each plan"), q);
    for (QCheckBox *box : {title, metrics, plan})
        column->addWidget(box);
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

void FigureDialog::Private::connectValues()
{
    const auto onChange = [this] { changed(); };
    for (QComboBox *box : {overview, zoom})
        connect(box, &QComboBox::currentIndexChanged, q, onChange);
    connect(unit, &QComboBox::currentIndexChanged, q, [this] { changeUnit(); });
    for (QSpinBox *box : {columns, automatic, dpi})
        connect(box, &QSpinBox::valueChanged, q, onChange);
    for (QDoubleSpinBox *box : {width, fontSize})
        connect(box, &QDoubleSpinBox::valueChanged, q, onChange);
    connect(font, &QFontComboBox::currentFontChanged, q, onChange);
    for (QCheckBox *box : {title, metrics, plan})
        connect(box, &QCheckBox::toggled, q, onChange);
    connect(words, &QLineEdit::textChanged, q, onChange);
}

void FigureDialog::Private::changed()
{
    if (isShowing)
        return;
    preview->setUpdating(true);
    message->clear();
    updateButtons();
    emit q->settingsChanged(q->settings());
}

/// The width stays what it is, in the other unit.
void FigureDialog::Private::changeUnit()
{
    const auto now = static_cast<FigureUnit>(unit->currentData().toInt());
    if (now == shownUnit)
        return;
    const double perMillimetre = dpi->value() / kMillimetresPerInch;
    const double value = now == FigureUnit::Pixels ? width->value() * perMillimetre : width->value() / perMillimetre;
    const bool before = std::exchange(isShowing, true);
    setUnitLimits(now);
    width->setValue(value);
    isShowing = before;
    changed();
}

void FigureDialog::Private::setUnitLimits(FigureUnit now)
{
    shownUnit = now;
    const bool pixels = now == FigureUnit::Pixels;
    width->setDecimals(pixels ? 0 : 1);
    width->setRange(pixels ? kFewestFigurePixels : kNarrowestFigure, pixels ? kMostFigurePixels : kWidestFigure);
    width->setSingleStep(pixels ? 10 : 1);
}

void FigureDialog::Private::show(const FigureSettings &settings)
{
    isShowing = true;
    for (const auto &[column, box] : pictures)
        box->setChecked(settings.pictures.contains(column));
    overview->setCurrentIndex(overview->findData(static_cast<int>(settings.overview)));
    columns->setValue(settings.columns);
    zoom->setCurrentIndex(std::max(0, zoom->findData(settings.zoom)));
    automatic->setValue(settings.automaticRegions);
    drawn = settings.regions;
    dpi->setValue(settings.dpi);
    setUnitLimits(settings.unit);
    unit->setCurrentIndex(unit->findData(static_cast<int>(settings.unit)));
    width->setValue(settings.width);
    font->setCurrentFont(QFont(settings.fontFamily.isEmpty() ? QStringLiteral("DejaVu Sans") : settings.fontFamily));
    fontSize->setValue(settings.fontPoints);
    title->setChecked(settings.title);
    metrics->setChecked(settings.caption.metrics);
    plan->setChecked(settings.caption.plan);
    words->setText(settings.caption.text);
    isShowing = false;
    listRegions();
    updateButtons();
}

void FigureDialog::Private::listRegions()
{
    const int current = regions->currentRow();
    const QSignalBlocker blocker(regions);
    regions->clear();
    const bool own = !drawn.empty();
    for (const image::Rect &region : own ? drawn : preview->drawing().regions) {
        QPixmap colour(kGrid, kGrid);
        colour.fill(figureRegionColour(static_cast<std::size_t>(regions->count())));
        regions->addItem(new QListWidgetItem(QIcon(colour), tr("%1 at (%2, %3)%4")
                                                                .arg(formatPixels(region.width, region.height))
                                                                .arg(region.x)
                                                                .arg(region.y)
                                                                .arg(own ? QString() : tr(", found"))));
    }
    regions->setCurrentRow(own ? std::min(current, regions->count() - 1) : -1);
    preview->setSelected(regions->currentRow());
    updateButtons();
}

void FigureDialog::Private::removeSelected()
{
    const int row = regions->currentRow();
    if (row < 0 || row >= static_cast<int>(drawn.size()))
        return;
    drawn.erase(drawn.begin() + row);
    listRegions();
    changed();
}

void FigureDialog::Private::updateButtons()
{
    removeRegion->setEnabled(regions->currentRow() >= 0 && regions->currentRow() < static_cast<int>(drawn.size()));
    removePlan->setEnabled(plans->currentRow() > 0);
    automatic->setEnabled(drawn.empty());
    zoom->setEnabled(drawn.empty());
}

FigureDialog::FigureDialog(const FigureSettings &settings, QWidget *parent)
    : QDialog(parent), d(std::make_unique<Private>())
{
    d->q = this;
    setWindowTitle(tr("Comparison figure"));
    setModal(false);
    d->preview = new FigurePreview(this);
    auto *choices = new QWidget(this);
    auto *column = new QVBoxLayout(choices);
    column->setContentsMargins(kGrid, 0, kGrid, 0);
    column->setSpacing(kGrid);
    d->buildPictures(column);
    d->buildRegions(column);
    d->buildPage(column);
    d->buildText(column);
    column->addStretch();
    auto *scroll = new QScrollArea(this);
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
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    row->addWidget(d->preview, 1);
    row->addWidget(scroll);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    all->setSpacing(kGrid);
    all->addLayout(row, 1);
    all->addLayout(d->buildButtons());
    resize(kFirstSize);

    d->show(settings);
    d->connectValues();
    connect(d->preview, &FigurePreview::regionDrawn, this, &FigureDialog::addRegion);
    connect(d->preview, &FigurePreview::removeRequested, this, [this] { d->removeSelected(); });
    connect(d->preview, &FigurePreview::regionClicked, d->regions,
            [this](int region) { d->regions->setCurrentRow(region); });
}

FigureDialog::~FigureDialog() = default;

FigureSettings FigureDialog::settings() const
{
    FigureSettings settings;
    settings.pictures.clear();
    for (const auto &[column, box] : d->pictures)
        if (box->isChecked())
            settings.pictures << column;
    settings.overview = static_cast<FigureOverview>(d->overview->currentData().toInt());
    settings.columns = d->columns->value();
    settings.zoom = d->zoom->currentData().toInt();
    settings.automaticRegions = d->automatic->value();
    settings.regions = d->drawn;
    settings.unit = d->shownUnit;
    settings.width = d->width->value();
    settings.dpi = d->dpi->value();
    settings.fontFamily = d->font->currentFont().family();
    settings.fontPoints = d->fontSize->value();
    settings.title = d->title->isChecked();
    settings.caption = {d->metrics->isChecked(), d->plan->isChecked(), d->words->text()};
    return settings;
}

FigurePreview *FigureDialog::preview() const { return d->preview; }

void FigureDialog::setSettings(const FigureSettings &settings)
{
    d->show(settings);
    d->changed();
}

void FigureDialog::setDrawing(const FigureDrawing &drawing)
{
    d->preview->setDrawing(drawing);
    const QSize pixels = drawing.layout.size;
    const double perPixel = drawing.layout.dpi > 0 ? kMillimetresPerInch / drawing.layout.dpi : 0.0;
    d->size->setText(tr("%1 px, %2 × %3 mm")
                         .arg(formatPixels(pixels.width(), pixels.height()))
                         .arg(pixels.width() * perPixel, 0, 'f', 1)
                         .arg(pixels.height() * perPixel, 0, 'f', 1));
    d->listRegions();
}

void FigureDialog::setPlans(const QStringList &plans)
{
    const QSignalBlocker blocker(d->plans);
    d->plans->clear();
    d->plans->addItems(plans);
    d->updateButtons();
}

void FigureDialog::setReferenceAvailable(bool available)
{
    for (const auto &[column, box] : d->pictures)
        if (column == FigureColumn::Reference) {
            box->setEnabled(available);
            box->setToolTip(available ? QString() : tr("Open the original in high resolution first"));
        }
}

void FigureDialog::addRegion(const image::Rect &region)
{
    if (region.isEmpty())
        return;
    if (d->drawn.size() >= kMostFigureRegions) {
        setMessage(tr("A figure has at most %1 enlarged parts; remove one first").arg(kMostFigureRegions));
        return;
    }
    d->drawn.push_back(region);
    d->listRegions();
    d->regions->setCurrentRow(static_cast<int>(d->drawn.size()) - 1);
    d->changed();
}

void FigureDialog::setProgress(double fraction)
{
    const bool writing = fraction >= 0.0;
    d->progress->setVisible(writing);
    d->progress->setValue(static_cast<int>(fraction * 100.0));
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
