// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/sensitivitypanel.h"

#include "ui/heatdelegate.h"
#include "ui/stagebars.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QTableView>
#include <QVBoxLayout>

#include <cmath>
#include <limits>

namespace bitlens::ui {

namespace {

constexpr int kProgressSteps = 1000;
constexpr int kCellWidth = 4 * kGrid;
constexpr int kCellHeight = 2 * kGrid + kHalfGrid;
/// Where stages have not been measured, their bars add up their layers' estimates at these widths.
constexpr quant::LayerBits kBarWeights{8, quant::kFloatBits};
constexpr quant::LayerBits kBarActivations{quant::kFloatBits, 8};

double errorOf(double decibels) { return std::pow(10.0, -decibels / 10.0); }

} // namespace

SensitivityPanel::SensitivityPanel(QWidget *parent) : QWidget(parent), m_model(new SensitivityModel(this))
{
    build();
    connect(m_start, &QPushButton::clicked, this, [this] { emit startRequested(kind()); });
    connect(m_cancel, &QPushButton::clicked, this, &SensitivityPanel::cancelRequested);
    connect(m_export, &QPushButton::clicked, this, &SensitivityPanel::exportRequested);
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
    m_progress = new QProgressBar(this);
    m_progress->setObjectName(QStringLiteral("sensitivityProgress"));
    m_progress->setRange(0, kProgressSteps);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress of the analysis"));
    m_message = new QLabel(this);
    m_message->setObjectName(QStringLiteral("sensitivityMessage"));
    m_message->setFont(textFont(TextSize::Small));
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    for (QWidget *widget : {static_cast<QWidget *>(m_kind), static_cast<QWidget *>(m_start),
                            static_cast<QWidget *>(m_cancel), static_cast<QWidget *>(m_export)})
        row->addWidget(widget);
    row->addWidget(m_progress, 1);
    row->addWidget(m_message, 2);

    m_bars = new StageBars(this);
    m_bars->setObjectName(QStringLiteral("sensitivityBars"));
    auto *scroll = new QScrollArea(this);
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
    const int cellWidth =
        std::max(kCellWidth, QFontMetrics(headFont).horizontalAdvance(QStringLiteral("W16")) + 2 * kGrid);
    m_table->horizontalHeader()->setDefaultSectionSize(cellWidth);
    m_table->horizontalHeader()->setMinimumSectionSize(cellWidth);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->horizontalHeader()->setFont(headFont);
    m_table->verticalHeader()->setDefaultSectionSize(kCellHeight);
    m_table->verticalHeader()->setMinimumSectionSize(kCellHeight);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setFont(textFont(TextSize::Small));
    m_table->verticalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    auto *lower = new QHBoxLayout;
    lower->setSpacing(2 * kGrid);
    lower->addWidget(scroll, 2);
    lower->addWidget(m_table, 5);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    column->setSpacing(kGrid);
    column->addLayout(row);
    column->addLayout(lower, 1);
}

SensitivityPanel::Kind SensitivityPanel::kind() const { return static_cast<Kind>(m_kind->currentData().toInt()); }

QSize SensitivityPanel::sizeHint() const { return {110 * kGrid, 30 * kGrid}; }

void SensitivityPanel::setGenerator(const model::GeneratorPtr &generator)
{
    m_generator = generator;
    m_model->setGenerator(generator);
    m_stages = QList<double>(generator ? static_cast<qsizetype>(generator->stages.size()) : 0,
                             std::numeric_limits<double>::quiet_NaN());
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
    if (!running)
        m_progress->setValue(0);
    updateButtons();
}

void SensitivityPanel::setProgress(double fraction, const QString &what)
{
    m_progress->setValue(static_cast<int>(fraction * kProgressSteps));
    m_message->setText(what);
}

void SensitivityPanel::addValues(const QList<SensitivityModel::Value> &values)
{
    m_model->setValues(values);
    updateBars();
    updateButtons();
}

void SensitivityPanel::addStage(int stage, double decibels)
{
    if (stage < 0 || stage >= m_stages.size())
        return;
    m_stages[stage] = decibels;
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

void SensitivityPanel::updateBars()
{
    QList<StageBars::Bar> bars;
    for (qsizetype stage = 0; m_generator && stage < m_stages.size(); ++stage) {
        const model::Stage &of = m_generator->stages[static_cast<std::size_t>(stage)];
        StageBars::Bar bar{QString::fromStdString(of.name), std::nullopt, false};
        if (!std::isnan(m_stages[stage])) {
            bar.decibels = m_stages[stage];
            bar.measured = true;
        } else {
            double error = 0.0;
            bool isComplete = true;
            for (int layer = of.firstLayer; layer < of.firstLayer + of.layerCount; ++layer)
                for (const quant::LayerBits bits : {kBarWeights, kBarActivations}) {
                    const auto decibels = m_model->decibels(layer, bits);
                    isComplete = isComplete && decibels;
                    error += decibels ? errorOf(*decibels) : 0.0;
                }
            if (isComplete && error > 0.0)
                bar.decibels = -10.0 * std::log10(error);
        }
        bars << bar;
    }
    m_bars->setBars(bars, bars.isEmpty() ? QString() : tr("One stage at W8 A8: PSNR to FP32"));
}

void SensitivityPanel::updateButtons()
{
    const bool hasBars = std::any_of(m_stages.begin(), m_stages.end(), [](double value) { return !std::isnan(value); });
    m_kind->setEnabled(!m_running);
    m_start->setEnabled(m_ready && m_generator && !m_running);
    m_cancel->setEnabled(m_running);
    m_export->setEnabled(!m_running && (!m_model->isEmpty() || hasBars));
}

} // namespace bitlens::ui
