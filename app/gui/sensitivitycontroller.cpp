// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/sensitivitycontroller.h"

#include "app/gui/filecontroller.h"
#include "app/gui/session.h"
#include "engine/base/file.h"
#include "engine/compare/allocationanalysis.h"
#include "engine/compare/sensitivityanalysis.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/score/mamodelstore.h"
#include "engine/search/probepictures.h"
#include "ui/bitplanmodel.h"
#include "ui/bitplanpanel.h"
#include "ui/messagebar.h"

#include <QFileDialog>
#include <QFileInfo>

#include <filesystem>
#include <limits>

namespace bitlens::app {

using Kind = ui::SensitivityPanel::Kind;

namespace {

/// Share of progress until pictures and ranges are there.
constexpr double kSettingShare = 0.1;
/// Share of an allocation's progress until it knows what each width costs each layer.
constexpr double kFoundShare = 0.4;
/// A PSNR that stands for "nothing differs".
constexpr double kIdentical = 200.0;

/// One file per model, pictures and ranges: results of other conditions never meet. Empty where there is no place for
/// it: results are then found anew.
std::string keptFile(const search::Conditions &conditions)
{
    try {
        const std::string folder = base::userDataFolder() + "/sensitivity";
        std::error_code ignored;
        std::filesystem::create_directories(folder, ignored);
        return folder + '/' + conditions.model.substr(0, 16) + conditions.pictures.substr(0, 16)
               + conditions.calibration.substr(0, 16) + ".json";
    } catch (const base::Error &) {
        return {};
    }
}

/// Weights and activations apart at each width that they have.
std::vector<quant::LayerBits> bitsOf(const QList<int> &widths)
{
    std::vector<quant::LayerBits> bits;
    for (const int width : widths) {
        if (quant::isActivationBits(width))
            bits.push_back({quant::kFloatBits, width});
        if (quant::isWeightBits(width))
            bits.push_back({width, quant::kFloatBits});
    }
    return bits;
}

/// What an allocation chooses by: what was found already, if it is whole and of these conditions, else the estimate
/// that is kept in the user's folder, gone on with where it is not.
search::SensitivityReport sensitivitiesFor(const compare::AnalysisSetting &setting,
                                           const search::SensitivityReport &known, const TaskContext &context,
                                           const base::Job &job)
{
    const search::SensitivityReport empty = compare::emptyReport(setting);
    if (known.conditions == empty.conditions && search::coversAllWidths(known))
        return known;
    compare::SensitivityRequest request;
    request.setting = setting;
    request.method = search::Method::Estimated;
    request.resumeFile = keptFile(empty.conditions);
    request.filePurpose = search::SensitivityFile::Purpose::Cache;
    return compare::analyseSensitivity(request, context.pool, job);
}

} // namespace

/// What an analysis is about, as the session was when it was asked for.
struct SensitivityController::Subject {
    model::GeneratorPtr generator;
    image::Image picture;
    std::shared_ptr<const quant::Calibration> calibration;

    compare::AnalysisSetting setting(const TaskContext &context, const base::Job &job, bool forNiqe = false) const
    {
        const auto shape = forNiqe ? std::optional(search::suitableShapeForNiqe(*generator)) : std::nullopt;
        return compare::makeAnalysisSetting(generator, {picture}, calibration, shape, context.pool, job,
                                            context.comparison.calibrationStore());
    }
};

SensitivityController::SensitivityController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    connect(parts.panel, &ui::SensitivityPanel::startRequested, this, &SensitivityController::start);
    connect(parts.panel, &ui::SensitivityPanel::cancelRequested, this, [this] { m_parts.engine->cancel(m_request); });
    connect(parts.panel, &ui::SensitivityPanel::exportRequested, this, &SensitivityController::showSaveDialog);
    connect(parts.panel, &ui::SensitivityPanel::layerChosen, parts.plan, &ui::BitPlanPanel::selectLayer);
    connect(parts.plan, &ui::BitPlanPanel::layerSelected, parts.panel, &ui::SensitivityPanel::selectLayer);
    connect(parts.allocation, &ui::AllocationPanel::startRequested, this, &SensitivityController::startAllocation);
    connect(parts.allocation, &ui::AllocationPanel::cancelRequested, this,
            [this] { m_parts.engine->cancel(m_allocationRequest); });
    connect(parts.allocation, &ui::AllocationPanel::applyRequested, this, &SensitivityController::applyPlan);
    connect(parts.session, &Session::modelChanged, this, &SensitivityController::forgetResults);
    connect(parts.session, &Session::inputChanged, this, &SensitivityController::forgetResults);

    const EngineThread *engine = parts.engine;
    connect(engine, &EngineThread::progressed, this, [this](RequestId id, double fraction, const QString &what) {
        if (id == 0)
            return;
        if (id == m_request)
            m_parts.panel->setProgress(fraction, what);
        else if (id == m_allocationRequest)
            m_parts.allocation->setProgress(fraction, what);
    });
    connect(engine, &EngineThread::requestFinished, this, [this](RequestId id) { takeEnd(id, tr("Done.")); });
    connect(engine, &EngineThread::requestCancelled, this,
            [this](RequestId id) { takeEnd(id, tr("Cancelled. What was found stays.")); });
    connect(engine, &EngineThread::requestFailed, this, [this](RequestId id, const Failure &failure) {
        if (id != 0 && (id == m_request || id == m_allocationRequest))
            m_parts.messages->postError(tr("The analysis failed: %1").arg(failure.message()));
        takeEnd(id, failure.message());
    });
    forgetResults();
}

std::shared_ptr<const SensitivityController::Subject> SensitivityController::subject() const
{
    const Session *session = m_parts.session;
    auto made = std::make_shared<Subject>();
    made->generator = session->model().generator;
    made->picture = session->input().picture;
    return made;
}

void SensitivityController::forgetResults()
{
    if (m_request != 0)
        m_parts.engine->cancel(m_request);
    if (m_allocationRequest != 0)
        m_parts.engine->cancel(m_allocationRequest);
    m_report = {};
    m_report.generator = m_parts.session->model().generator;
    m_parts.panel->setGenerator(m_report.generator);
    m_parts.plan->model()->setSeverities({});
    m_parts.allocation->model()->clear();
    m_parts.allocation->setMessage({});
    updateReady();
}

void SensitivityController::updateReady()
{
    const Session *session = m_parts.session;
    QString missing;
    if (!session->hasModel())
        missing = tr("Open a model first.");
    else if (session->model().generator->storage == model::WeightStorage::Quantized)
        missing = tr("This file is quantized already: open the FP32 model it was made of.");
    else if (!session->hasInput())
        missing = tr("Open a picture to analyse on.");
    m_parts.panel->setReady(missing.isEmpty(), missing);
    m_parts.allocation->setReady(missing.isEmpty(), missing);
}

void SensitivityController::start(Kind kind)
{
    if (m_request != 0 || !m_parts.session->hasModel() || !m_parts.session->hasInput())
        return;
    EngineTask task;
    task.lane = Lane::Analysis;
    task.file = m_parts.session->input().path;
    const bool niqe = kind != Kind::Estimate && m_parts.panel->isNiqeWanted();
    task.work = [this, kind, niqe,
                 bits = kind == Kind::MeasureStages ? std::vector{m_parts.panel->stageBits()}
                                                    : bitsOf(m_parts.panel->widths()),
                 subject = subject()](TaskContext &context, const base::Job &job) -> RequestQueue::Delivery {
        compare::SensitivityRequest request;
        request.setting = subject->setting(context, job.part(0.0, kSettingShare), niqe);
        request.niqe = niqe;
        if (niqe)
            request.maModel = score::loadMaModel({}, {job.cancel, {}});
        request.method = kind == Kind::Estimate ? search::Method::Estimated : search::Method::Measured;
        request.byStage = kind == Kind::MeasureStages;
        request.bits = bits;
        const search::SensitivityReport conditions = compare::emptyReport(request.setting);
        request.resumeFile = keptFile(conditions.conditions);
        request.filePurpose = search::SensitivityFile::Purpose::Cache;
        context.publish([this, conditions] { takeConditions(conditions); });
        // An estimate gives all of its values at once, after each picture: they travel together.
        const std::size_t together = kind == Kind::Estimate ? subject->generator->layers.size() * 20 : 1;
        QList<search::Sensitivity> waiting;
        const search::SensitivityReport report = compare::analyseSensitivity(
            request, context.pool, job.part(kSettingShare, 1.0), [&](const search::Sensitivity &found) {
                waiting << found;
                if (static_cast<std::size_t>(waiting.size()) < together)
                    return;
                context.publish([this, found = waiting] { take(found); });
                waiting.clear();
            });
        return [this, report] { take(QList<search::Sensitivity>(report.entries.begin(), report.entries.end())); };
    };
    m_request = m_parts.engine->requestTask(std::move(task));
    m_parts.panel->setRunning(true);
}

void SensitivityController::takeConditions(const search::SensitivityReport &report)
{
    const bool isOther = !(m_report.conditions == report.conditions) && !m_report.entries.empty();
    if (isOther) {
        m_report.entries.clear();
        m_parts.panel->setGenerator(m_report.generator);
        m_parts.plan->model()->setSeverities({});
    }
    m_report.conditions = report.conditions;
    m_report.calibration = report.calibration;
    m_report.pictures = report.pictures;
    m_report.side = report.side;
}

void SensitivityController::keep(const search::Sensitivity &entry)
{
    if (const search::Sensitivity *older = m_report.find(entry.target, entry.bits, entry.method))
        m_report.entries[static_cast<std::size_t>(older - m_report.entries.data())] = entry;
    else
        m_report.entries.push_back(entry);
}

void SensitivityController::take(const QList<search::Sensitivity> &found)
{
    // Many at once are an estimate's: those of before go in one sweep instead of being looked for one by one.
    if (found.size() > 1 && found.front().method == search::Method::Estimated) {
        std::erase_if(m_report.entries,
                      [](const search::Sensitivity &entry) { return entry.method == search::Method::Estimated; });
        m_report.entries.insert(m_report.entries.end(), found.begin(), found.end());
    } else {
        for (const search::Sensitivity &entry : found)
            keep(entry);
    }
    QList<ui::SensitivityModel::Value> values;
    for (const search::Sensitivity &entry : found) {
        const double decibels = entry.psnrFp32().value_or(kIdentical);
        if (entry.target.isStage())
            m_parts.panel->addStage(entry.target.stage, entry.bits, decibels, entry.niqeChange, entry.piChange);
        else
            values.append({entry.target.layer, entry.bits, decibels, entry.method == search::Method::Measured,
                           entry.niqeChange, entry.piChange});
    }
    if (values.isEmpty())
        return;
    m_parts.panel->addValues(values);
    showOnSliders();
}

/// The tracks of the bit plan's sliders say how much 8 bits would hurt.
void SensitivityController::showOnSliders()
{
    const ui::SensitivityModel *known = m_parts.panel->model();
    const auto severity = [known](int layer, quant::LayerBits bits) {
        const auto decibels = known->decibels(layer, bits);
        return decibels ? ui::SensitivityModel::severityOf(*decibels) : std::numeric_limits<double>::quiet_NaN();
    };
    QList<ui::BitPlanModel::Severity> severities;
    for (int layer = 0; layer < known->rowCount(); ++layer)
        severities.append({severity(layer, {8, quant::kFloatBits}), severity(layer, {quant::kFloatBits, 8})});
    m_parts.plan->model()->setSeverities(severities);
}

void SensitivityController::startAllocation(ui::AllocationPanel::Budget budget, double amount)
{
    if (m_allocationRequest != 0 || !m_parts.session->hasModel() || !m_parts.session->hasInput())
        return;
    m_parts.allocation->model()->clear();
    EngineTask task;
    task.lane = Lane::Analysis;
    task.file = m_parts.session->input().path;
    task.work = [this, budget, amount, known = m_report, weights = m_parts.allocation->weightBits(),
                 activations = m_parts.allocation->activationBits(),
                 subject = subject()](TaskContext &context, const base::Job &job) -> RequestQueue::Delivery {
        compare::BitAllocationRequest request;
        request.setting = subject->setting(context, job.part(0.0, kSettingShare));
        request.weightBits.assign(weights.begin(), weights.end());
        request.activationBits.assign(activations.begin(), activations.end());
        request.sensitivities = sensitivitiesFor(request.setting, known, context, job.part(kSettingShare, kFoundShare));
        const std::size_t floatBytes = quant::floatBytes(*subject->generator);
        if (budget == ui::AllocationPanel::Budget::SizeChange)
            request.budget.bytes = static_cast<std::size_t>((1.0 + amount / 100.0) * static_cast<double>(floatBytes));
        else if (budget == ui::AllocationPanel::Budget::Loss)
            request.budget.psnrFp32 = amount;
        else
            request.budget.seconds = amount / 1000.0;
        compare::allocatePlan(request, context.pool, job.part(kFoundShare, 1.0),
                              [&](const search::AllocatedPlan &found) {
                                  using Role = search::AllocatedPlan::Role;
                                  ui::AllocationModel::Plan plan;
                                  plan.plan = found.plan;
                                  plan.kind = found.role == Role::Bytes     ? ui::AllocationModel::Plan::Kind::BySize
                                              : found.role == Role::Seconds ? ui::AllocationModel::Plan::Kind::ByTime
                                                                            : ui::AllocationModel::Plan::Kind::Chosen;
                                  plan.bytes = found.bytes;
                                  plan.floatBytes = floatBytes;
                                  plan.seconds = found.seconds;
                                  plan.decibels = found.psnrFp32();
                                  plan.rules = QString::fromStdString(found.plan.toRules(*subject->generator));
                                  context.publish([this, plan] { takePlan(plan); });
                              });
        return {};
    };
    m_allocationRequest = m_parts.engine->requestTask(std::move(task));
    m_parts.allocation->setRunning(true);
}

void SensitivityController::takePlan(const ui::AllocationModel::Plan &plan) { m_parts.allocation->model()->add(plan); }

void SensitivityController::takeEnd(RequestId id, const QString &how)
{
    if (id == 0)
        return;
    if (id == m_request) {
        m_request = 0;
        m_parts.panel->setRunning(false);
        m_parts.panel->setMessage(how);
        updateReady();
    } else if (id == m_allocationRequest) {
        m_allocationRequest = 0;
        m_parts.allocation->setRunning(false);
        m_parts.allocation->setMessage(how);
        updateReady();
    }
}

void SensitivityController::cancel()
{
    if (m_request != 0)
        m_parts.engine->cancel(m_request);
    if (m_allocationRequest != 0)
        m_parts.engine->cancel(m_allocationRequest);
}

void SensitivityController::applyPlan(int row)
{
    const ui::AllocationModel *plans = m_parts.allocation->model();
    if (row >= 0 && row < plans->rowCount() && m_parts.session->hasModel()
        && plans->planAt(row).plan.size() == m_parts.session->plan().size())
        m_parts.session->editPlan(plans->planAt(row).plan, tr("allocated plan"));
}

void SensitivityController::showSaveDialog()
{
    auto *dialog =
        new QFileDialog(m_parts.window, tr("Export sensitivities"),
                        QStringLiteral("%1/%2-sensitivity.json")
                            .arg(m_parts.files->folder(), QFileInfo(m_parts.session->model().name).completeBaseName()),
                        tr("JSON (*.json);;CSV (*.csv)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("json"));
    connect(dialog, &QFileDialog::fileSelected, this, &SensitivityController::save);
    dialog->open();
}

void SensitivityController::save(const QString &path)
{
    if (!m_report.generator || m_report.entries.empty())
        return;
    EngineTask task;
    task.lane = Lane::Files;
    task.writes = true;
    task.file = path;
    task.work = [this, path, report = m_report](TaskContext &, const base::Job &) -> RequestQueue::Delivery {
        const bool isCsv = path.endsWith(QStringLiteral(".csv"), Qt::CaseInsensitive);
        base::writeFileAtomically(path.toStdString(), isCsv ? report.toCsv() : report.toJson());
        return [this, path] { m_parts.messages->postInfo(tr("Saved %1").arg(path)); };
    };
    const RequestId id = m_parts.engine->requestTask(std::move(task));
    connect(m_parts.engine, &EngineThread::requestFailed, this, [this, id](RequestId failed, const Failure &failure) {
        if (failed == id)
            m_parts.messages->postError(tr("Not saved: %1").arg(failure.message()));
    });
}

} // namespace bitlens::app
