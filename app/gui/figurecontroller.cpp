// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/figurecontroller.h"

#include "app/figure/figurefile.h"
#include "app/gui/figureplans.h"
#include "app/gui/filecontroller.h"
#include "app/gui/session.h"
#include "ui/figure/figurepainter.h"
#include "ui/figuredialog.h"
#include "ui/messagebar.h"
#include "ui/views/compareview.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QSettings>

#include <algorithm>
#include <optional>
#include <utility>

namespace bitlens::app {

namespace {

/// Previews wider than this are made smaller before they go to the dialog.
constexpr int kWidestPreview = 4000;
/// The plans of the figure in the settings.
constexpr const char *kPlans = "figure/plans";

} // namespace

/// Draws one source again and again; keeps what it computed. Used on the thread of the saves only, after construction.
class FigureController::Drawer {
public:
    explicit Drawer(figure::Source source) : m_source(std::move(source)) {}

    ui::FigureContent content(const ui::FigureSettings &settings)
    {
        if (!m_maker)
            m_maker.emplace(std::move(m_source));
        return m_maker->content(settings);
    }

    ui::FigureDrawing draw(const ui::FigureSettings &settings, const base::Job &job)
    {
        const ui::FigureContent shown = content(settings);
        job.cancel.throwIfCancelled();
        ui::FigureDrawing drawing;
        drawing.layout = ui::layoutFigure(shown, settings);
        drawing.picture = shown.pictures.front().image.size();
        drawing.regions = shown.regions;
        drawing.image = ui::figureImage(shown, drawing.layout);
        job.cancel.throwIfCancelled();
        if (drawing.image.width() > kWidestPreview)
            drawing.image = drawing.image.scaledToWidth(kWidestPreview, Qt::SmoothTransformation);
        return drawing;
    }

private:
    figure::Source m_source;
    std::optional<figure::Maker> m_maker;
};

FigureController::FigureController(const Parts &parts, QObject *parent)
    : QObject(parent),
      m_parts(parts),
      m_plans(new FigurePlans({parts.session, parts.engine, parts.comparisons, parts.scores}, this))
{
    if (parts.settings) {
        m_settings = loadFigureSettings(*parts.settings);
        m_plans->setArguments(parts.settings->value(QLatin1String(kPlans)).toStringList());
    }
    connect(m_plans, &FigurePlans::changed, this, &FigureController::showPlans);
    connect(m_plans, &FigurePlans::picturesChanged, this, &FigureController::takeResult);
    connect(m_plans, &FigurePlans::argumentsChanged, this, &FigureController::remember);
    connect(parts.session, &Session::resultChanged, this, &FigureController::takeResult);
    connect(parts.session, &Session::referenceChanged, this, &FigureController::takeResult);
    connect(parts.session, &Session::inputChanged, this, &FigureController::dropRegions);
    connect(parts.session, &Session::modelChanged, this, &FigureController::dropRegions);
    connect(parts.engine, &EngineThread::progressed, this, [this](RequestId id, double fraction) {
        if (id == m_writing && m_dialog)
            m_dialog->setProgress(std::max(0.0, fraction));
    });
    connect(parts.engine, &EngineThread::requestFinished, this,
            [this](RequestId id) { takeEnd(id, tr("Written: %1").arg(QDir::toNativeSeparators(m_path))); });
    connect(parts.engine, &EngineThread::requestCancelled, this,
            [this](RequestId id) { takeEnd(id, tr("Cancelled; nothing was written")); });
    connect(parts.engine, &EngineThread::requestFailed, this, [this](RequestId id, const Failure &failure) {
        if (id == m_preview && m_dialog)
            m_dialog->setDrawingFailed(failure.message());
        if (id == m_writing)
            m_parts.messages->postError(failure.message());
        takeEnd(id, failure.message());
    });
}

FigureController::~FigureController() = default;

figure::Source FigureController::source() const
{
    const Session *session = m_parts.session;
    const compare::Result &result = *session->result();
    const std::optional<image::Image> reference =
        session->referenceFits() ? std::optional(session->reference().picture) : std::nullopt;
    const std::string rules = result.model ? result.model->plan.toRules(*result.model->generator) : std::string();
    figure::Source source = figure::sourceOf(session->input().picture, reference, result, rules);
    source.report.input = session->input().name.toStdString();
    if (source.plans.front().name == "custom")
        source.plans.front().name = rules;
    m_plans->addTo(&source);
    return source;
}

void FigureController::showDialog()
{
    if (!m_parts.session->result()) {
        m_parts.messages->postInfo(tr("A figure needs a result: open a picture and a model first"));
        return;
    }
    if (!m_dialog) {
        m_dialog = new ui::FigureDialog(m_settings, m_parts.window);
        m_dialog->setAttribute(Qt::WA_DeleteOnClose);
        connectDialog();
        takeResult();
    }
    m_dialog->show();
    m_dialog->raise();
    m_dialog->activateWindow();
}

void FigureController::connectDialog()
{
    const ui::FigureDialog *dialog = m_dialog;
    connect(dialog, &ui::FigureDialog::settingsChanged, this, [this](const ui::FigureSettings &settings) {
        m_settings = settings;
        remember();
        requestDrawing();
    });
    connect(dialog, &ui::FigureDialog::exportRequested, this, &FigureController::askForFile);
    connect(dialog, &ui::FigureDialog::cancelRequested, this, [this] {
        if (m_writing != 0)
            m_parts.engine->cancel(m_writing);
    });
    connect(dialog, &ui::FigureDialog::viewRequested, this, &FigureController::addView);
    connect(dialog, &ui::FigureDialog::keepPlanRequested, this, &FigureController::keepPlan);
    connect(dialog, &ui::FigureDialog::planAdded, m_plans, &FigurePlans::add);
    connect(dialog, &ui::FigureDialog::planRemoved, m_plans, &FigurePlans::remove);
    connect(dialog, &ui::FigureDialog::planMoved, m_plans, &FigurePlans::move);
    connect(dialog, &ui::FigureDialog::plansWanted, m_plans, &FigurePlans::computeMissing);
    connect(dialog, &ui::FigureDialog::plansCancelled, m_plans, &FigurePlans::cancel);
    connect(dialog, &QDialog::finished, m_plans, &FigurePlans::cancel);
}

void FigureController::takeResult()
{
    m_drawer.reset();
    if (!m_dialog)
        return;
    m_dialog->setReferenceAvailable(m_parts.session->referenceFits());
    showPlans();
    requestDrawing();
}

void FigureController::dropRegions()
{
    m_settings.regions.clear(); // they belong to another picture
    if (m_dialog)
        m_dialog->setSettings(m_settings);
}

void FigureController::showPlans()
{
    if (!m_dialog)
        return;
    m_dialog->setPlans(m_plans->rows());
    m_dialog->setPlanChoices(m_plans->choices());
}

void FigureController::requestDrawing()
{
    if (!m_dialog || !m_parts.session->result())
        return;
    if (!m_drawer)
        m_drawer = std::make_shared<Drawer>(source());
    EngineTask task;
    task.lane = Lane::Files;
    task.topic = QStringLiteral("figure preview");
    task.work = [drawer = m_drawer, settings = m_settings,
                 dialog = m_dialog](TaskContext &, const base::Job &job) -> RequestQueue::Delivery {
        ui::FigureDrawing drawing = drawer->draw(settings, job);
        return [dialog, drawing = std::move(drawing)] {
            if (dialog)
                dialog->setDrawing(drawing);
        };
    };
    m_preview = m_parts.engine->requestTask(std::move(task));
}

void FigureController::keepPlan()
{
    if (m_plans->keepShown() && m_dialog)
        m_dialog->setMessage(tr("This plan stays in the figure; choose another one in the window to see both"));
}

void FigureController::addView()
{
    const QRect chosen = m_parts.view->selectedRegion();
    const QRect seen = chosen.isEmpty() ? m_parts.view->visibleRegion() : chosen;
    const image::Size size = m_parts.session->outputSize();
    const image::Rect region =
        image::Rect{seen.x(), seen.y(), seen.width(), seen.height()}.intersected({0, 0, size.width, size.height});
    if (m_dialog)
        m_dialog->addRegion(region);
}

void FigureController::askForFile()
{
    auto *dialog = new QFileDialog(m_dialog, tr("Export the figure"), m_parts.files->folder());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    const QStringList suffixes{QStringLiteral("png"), QStringLiteral("pdf"), QStringLiteral("svg")};
    const QStringList filters{tr("PNG picture (*.png)"), tr("PDF, vector text (*.pdf)"),
                              tr("SVG, vector text (*.svg)")};
    dialog->setNameFilters(filters);
    dialog->setDefaultSuffix(suffixes.first());
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog, suffixes, filters](const QString &filter) {
        dialog->setDefaultSuffix(suffixes.value(static_cast<int>(filters.indexOf(filter)), suffixes.first()));
    });
    const QString stem = QFileInfo(m_parts.session->input().name).completeBaseName();
    dialog->selectFile(QStringLiteral("%1_figure").arg(stem.isEmpty() ? tr("picture") : stem));
    connect(dialog, &QFileDialog::fileSelected, this, &FigureController::writeTo);
    dialog->open();
}

void FigureController::writeTo(const QString &path)
{
    const Session *session = m_parts.session;
    if (!session->result() || m_writing != 0)
        return;
    m_parts.files->setFolder(QFileInfo(path).absolutePath());
    if (!m_drawer)
        m_drawer = std::make_shared<Drawer>(source());
    std::vector<std::string> inputs;
    for (const QString &input : {session->input().path, session->reference().path, session->model().argument})
        if (!input.isEmpty())
            inputs.push_back(input.toStdString());
    EngineTask task;
    task.lane = Lane::Files;
    task.writes = true;
    task.file = path;
    task.work = [drawer = m_drawer, settings = m_settings, path,
                 inputs](TaskContext &, const base::Job &job) -> RequestQueue::Delivery {
        figure::writeFigure(drawer->content(settings), settings, path.toStdString(), inputs, job);
        return [] {};
    };
    m_path = path;
    m_writing = m_parts.engine->requestTask(std::move(task));
    if (m_dialog) {
        m_dialog->setMessage({});
        m_dialog->setProgress(0.0);
    }
}

void FigureController::takeEnd(RequestId id, const QString &message)
{
    if (id != m_writing || id == 0)
        return;
    m_writing = 0;
    if (m_dialog) {
        m_dialog->setProgress(-1.0);
        m_dialog->setMessage(message);
    }
}

void FigureController::remember() const
{
    if (!m_parts.settings)
        return;
    saveFigureSettings(*m_parts.settings, m_settings);
    m_parts.settings->setValue(QLatin1String(kPlans), m_plans->arguments());
}

void saveFigureSettings(QSettings &store, const ui::FigureSettings &settings)
{
    QVariantList pictures;
    for (const ui::FigureColumn column : settings.pictures)
        pictures << static_cast<int>(column);
    store.beginGroup(QStringLiteral("figure"));
    store.setValue(QStringLiteral("pictures"), pictures);
    store.setValue(QStringLiteral("unit"), static_cast<int>(settings.unit));
    store.setValue(QStringLiteral("width"), settings.width);
    store.setValue(QStringLiteral("dpi"), settings.dpi);
    store.setValue(QStringLiteral("columns"), settings.columns);
    store.setValue(QStringLiteral("zoom"), settings.zoom);
    store.setValue(QStringLiteral("automaticRegions"), settings.automaticRegions);
    store.setValue(QStringLiteral("overview"), static_cast<int>(settings.overview));
    store.setValue(QStringLiteral("font"), settings.fontFamily);
    store.setValue(QStringLiteral("fontPoints"), settings.fontPoints);
    store.setValue(QStringLiteral("title"), settings.title);
    store.setValue(QStringLiteral("metrics"), settings.caption.metrics);
    store.setValue(QStringLiteral("plan"), settings.caption.plan);
    store.setValue(QStringLiteral("caption"), settings.caption.text);
    store.endGroup();
}

ui::FigureSettings loadFigureSettings(QSettings &store)
{
    ui::FigureSettings settings;
    store.beginGroup(QStringLiteral("figure"));
    const auto number = [&store](const char *name, auto usual, auto low, auto high) {
        bool valid = false;
        const double value = store.value(QLatin1String(name), usual).toDouble(&valid);
        return valid && value >= low && value <= high ? static_cast<decltype(usual)>(value) : usual;
    };
    const auto flag = [&store](const char *name, bool usual) {
        return store.value(QLatin1String(name), usual).toBool();
    };
    if (store.contains(QStringLiteral("pictures"))) {
        settings.pictures.clear();
        for (const QVariant &column : store.value(QStringLiteral("pictures")).toList())
            if (column.toInt() >= 0 && column.toInt() <= static_cast<int>(ui::FigureColumn::Difference))
                settings.pictures << static_cast<ui::FigureColumn>(column.toInt());
    }
    settings.unit = static_cast<ui::FigureUnit>(number("unit", static_cast<int>(settings.unit), 0, 1));
    const bool pixels = settings.unit == ui::FigureUnit::Pixels;
    settings.width = number("width", settings.width, pixels ? ui::kFewestFigurePixels : ui::kNarrowestFigure,
                            pixels ? ui::kMostFigurePixels : ui::kWidestFigure);
    settings.dpi = number("dpi", settings.dpi, ui::kLowestFigureDpi, ui::kHighestFigureDpi);
    settings.columns = number("columns", settings.columns, 0, 12);
    settings.zoom = number("zoom", settings.zoom, 0, 16);
    settings.automaticRegions = number("automaticRegions", settings.automaticRegions, 1, ui::kMostFigureRegions);
    settings.overview = static_cast<ui::FigureOverview>(number("overview", static_cast<int>(settings.overview), 0, 2));
    settings.fontFamily = store.value(QStringLiteral("font")).toString();
    settings.fontPoints = number("fontPoints", settings.fontPoints, 4.0, 36.0);
    settings.title = flag("title", settings.title);
    settings.caption = {flag("metrics", true), flag("plan", true), store.value(QStringLiteral("caption")).toString()};
    store.endGroup();
    return settings;
}

} // namespace bitlens::app
