// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/sensitivitypanel.h"

#include "ui/bitschoice.h"
#include "ui/format.h"
#include "ui/heatdelegate.h"
#include "ui/stagebars.h"
#include "ui/theme.h"
#include "ui/widthsedit.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr int kProgressSteps = 1000;
constexpr int kCellWidth = 4 * kGrid;
constexpr int kCellHeight = 2 * kGrid + kHalfGrid;
/// What layers are measured at when nobody chooses.
const QList<int> kFirstWidths{8, 4};

/// All widths of weights or activations.
QList<int> allWidths()
{
    QList<int> widths(quant::kWeightBitChoices.begin(), quant::kWeightBitChoices.end() - 1);
    for (const int width : quant::kActivationBitChoices)
        if (width != quant::kFloatBits && !widths.contains(width))
            widths << width;
    std::sort(widths.begin(), widths.end());
    return widths;
}

double errorOf(double decibels) { return std::pow(10.0, -decibels / 10.0); }

} // namespace

SensitivityPanel::SensitivityPanel(QWidget *parent) : QWidget(parent), m_model(new SensitivityModel(this))
{
    build();
    connect(m_start, &QPushButton::clicked, this, [this] { emit startRequested(kind()); });
    connect(m_cancel, &QPushButton::clicked, this, &SensitivityPanel::cancelRequested);
    connect(m_export, &QPushButton::clicked, this, &SensitivityPanel::exportRequested);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &SensitivityPanel::updateButtons);
    connect(m_widths, &QLineEdit::textChanged, this, &SensitivityPanel::updateButtons);
    connect(m_stageBits, &BitsChoice::bitsChanged, this, [this] {
        updateBars();
        updateButtons();
    });
    connect(m_niqe, &QCheckBox::toggled, this, &SensitivityPanel::updateButtons);
    connect(m_shown, &QComboBox::currentIndexChanged, this, [this] {
        m_model->setShown(static_cast<SensitivityQuantity>(m_shown->currentData().toInt()));
        fitCells();
        updateBars();
    });
    connect(m_bars, &StageBars::stageClicked, this, [this](int stage) {
        if (m_generator)
            emit layerChosen(m_generator->stages[static_cast<std::size_t>(stage)].firstLayer);
    });
    connect(m_table, &QTableView::clicked, this, [this](const QModelIndex &index) { emit layerChosen(index.row()); });
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex &index) { emit layerChosen(index.row()); });
    connect(m_table->verticalHeader(), &QHeaderView::sectionClicked, this, &SensitivityPanel::layerChosen);
    updateButtons();
}

void SensitivityPanel::build()
{
    m_kind = new QComboBox(this);
    m_kind->setObjectName(QStringLiteral("sensitivityKind"));
    m_kind->addItem(tr("Estimate all layers"), static_cast<int>(Kind::Estimate));
    m_kind->addItem(tr("Measure stages"), static_cast<int>(Kind::MeasureStages));
    m_kind->addItem(tr("Measure layers"), static_cast<int>(Kind::MeasureLayers));
    m_kind->setAccessibleName(tr("What to find out"));
    m_kind->setToolTip(
        tr("Estimates come from gradients, all widths at once. Measuring quantizes one layer or stage at a "
           "time and takes longer."));
    m_widthsLabel = new QLabel(tr("&Widths"), this);
    m_widths = new WidthsEdit(allWidths(), this);
    m_widths->setObjectName(QStringLiteral("sensitivityWidths"));
    m_widths->setWidths(kFirstWidths);
    m_widths->setAccessibleName(tr("Bit-widths to measure layers at"));
    m_widths->setToolTip(tr("Bit-widths to measure layers at, weights and activations apart, like 8, 6, 4"));
    m_widthsLabel->setBuddy(m_widths);
    m_niqe = new QCheckBox(tr("NIQE and PI"), this);
    m_niqe->setObjectName(QStringLiteral("sensitivityNiqe"));
    m_niqe->setToolTip(tr("Measure how NIQE changes too, and PI where Ma's model is installed (takes far longer)"));
    const auto button = [this](const QString &text, const char *name, const QString &help) {
        auto *made = new QPushButton(text, this);
        made->setObjectName(QLatin1String(name));
        made->setToolTip(help);
        made->setAutoDefault(false);
        return made;
    };
    m_start =
        button(tr("Start"), "sensitivityStart", tr("Find out on the open picture; goes on where it was cancelled"));
    m_cancel = button(tr("Cancel"), "sensitivityCancel", tr("Stop; what was found stays"));
    m_export = button(tr("Export…"), "sensitivityExport", tr("Write all numbers as JSON or CSV"));
    m_shown = new QComboBox(this);
    m_shown->setObjectName(QStringLiteral("sensitivityShown"));
    m_shown->addItem(tr("Show PSNR to FP32"), static_cast<int>(SensitivityQuantity::Psnr));
    m_shown->addItem(tr("Show change of NIQE"), static_cast<int>(SensitivityQuantity::Niqe));
    m_shown->addItem(tr("Show change of PI"), static_cast<int>(SensitivityQuantity::Pi));
    m_shown->setAccessibleName(tr("What bars and map show"));
    m_shown->setToolTip(tr("What bars and map show; NIQE and PI where they were measured"));
    m_progress = new QProgressBar(this);
    m_progress->setObjectName(QStringLiteral("sensitivityProgress"));
    m_progress->setRange(0, kProgressSteps);
    m_progress->setTextVisible(false);
    QSizePolicy keepsItsPlace = m_progress->sizePolicy();
    keepsItsPlace.setRetainSizeWhenHidden(true);
    m_progress->setSizePolicy(keepsItsPlace);
    m_progress->hide(); // until there is something to show
    m_progress->setAccessibleName(tr("Progress of the analysis"));
    m_remaining = new QLabel(this);
    m_remaining->setObjectName(QStringLiteral("sensitivityRemaining"));
    m_remaining->setFont(textFont(TextSize::Small));
    m_message = new QLabel(this);
    m_message->setObjectName(QStringLiteral("sensitivityMessage"));
    m_message->setFont(textFont(TextSize::Small));
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    for (QWidget *widget : std::initializer_list<QWidget *>{m_kind, m_widthsLabel, m_widths, m_niqe, m_start, m_cancel,
                                                            m_export, m_shown})
        row->addWidget(widget);
    row->addWidget(m_progress, 1);
    row->addWidget(m_remaining);
    row->addWidget(m_message, 2);

    m_stageBits = new BitsChoice(this);
    m_stageBits->setObjectName(QStringLiteral("sensitivityStageBits"));
    auto *stagesLabel = new QLabel(tr("One sta&ge at"), this);
    stagesLabel->setBuddy(m_stageBits);
    m_bars = new StageBars(this);
    m_bars->setObjectName(QStringLiteral("sensitivityBars"));
    auto *scroll = new QScrollArea(this);
    scroll->setAccessibleName(tr("Loss by stage"));
    scroll->setWidget(m_bars);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);

    m_table = new QTableView(this);
    m_table->setObjectName(QStringLiteral("sensitivityMap"));
    m_table->setModel(m_model);
    m_table->setItemDelegate(new HeatDelegate(m_table));
    m_table->setAccessibleName(tr("PSNR to FP32 in dB, layers by bit-widths"));
    m_table->setShowGrid(false);
    m_table->setCornerButtonEnabled(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setTabKeyNavigation(false);
    const QFont headFont = numberFont(TextSize::Small);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->horizontalHeader()->setFont(headFont);
    fitCells();
    m_table->verticalHeader()->setDefaultSectionSize(kCellHeight);
    m_table->verticalHeader()->setMinimumSectionSize(kCellHeight);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setFont(textFont(TextSize::Small));
    m_table->verticalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    auto *stageRow = new QHBoxLayout;
    stageRow->setSpacing(kGrid);
    stageRow->addWidget(stagesLabel);
    stageRow->addWidget(m_stageBits);
    stageRow->addStretch();
    auto *stages = new QVBoxLayout;
    stages->setSpacing(kHalfGrid);
    stages->addLayout(stageRow);
    stages->addWidget(scroll, 1);
    auto *lower = new QHBoxLayout;
    lower->setSpacing(2 * kGrid);
    lower->addLayout(stages, 2);
    lower->addWidget(m_table, 5);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    column->setSpacing(kGrid);
    column->addLayout(row);
    column->addLayout(lower, 1);
}

SensitivityPanel::Kind SensitivityPanel::kind() const { return static_cast<Kind>(m_kind->currentData().toInt()); }

void SensitivityPanel::setKind(Kind kind) { m_kind->setCurrentIndex(m_kind->findData(static_cast<int>(kind))); }

QList<int> SensitivityPanel::widths() const { return m_widths->widths(); }

void SensitivityPanel::setWidths(const QList<int> &widths) { m_widths->setWidths(widths); }

quant::LayerBits SensitivityPanel::stageBits() const { return m_stageBits->bits(); }

void SensitivityPanel::setStageBits(quant::LayerBits bits) { m_stageBits->setBits(bits); }

bool SensitivityPanel::isNiqeWanted() const { return m_niqe->isChecked(); }

void SensitivityPanel::setNiqeWanted(bool wanted) { m_niqe->setChecked(wanted); }

void SensitivityPanel::setShown(SensitivityQuantity quantity)
{
    m_shown->setCurrentIndex(m_shown->findData(static_cast<int>(quantity)));
}

QSize SensitivityPanel::sizeHint() const { return {110 * kGrid, 30 * kGrid}; }

void SensitivityPanel::setGenerator(const model::GeneratorPtr &generator)
{
    m_generator = generator;
    m_model->setGenerator(generator);
    m_stages = QList<QList<StageValue>>(generator ? static_cast<qsizetype>(generator->stages.size()) : 0);
    setMessage({});
    updateBars();
    updateButtons();
}

void SensitivityPanel::setReady(bool ready, const QString &reason)
{
    m_ready = ready;
    if (!reason.isEmpty() || !ready)
        m_message->setText(reason);
    updateButtons();
}

void SensitivityPanel::setRunning(bool running)
{
    m_running = running;
    if (running)
        m_time.start();
    else
        m_progress->setValue(0);
    m_progress->setVisible(running);
    m_remaining->clear();
    updateButtons();
}

void SensitivityPanel::setProgress(double fraction, const QString &what)
{
    m_progress->setValue(static_cast<int>(fraction * kProgressSteps));
    m_remaining->setText(m_time.text(fraction));
    m_message->setText(what);
}

void SensitivityPanel::addValues(const QList<SensitivityModel::Value> &values)
{
    m_model->setValues(values);
    updateBars();
    updateButtons();
}

void SensitivityPanel::addStage(int stage, quant::LayerBits bits, double decibels, std::optional<double> niqeChange,
                                std::optional<double> piChange)
{
    if (stage < 0 || stage >= m_stages.size())
        return;
    m_stages[stage].removeIf([bits](const StageValue &value) { return value.bits == bits; });
    m_stages[stage] << StageValue{bits, decibels, niqeChange, piChange};
    updateBars();
    updateButtons();
}

void SensitivityPanel::setMessage(const QString &text) { m_message->setText(text); }

void SensitivityPanel::selectLayer(int layer)
{
    if (layer < 0 || layer >= m_model->rowCount())
        return;
    const QModelIndex now = m_table->currentIndex();
    const QModelIndex wanted = m_model->index(layer, now.isValid() ? now.column() : 0);
    m_table->setCurrentIndex(wanted);
    m_table->scrollTo(wanted);
}

/// The layers' losses added up; missing where one is not known.
std::optional<double> SensitivityPanel::estimateOf(const model::Stage &stage) const
{
    const quant::LayerBits bits = stageBits();
    double error = 0.0;
    for (int layer = stage.firstLayer; layer < stage.firstLayer + stage.layerCount; ++layer)
        for (const quant::LayerBits part :
             {quant::LayerBits{bits.weight, quant::kFloatBits}, quant::LayerBits{quant::kFloatBits, bits.activation}}) {
            if (part.weight == part.activation)
                continue; // both FP32
            const auto decibels = m_model->decibels(layer, part);
            if (!decibels)
                return std::nullopt;
            error += errorOf(*decibels);
        }
    return error > 0.0 ? std::optional(-10.0 * std::log10(error)) : std::nullopt;
}

void SensitivityPanel::updateBars()
{
    const QString at = BitsChoice::textOf(stageBits());
    const SensitivityQuantity shown = m_model->shown();
    QList<StageBars::Bar> bars;
    for (qsizetype stage = 0; m_generator && stage < m_stages.size(); ++stage) {
        const model::Stage &of = m_generator->stages[static_cast<std::size_t>(stage)];
        StageBars::Bar bar;
        bar.stage = QString::fromStdString(of.name);
        const auto value = std::find_if(m_stages[stage].begin(), m_stages[stage].end(),
                                        [this](const StageValue &known) { return known.bits == stageBits(); });
        bar.measured = value != m_stages[stage].end();
        bar.decibels = bar.measured ? std::optional(value->decibels) : estimateOf(of);
        std::optional<double> change;
        if (bar.measured)
            change = shown == SensitivityQuantity::Niqe ? value->niqeChange : value->piChange;
        if (shown != SensitivityQuantity::Psnr && change) {
            bar.text = formatDifference(*change, 3);
            bar.severity = SensitivityModel::severityOfChange(*change);
        } else if (shown == SensitivityQuantity::Psnr && bar.decibels) {
            bar.text = formatDecibels(*bar.decibels);
            bar.severity = SensitivityModel::severityOf(*bar.decibels);
        }
        bars << bar;
    }
    const QString what = at.isEmpty()                         ? tr("Nothing is quantized")
                         : shown == SensitivityQuantity::Psnr ? tr("PSNR to FP32")
                         : shown == SensitivityQuantity::Niqe ? tr("Change of NIQE")
                                                              : tr("Change of PI");
    m_bars->setBars(bars, bars.isEmpty() ? QString() : what);
}

void SensitivityPanel::fitCells()
{
    QHeaderView *header = m_table->horizontalHeader();
    const QString widest =
        m_model->shown() == SensitivityQuantity::Psnr ? QStringLiteral("W16") : formatDifference(-0.25, 2);
    const int width = std::max(kCellWidth, QFontMetrics(header->font()).horizontalAdvance(widest) + 2 * kGrid);
    header->setMinimumSectionSize(width);
    header->setDefaultSectionSize(width);
}

void SensitivityPanel::updateButtons()
{
    const bool hasBars =
        std::any_of(m_stages.begin(), m_stages.end(), [](const auto &values) { return !values.isEmpty(); });
    const bool byLayer = kind() == Kind::MeasureLayers;
    m_kind->setEnabled(!m_running);
    m_widths->setEnabled(!m_running);
    m_widths->setVisible(byLayer);
    m_widthsLabel->setVisible(byLayer);
    m_niqe->setEnabled(!m_running);
    m_niqe->setVisible(kind() != Kind::Estimate);
    const bool hasWidths = byLayer                         ? !m_widths->widths().isEmpty()
                           : kind() == Kind::MeasureStages ? !BitsChoice::textOf(stageBits()).isEmpty()
                                                           : true;
    m_start->setEnabled(m_ready && m_generator && !m_running && hasWidths);
    m_cancel->setEnabled(m_running);
    m_export->setEnabled(!m_running && (!m_model->isEmpty() || hasBars));
}

} // namespace bitlens::ui
