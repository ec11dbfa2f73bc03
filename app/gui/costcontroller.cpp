// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/costcontroller.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/session.h"
#include "ui/bitplanpanel.h"
#include "ui/messagebar.h"
#include "ui/readoutspanel.h"
#include "ui/statuspanel.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitlens::app {

namespace {

constexpr int kRuns = 5;
/// Both sides of one round take about a second or less on two older cores.
constexpr double kMostMacs = 7.5e10;
constexpr int kSmallestSide = 32;
constexpr int kLargestSide = 128;
constexpr int kSideStep = 16;

image::Size measuredSize(const model::Generator &generator)
{
    const int side = static_cast<int>(std::sqrt(kMostMacs / std::max(1.0, generator.macsPerInputPixel())));
    const int rounded = std::clamp(side / kSideStep * kSideStep, kSmallestSide, kLargestSide);
    return {rounded, rounded};
}

/// "body/block3" counts as "body".
QString stageGroup(const model::Generator &generator, std::size_t layer)
{
    const QString path = QString::fromStdString(generator.layers[layer].path);
    return path.section(QLatin1Char('/'), 0, 0);
}

ui::Latency::Side latencyOf(const compare::BenchmarkSide &side)
{
    return {side.median(), side.minimum(), side.maximum()};
}

} // namespace

CostController::CostController(const Parts &parts, QObject *parent)
    : QObject(parent), m_parts(parts), m_measurement(new CurrentRequest(parts.engine, this))
{
    connect(parts.comparisons, &CompareController::started, this, &CostController::cancel);
    connect(parts.session, &Session::resultChanged, this, &CostController::takeResult);
    connect(parts.readouts, &ui::ReadoutsPanel::measureRequested, this, &CostController::measure);
    connect(parts.readouts, &ui::ReadoutsPanel::measureCancelled, this, &CostController::cancel);
    connect(parts.readouts, &ui::ReadoutsPanel::stageClicked, parts.plan, &ui::BitPlanPanel::selectPath);

    connect(m_measurement, &CurrentRequest::failed, this, [this](const Failure &failure) {
        m_parts.messages->postError(tr("The latency could not be measured: %1").arg(failure.message()));
    });
    connect(m_measurement, &CurrentRequest::ended, this, [this] {
        m_parts.readouts->setMeasuring(false);
        if (!m_parts.comparisons->isBusy())
            m_parts.status->setIdle();
    });
    connect(m_measurement, &CurrentRequest::progressed, this, [this](double fraction, const QString &what) {
        if (!m_parts.comparisons->isBusy())
            m_parts.status->setProgress(fraction, tr("Measuring latency, %1").arg(what));
    });
}

void CostController::takeResult()
{
    const auto &result = m_parts.session->result();
    const quant::QuantizedModelPtr model = result ? result->model : nullptr;
    if (model == m_model)
        return;
    const bool isOfSameGenerator = model && m_measured && model->generator == m_measured->generator;
    m_model = model;
    if (!isOfSameGenerator) {
        m_benchmark.reset();
        m_measured = nullptr;
        m_parts.readouts->setLatency({});
    }
    // An earlier plan's numbers stay, dimmed, until it is measured again; back at that plan they are its own.
    m_parts.readouts->setLatencyStale(m_measured && m_measured != m_model);
    showCosts();
}

void CostController::showCosts()
{
    std::vector<ui::LayerDetail> details;
    QList<ui::ReadoutsPanel::StageShare> shares;
    const auto &result = m_parts.session->result();
    if (m_model && result) {
        const model::Generator &generator = *m_model->generator;
        double bytes = 0.0;
        double seconds = 0.0;
        for (std::size_t i = 0; i < generator.layers.size(); ++i) {
            ui::LayerDetail detail;
            detail.bytes = quant::packedLayerBytes(*m_model, i);
            bytes += static_cast<double>(detail.bytes);
            if (i < result->kernels.size()) {
                detail.kernel = QString::fromStdString(result->kernels[i].kernel);
                detail.arithmetic = result->kernels[i].integer      ? ui::LayerDetail::Arithmetic::Integer
                                    : m_model->plan.at(i).isFloat() ? ui::LayerDetail::Arithmetic::Float
                                                                    : ui::LayerDetail::Arithmetic::Simulated;
            }
            double measured = 0.0;
            if (m_benchmark && i < m_benchmark->layers.size()) {
                measured = m_benchmark->layers[i].seconds;
                if (m_measured == m_model) {
                    detail.seconds = measured;
                    detail.kernel = QString::fromStdString(m_benchmark->layers[i].kernel);
                    seconds += measured;
                }
            }
            const QString group = stageGroup(generator, i);
            if (shares.isEmpty() || shares.last().name != group)
                shares.append({group, 0, 0.0});
            shares.last().bytes += detail.bytes;
            shares.last().seconds += measured;
            details.push_back(detail);
        }
        for (ui::LayerDetail &detail : details) {
            detail.sizeShare = bytes > 0.0 ? static_cast<double>(detail.bytes) / bytes : 0.0;
            detail.timeShare = seconds > 0.0 ? detail.seconds / seconds : 0.0;
        }
    }
    m_parts.plan->setLayerDetails(details);
    m_parts.readouts->setStageShares(shares);
}

void CostController::measure()
{
    const auto &result = m_parts.session->result();
    if (!result || !result->model || m_measurement->isOpen() || m_parts.comparisons->isBusy())
        return;
    compare::BenchmarkRequest request;
    request.generator = result->model->generator;
    request.plan = result->model->plan;
    request.planName = result->report.plan;
    request.packed = result->model; // with the ranges that the picture was made with
    request.size = measuredSize(*request.generator);
    request.runs = kRuns;
    request.layers = true;
    EngineTask task;
    task.topic = QStringLiteral("latency");
    task.work = [this, request](TaskContext &context, const base::Job &job) -> RequestQueue::Delivery {
        const compare::Benchmark benchmark = compare::benchmark(request, context.pool, job);
        return [this, benchmark, model = request.packed] {
            if (model != m_model)
                return;
            m_benchmark = benchmark;
            m_measured = model;
            m_parts.readouts->setLatency(ui::Latency{latencyOf(benchmark.fp32), latencyOf(benchmark.quantized),
                                                     static_cast<int>(benchmark.fp32.seconds.size()),
                                                     QSize(benchmark.size.width, benchmark.size.height)});
            showCosts();
            emit measured();
        };
    };
    m_measurement->start(std::move(task));
    m_parts.readouts->setMeasuring(true);
}

} // namespace bitlens::app
