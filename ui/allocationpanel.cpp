// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/allocationpanel.h"

#include "ui/format.h"
#include "ui/plots/scatterplot.h"
#include "ui/theme.h"
#include "ui/widthsedit.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

namespace bitlens::ui {

namespace {

constexpr int kProgressSteps = 1000;
constexpr int kRowHeight = 3 * kGrid;

/// Where a plan that changes nothing is drawn.
constexpr double kIdenticalDecibels = 100.0;

template <typename Choices>
QList<int> integerWidths(const Choices &choices)
{
    QList<int> widths(choices.begin(), choices.end());
    widths.removeAll(quant::kFloatBits);
    return widths;
}

struct Unit {
    double lowest;
    double highest;
    double first;
    const char *suffix;
};

Unit unitOf(AllocationPanel::Budget budget)
{
    switch (budget) {
    case AllocationPanel::Budget::Loss:
        return {20.0, 100.0, 50.0, " dB"};
    case AllocationPanel::Budget::Time:
        return {0.1, 1.0e6, 100.0, " ms"};
    case AllocationPanel::Budget::SizeChange:
        break;
    }
    return {-95.0, -30.0, -74.0, " %"};
}

} // namespace

AllocationPanel::AllocationPanel(QWidget *parent) : QWidget(parent), m_model(new AllocationModel(this))
{
    build();
    connect(m_budget, &QComboBox::currentIndexChanged, this, &AllocationPanel::showUnit);
    connect(m_start, &QPushButton::clicked, this, [this] { emit startRequested(budget(), amount()); });
    connect(m_cancel, &QPushButton::clicked, this, &AllocationPanel::cancelRequested);
    const auto apply = [this] {
        if (m_table->currentIndex().isValid())
            emit applyRequested(m_table->currentIndex().row());
    };
    connect(m_apply, &QPushButton::clicked, this, apply);
    connect(m_table, &QTableView::activated, this, apply);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, &AllocationPanel::updateButtons);
    connect(m_model, &QAbstractItemModel::modelReset, this, &AllocationPanel::updateButtons);
    for (const WidthsEdit *widths : {m_weights, m_activations})
        connect(widths, &QLineEdit::textChanged, this, &AllocationPanel::updateButtons);
    connect(m_model, &QAbstractItemModel::modelReset, this, &AllocationPanel::showFront);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &AllocationPanel::showFront);
    connect(m_budget, &QComboBox::currentIndexChanged, this, &AllocationPanel::showFront);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &AllocationPanel::showFront);
    connect(m_plot, &ScatterPlot::pointPicked, this,
            [this](qsizetype point) { m_table->setCurrentIndex(m_model->index(static_cast<int>(point), 0)); });
    showUnit();
    updateButtons();
}

void AllocationPanel::build()
{
    m_budget = new QComboBox(this);
    m_budget->setObjectName(QStringLiteral("allocationBudget"));
    m_budget->addItem(tr("Size"), static_cast<int>(Budget::SizeChange));
    m_budget->addItem(tr("PSNR to FP32"), static_cast<int>(Budget::Loss));
    m_budget->addItem(tr("Time"), static_cast<int>(Budget::Time));
    m_budget->setAccessibleName(tr("What is limited"));
    m_budget->setToolTip(
        tr("Size: the least loss in a file so much smaller than FP32. PSNR: the smallest file that comes so "
           "near. Time: the least loss in so much time for 128 × 128 pixels."));
    m_amount = new QDoubleSpinBox(this);
    m_amount->setObjectName(QStringLiteral("allocationAmount"));
    m_amount->setDecimals(1);
    m_amount->setAccessibleName(tr("Limit"));
    const auto widths = [this](const QList<int> &choices, const char *name, const QString &what) {
        auto *made = new WidthsEdit(choices, this);
        made->setObjectName(QLatin1String(name));
        made->setPlaceholderText(tr("any"));
        made->setAccessibleName(what);
        made->setToolTip(tr("%1, like 8, 6, 4; none: all that are sensible").arg(what));
        return made;
    };
    m_weights = widths(integerWidths(quant::kWeightBitChoices), "allocationWeights",
                       tr("Bit-widths of weights to choose from"));
    m_activations = widths(integerWidths(quant::kActivationBitChoices), "allocationActivations",
                           tr("Bit-widths of activations to choose from"));
    auto *weightsLabel = new QLabel(tr("W"), this);
    auto *activationsLabel = new QLabel(tr("A"), this);
    weightsLabel->setBuddy(m_weights);
    activationsLabel->setBuddy(m_activations);
    const auto button = [this](const QString &text, const char *name, const QString &help) {
        auto *made = new QPushButton(text, this);
        made->setObjectName(QLatin1String(name));
        made->setToolTip(help);
        made->setAutoDefault(false);
        return made;
    };
    m_start = button(tr("Find plans"), "allocationStart", tr("Choose the bits of every layer, and measure"));
    m_cancel = button(tr("Cancel"), "allocationCancel", tr("Stop; the plans that were found stay"));
    m_apply = button(tr("Apply"), "allocationApply", tr("Use the selected plan; undo brings back the present one"));
    m_progress = new QProgressBar(this);
    m_progress->setObjectName(QStringLiteral("allocationProgress"));
    m_progress->setRange(0, kProgressSteps);
    m_progress->setTextVisible(false);
    QSizePolicy keepsItsPlace = m_progress->sizePolicy();
    keepsItsPlace.setRetainSizeWhenHidden(true);
    m_progress->setSizePolicy(keepsItsPlace);
    m_progress->hide(); // until there is something to show
    m_progress->setAccessibleName(tr("Progress of the search"));
    m_remaining = new QLabel(this);
    m_remaining->setObjectName(QStringLiteral("allocationRemaining"));
    m_remaining->setFont(textFont(TextSize::Small));
    m_message = new QLabel(this);
    m_message->setObjectName(QStringLiteral("allocationMessage"));
    m_message->setFont(textFont(TextSize::Small));
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    for (QWidget *widget : std::initializer_list<QWidget *>{
             m_budget, m_amount, weightsLabel, m_weights, activationsLabel, m_activations, m_start, m_cancel, m_apply})
        row->addWidget(widget);
    row->addWidget(m_progress, 1);
    row->addWidget(m_remaining);
    row->addWidget(m_message, 2);

    m_table = new QTableView(this);
    m_table->setObjectName(QStringLiteral("allocationPlans"));
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Plans that were found"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->setFont(numberFont(TextSize::Body));
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(kRowHeight);
    m_table->verticalHeader()->setMinimumSectionSize(kRowHeight);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_plot = new ScatterPlot(this);
    m_plot->setObjectName(QStringLiteral("allocationFront"));
    m_plot->setAccessibleName(tr("Front of the plans that were found"));
    auto *lower = new QHBoxLayout;
    lower->setSpacing(2 * kGrid);
    lower->addWidget(m_table, 3);
    lower->addWidget(m_plot, 2);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    column->setSpacing(kGrid);
    column->addLayout(row);
    column->addLayout(lower, 1);
}

AllocationPanel::Budget AllocationPanel::budget() const { return static_cast<Budget>(m_budget->currentData().toInt()); }

double AllocationPanel::amount() const { return m_amount->value(); }

void AllocationPanel::setBudget(Budget budget, double amount)
{
    m_budget->setCurrentIndex(m_budget->findData(static_cast<int>(budget)));
    m_amount->setValue(amount);
}

QList<int> AllocationPanel::weightBits() const { return m_weights->widths(); }

QList<int> AllocationPanel::activationBits() const { return m_activations->widths(); }

QSize AllocationPanel::sizeHint() const { return {100 * kGrid, 28 * kGrid}; }

void AllocationPanel::setReady(bool ready, const QString &reason)
{
    m_ready = ready;
    if (!reason.isEmpty() || !ready)
        m_message->setText(reason);
    updateButtons();
}

void AllocationPanel::setRunning(bool running)
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

void AllocationPanel::setProgress(double fraction, const QString &what)
{
    m_progress->setValue(static_cast<int>(fraction * kProgressSteps));
    m_remaining->setText(m_time.text(fraction));
    m_message->setText(what);
}

void AllocationPanel::setMessage(const QString &text) { m_message->setText(text); }

void AllocationPanel::showUnit()
{
    const Unit unit = unitOf(budget());
    m_amount->setRange(unit.lowest, unit.highest);
    m_amount->setSuffix(QLatin1String(unit.suffix));
    m_amount->setValue(unit.first);
}

void AllocationPanel::showFront()
{
    const bool byTime = budget() == Budget::Time;
    QList<ScatterPlot::Point> points;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const AllocationModel::Plan &plan = m_model->planAt(row);
        ScatterPlot::Point point;
        point.x = byTime ? 1e3 * plan.seconds.value_or(0.0) : static_cast<double>(plan.bytes) / 1e6;
        point.y = plan.decibels.value_or(kIdenticalDecibels);
        point.name = m_model->index(row, AllocationModel::KindColumn).data().toString();
        QStringList detail;
        for (const auto column :
             {AllocationModel::SizeColumn, AllocationModel::TimeColumn, AllocationModel::LossColumn})
            detail << m_model->index(row, column).data().toString();
        point.detail = detail.join(QLatin1Char('\n'));
        point.current = m_table->currentIndex().row() == row;
        point.onFront =
            plan.kind == (byTime ? AllocationModel::Plan::Kind::ByTime : AllocationModel::Plan::Kind::BySize);
        points << point;
    }
    m_plot->setLabels(byTime ? tr("time of 128 × 128 in ms") : tr("size in MB"), tr("PSNR to FP32 in dB"));
    m_plot->setPoints(points);
}

void AllocationPanel::updateButtons()
{
    m_budget->setEnabled(!m_running);
    m_amount->setEnabled(!m_running);
    m_weights->setEnabled(!m_running);
    m_activations->setEnabled(!m_running);
    m_start->setEnabled(m_ready && !m_running && m_weights->isValid() && m_activations->isValid());
    m_cancel->setEnabled(m_running);
    m_apply->setEnabled(m_table->currentIndex().isValid());
}

} // namespace bitlens::ui
