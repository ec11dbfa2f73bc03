// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/activationspanel.h"

#include "ui/format.h"
#include "ui/icons.h"
#include "ui/noticelabel.h"
#include "ui/plots/histogramplot.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QSignalBlocker>
#include <QStackedLayout>
#include <QTabBar>
#include <QTextStream>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace bitlens::ui {

namespace {

constexpr int kSideWidth = 30 * kGrid;
constexpr double kLargestEnd = 1e6;
constexpr int kDecimals = 4;

QString number(double value) { return QString::number(value, 'g', 4).replace(QLatin1Char('-'), QChar(0x2212)); }

QString percent(double share)
{
    if (share > 0.0 && share < 5e-5)
        return QStringLiteral("<0.01 %");
    return QString::number(100.0 * share, 'f', 2) + QStringLiteral(" %");
}

} // namespace

struct ActivationsPanel::Private {
    ActivationsPanel *q;
    QStackedLayout *stack = nullptr;
    QLabel *advice = nullptr;
    QTabBar *tabs = nullptr;
    QLabel *layer = nullptr;
    QComboBox *inputs = nullptr;
    QLabel *figures = nullptr;
    NoticeLabel *warning = nullptr;
    QWidget *rangeRow = nullptr;
    QDoubleSpinBox *ends[2] = {};
    QToolButton *reset = nullptr;
    QCheckBox *logarithmic = nullptr;
    QCheckBox *fixed = nullptr;
    HistogramPlot *plot = nullptr;
    std::optional<compare::LayerActivations> shown;
    QString chosenInput; ///< stays chosen from layer to layer while it is there
    QString shownValues; ///< which values the plot shows, whatever the plan

    const compare::InputActivations *input() const;
    const compare::ValueStatistics *values() const;
    QStringList figureLines() const;
    void build();
    QWidget *buildSide();
    void fillInputs();
    void showPage();
    void showPlot(const compare::ValueStatistics &values, bool ranged);
    void showEnds(double low, double high);
    void editEnds();
};

const compare::InputActivations *ActivationsPanel::Private::input() const
{
    const int index = inputs->currentIndex();
    if (!shown || index < 0 || static_cast<std::size_t>(index) >= shown->inputs.size())
        return nullptr;
    return &shown->inputs[static_cast<std::size_t>(index)];
}

const compare::ValueStatistics *ActivationsPanel::Private::values() const
{
    if (!shown)
        return nullptr;
    if (q->page() == Page::Weights)
        return &shown->weights;
    return input() ? &input()->values : nullptr;
}

QStringList ActivationsPanel::Private::figureLines() const
{
    const compare::ValueStatistics *now = values();
    if (!now)
        return {};
    const bool weights = q->page() == Page::Weights;
    const int bits = weights ? shown->bits.weight : shown->bits.activation;
    QStringList lines;
    if (now->levels == 0) {
        lines << ActivationsPanel::tr("FP32 in this plan");
    } else {
        lines << ActivationsPanel::tr("%1 bits, %2 of %3 levels used").arg(bits).arg(now->levelsUsed).arg(now->levels);
        if (!weights)
            lines << ActivationsPanel::tr("%1 of the values clipped").arg(percent(now->clippedShare));
    }
    lines << (now->sqnr ? ActivationsPanel::tr("SQNR %1").arg(formatDecibels(*now->sqnr))
                        : ActivationsPanel::tr("no difference"));
    if (now->sqnr)
        lines << ActivationsPanel::tr("error: mean %1, σ %2").arg(number(now->errorMean), number(now->errorDeviation));
    return lines;
}

void ActivationsPanel::Private::fillInputs()
{
    const QSignalBlocker blocker(inputs);
    inputs->clear();
    if (!shown)
        return;
    for (const compare::InputActivations &input : shown->inputs)
        inputs->addItem(QString::fromStdString(input.name));
    const int before = inputs->findText(chosenInput);
    inputs->setCurrentIndex(std::max(0, before));
}

void ActivationsPanel::Private::showEnds(double low, double high)
{
    for (int i = 0; i < 2; ++i) {
        const QSignalBlocker blocker(ends[i]);
        const double value = i == 0 ? low : high;
        ends[i]->setSingleStep(std::max(1e-4, (high - low) / 50.0));
        ends[i]->setValue(value);
    }
}

void ActivationsPanel::Private::showPage()
{
    const compare::ValueStatistics *now = values();
    stack->setCurrentIndex(now ? 1 : 0);
    if (!now)
        return;
    const Page page = q->page();
    layer->setText(QString::fromStdString(shown->path));
    layer->setToolTip(ActivationsPanel::tr("Run on %1 input pixels in the middle of the view")
                          .arg(formatPixels(shown->region.width, shown->region.height)));
    figures->setText(figureLines().join(QLatin1Char('\n')));
    inputs->setVisible(page != Page::Weights);
    inputs->setEnabled(inputs->count() > 1);
    const bool ranged = page == Page::Activations && now->levels > 0 && input();
    rangeRow->setVisible(ranged);
    showPlot(*now, ranged);
    if (!ranged)
        return;
    const quant::RangeChoice range = input()->range;
    showEnds(static_cast<double>(range.low), static_cast<double>(range.high));
    reset->setEnabled(input()->chosen);
}

void ActivationsPanel::Private::showPlot(const compare::ValueStatistics &values, bool ranged)
{
    const Page page = q->page();
    // An axis is kept from plan to plan; that of other values says nothing about these.
    const QString which =
        QStringLiteral("%1/%2/%3")
            .arg(static_cast<int>(page))
            .arg(QString::fromStdString(shown->path), page == Page::Weights ? QString() : inputs->currentText());
    if (std::exchange(shownValues, which) != which)
        plot->setRangeFixed(false);
    plot->setMarkers({});
    if (page == Page::Error) {
        plot->setError(values.error);
        plot->setValueLabel(ActivationsPanel::tr("quantized − FP32"));
    } else {
        plot->setHistograms(values.fp32, values.quantized);
        plot->setValueLabel(page == Page::Weights ? ActivationsPanel::tr("weight")
                                                  : ActivationsPanel::tr("activation"));
    }
    if (ranged) {
        const quant::RangeChoice range = input()->range;
        plot->setMarkers(HistogramPlot::Markers{static_cast<double>(range.low), static_cast<double>(range.high)});
    }
    plot->setRangeFixed(fixed->isChecked());
}

void ActivationsPanel::Private::editEnds()
{
    if (!input())
        return;
    const double low = ends[0]->value();
    const double high = ends[1]->value();
    if (low < high)
        emit q->rangeEdited(input()->map, low, high);
}

QWidget *ActivationsPanel::Private::buildSide()
{
    auto *side = new QWidget(q);
    side->setFixedWidth(kSideWidth);
    auto *column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kHalfGrid);
    layer = new QLabel(side);
    layer->setObjectName(QStringLiteral("activationsLayer"));
    layer->setFont(strongFont(TextSize::Body));
    layer->setTextInteractionFlags(Qt::TextSelectableByMouse);
    inputs = new QComboBox(side);
    inputs->setObjectName(QStringLiteral("activationsInput"));
    inputs->setAccessibleName(ActivationsPanel::tr("Input of the layer"));
    inputs->setToolTip(ActivationsPanel::tr("Which feature map that the layer reads, by the layer that makes it"));
    inputs->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    figures = new QLabel(side);
    figures->setObjectName(QStringLiteral("activationsFigures"));
    figures->setFont(numberFont(TextSize::Small));
    figures->setTextInteractionFlags(Qt::TextSelectableByMouse);
    figures->setToolTip(ActivationsPanel::tr("SQNR: signal-to-quantization-noise ratio, higher is better"));

    rangeRow = new QWidget(side);
    auto *row = new QHBoxLayout(rangeRow);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kHalfGrid);
    constexpr const char *kNames[2] = {"rangeLow", "rangeHigh"};
    for (int i = 0; i < 2; ++i) {
        ends[i] = new QDoubleSpinBox(rangeRow);
        ends[i]->setObjectName(QLatin1String(kNames[i]));
        ends[i]->setDecimals(kDecimals);
        ends[i]->setRange(i == 0 ? -kLargestEnd : 0.0, i == 0 ? 0.0 : kLargestEnd);
        ends[i]->setKeyboardTracking(false);
        ends[i]->setAlignment(Qt::AlignRight);
        ends[i]->setMinimumWidth(8 * kGrid);
        ends[i]->setAccessibleName(i == 0 ? ActivationsPanel::tr("Lower end of the range")
                                          : ActivationsPanel::tr("Upper end of the range"));
        ends[i]->setToolTip(ActivationsPanel::tr("Values beyond are clipped. Channels with a narrower range of their "
                                                 "own keep it, and may reach a little further."));
        row->addWidget(ends[i], 1);
        QObject::connect(ends[i], &QDoubleSpinBox::valueChanged, q, [this] { editEnds(); });
    }
    reset = new QToolButton(rangeRow);
    reset->setObjectName(QStringLiteral("rangeReset"));
    reset->setIcon(icon(Icon::Reset));
    reset->setToolTip(ActivationsPanel::tr("Back to the calibrated range"));
    reset->setAccessibleName(ActivationsPanel::tr("Reset range"));
    row->addWidget(reset);

    column->addWidget(layer);
    column->addWidget(inputs);
    column->addWidget(figures);
    column->addWidget(rangeRow);
    column->addStretch(1);
    return side;
}

void ActivationsPanel::Private::build()
{
    advice = new QLabel(q);
    advice->setObjectName(QStringLiteral("activationsAdvice"));
    advice->setAlignment(Qt::AlignCenter);
    advice->setWordWrap(true);
    advice->setMargin(2 * kGrid);
    tabs = new QTabBar(q);
    tabs->setObjectName(QStringLiteral("activationsPages"));
    tabs->setDrawBase(false);
    tabs->setExpanding(false);
    tabs->addTab(ActivationsPanel::tr("Activations"));
    tabs->addTab(ActivationsPanel::tr("Weights"));
    tabs->addTab(ActivationsPanel::tr("Error"));
    logarithmic = new QCheckBox(ActivationsPanel::tr("Log"), q);
    logarithmic->setObjectName(QStringLiteral("activationsLog"));
    logarithmic->setToolTip(ActivationsPanel::tr("Heights on a logarithmic axis: rare values show"));
    fixed = new QCheckBox(ActivationsPanel::tr("Keep range"), q);
    fixed->setObjectName(QStringLiteral("activationsFixed"));
    fixed->setToolTip(ActivationsPanel::tr("Keep the axis while plans change, to compare them"));
    auto *save = new QToolButton(q);
    save->setObjectName(QStringLiteral("activationsExport"));
    save->setIcon(icon(Icon::Export));
    save->setToolTip(ActivationsPanel::tr("Save the plot as a picture, or its numbers"));
    save->setAccessibleName(ActivationsPanel::tr("Export"));
    save->setPopupMode(QToolButton::InstantPopup);
    auto *menu = new QMenu(save);
    menu->addAction(ActivationsPanel::tr("Picture (PNG, SVG, PDF)…"), q, &ActivationsPanel::pictureExportRequested);
    menu->addAction(ActivationsPanel::tr("Numbers (CSV)…"), q, &ActivationsPanel::numbersExportRequested);
    save->setMenu(menu);
    warning = new NoticeLabel(q);
    warning->setObjectName(QStringLiteral("activationsWarning"));
    warning->setContentsMargins(kGrid, kHalfGrid, kGrid, kHalfGrid);
    plot = new HistogramPlot(q);

    auto *content = new QWidget(q);
    auto *top = new QHBoxLayout;
    top->setContentsMargins(0, 0, 0, 0);
    top->setSpacing(kGrid);
    top->addWidget(tabs);
    top->addStretch(1);
    for (QWidget *widget :
         {static_cast<QWidget *>(logarithmic), static_cast<QWidget *>(fixed), static_cast<QWidget *>(save)})
        top->addWidget(widget);
    auto *grid = new QGridLayout(content);
    grid->setContentsMargins(kGrid, kHalfGrid, kGrid, kGrid);
    grid->setHorizontalSpacing(kGrid);
    grid->setVerticalSpacing(kHalfGrid);
    grid->addLayout(top, 0, 0, 1, 2);
    grid->addWidget(warning, 1, 0, 1, 2);
    grid->addWidget(buildSide(), 2, 0);
    grid->addWidget(plot, 2, 1);
    grid->setColumnStretch(1, 1);
    grid->setRowStretch(2, 1);
    stack = new QStackedLayout(q);
    stack->addWidget(advice);
    stack->addWidget(content);
}

ActivationsPanel::ActivationsPanel(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    d->build();
    setAccessibleName(tr("Activations"));
    connect(d->tabs, &QTabBar::currentChanged, this, [this] { d->showPage(); });
    connect(d->inputs, &QComboBox::currentTextChanged, this, [this](const QString &name) {
        d->chosenInput = name;
        d->showPage();
    });
    connect(d->logarithmic, &QCheckBox::toggled, d->plot, &HistogramPlot::setLogarithmic);
    connect(d->fixed, &QCheckBox::toggled, d->plot, &HistogramPlot::setRangeFixed);
    connect(d->plot, &HistogramPlot::markersMoving, this, [this](double low, double high) { d->showEnds(low, high); });
    connect(d->plot, &HistogramPlot::markersMoved, this, [this](double low, double high) {
        if (d->input())
            emit rangeEdited(d->input()->map, low, high);
    });
    connect(d->reset, &QToolButton::clicked, this, [this] {
        if (d->input())
            emit rangeReset(d->input()->map);
    });
}

ActivationsPanel::~ActivationsPanel() = default;

ActivationsPanel::Page ActivationsPanel::page() const { return static_cast<Page>(d->tabs->currentIndex()); }

bool ActivationsPanel::hasActivations() const { return d->shown.has_value(); }

int ActivationsPanel::map() const { return d->input() ? d->input()->map : -1; }

HistogramPlot *ActivationsPanel::plot() const { return d->plot; }

QSize ActivationsPanel::sizeHint() const { return {100 * kGrid, 26 * kGrid}; }

QSize ActivationsPanel::minimumSizeHint() const { return {60 * kGrid, 20 * kGrid}; }

void ActivationsPanel::setActivations(const compare::LayerActivations &activations)
{
    d->shown = activations;
    d->fillInputs();
    setUpdating(false);
    d->showPage();
}

void ActivationsPanel::clear(const QString &advice)
{
    d->shown.reset();
    d->advice->setText(advice);
    d->fillInputs();
    d->plot->clear();
    setUpdating(false);
    d->showPage();
}

void ActivationsPanel::setUpdating(bool updating)
{
    d->plot->setDimmed(updating);
    d->figures->setEnabled(!updating);
}

void ActivationsPanel::setWarning(const QString &warning) { d->warning->setNotice(warning); }

void ActivationsPanel::setPage(Page page) { d->tabs->setCurrentIndex(static_cast<int>(page)); }

QString ActivationsPanel::fileName() const
{
    if (!d->shown)
        return {};
    constexpr const char *kPages[3] = {"activations", "weights", "error"};
    return QString::fromStdString(d->shown->path).replace(QLatin1Char('/'), QLatin1Char('-')) + QLatin1Char('-')
           + QLatin1String(kPages[static_cast<int>(page())]);
}

QString ActivationsPanel::csv() const
{
    const compare::ValueStatistics *values = d->values();
    if (!values)
        return {};
    QString text;
    QTextStream out(&text);
    out << "# layer: " << QString::fromStdString(d->shown->path) << '\n';
    if (page() != Page::Weights && d->input())
        out << "# input: " << QString::fromStdString(d->input()->name) << '\n';
    out << "# levels used: " << values->levelsUsed << " of " << values->levels << '\n';
    out << "# clipped share: " << values->clippedShare << '\n';
    out << "# error mean: " << values->errorMean << ", standard deviation: " << values->errorDeviation << '\n';
    if (values->sqnr)
        out << "# SQNR in dB: " << *values->sqnr << '\n';
    if (page() == Page::Error) {
        out << "error,count\n";
        for (std::size_t i = 0; i < values->error.counts.size(); ++i)
            out << values->error.centre(i) << ',' << values->error.counts[i] << '\n';
        return text;
    }
    out << "value,fp32,quantized\n";
    for (std::size_t i = 0; i < values->fp32.counts.size(); ++i)
        out << values->fp32.centre(i) << ',' << values->fp32.counts[i] << ',' << values->quantized.counts[i] << '\n';
    return text;
}

void ActivationsPanel::paintOn(QPaintDevice *device, QSize size, bool vector) const
{
    d->plot->paintOn(device, size, vector);
}

} // namespace bitlens::ui
