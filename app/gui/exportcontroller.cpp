// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/exportcontroller.h"

#include "app/figure/figurefile.h"
#include "app/figure/recordedversions.h"
#include "app/gui/comparecontroller.h"
#include "app/gui/costcontroller.h"
#include "app/gui/figurecontroller.h"
#include "app/gui/filecontroller.h"
#include "app/gui/scorecontroller.h"
#include "app/gui/session.h"
#include "engine/base/file.h"
#include "engine/compare/bundle.h"
#include "engine/compare/reportcsv.h"
#include "engine/image/alpha.h"
#include "engine/image/animation.h"
#include "engine/image/codec.h"
#include "engine/image/colour.h"
#include "engine/image/pictureset.h"
#include "ui/actions.h"
#include "ui/imageconvert.h"
#include "ui/messagebar.h"
#include "ui/statuspanel.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"

#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QPainter>
#include <QRegularExpression>

#include <algorithm>
#include <optional>

namespace bitlens::app {

namespace {

using ui::ActionId;

constexpr int kFlipMilliseconds = 700;
/// The strip below a frame of the flip, in pixels of the picture.
constexpr int kLabelHeight = 28;
constexpr int kLabelSize = 15;
constexpr const char *kBundledFigure = "figure.pdf";

/// A crop as a frame: 8-bit colour, with its label in a strip below, so that no pixel is covered.
image::Image labelled(const image::Image &crop, const QString &label, const QColor &colour)
{
    const QImage picture =
        ui::toQImage(image::toColour(image::toEightBit(crop.hasAlpha() ? image::withoutAlpha(crop) : crop)));
    QImage frame(picture.width(), picture.height() + kLabelHeight, QImage::Format_RGB888);
    frame.fill(Qt::white);
    QPainter painter(&frame);
    painter.drawImage(0, 0, picture);
    QFont font(QStringLiteral("DejaVu Sans"));
    font.setPixelSize(kLabelSize);
    font.setBold(true);
    painter.setFont(font);
    painter.setPen(colour);
    painter.drawText(QRect(kLabelHeight / 4, picture.height(), picture.width(), kLabelHeight),
                     Qt::AlignLeft | Qt::AlignVCenter, label);
    painter.end();
    image::Image result({frame.width(), frame.height()}, 3);
    std::uint8_t *out = result.mutableBytes();
    for (int y = 0; y < frame.height(); ++y)
        std::copy_n(frame.constScanLine(y), result.bytesPerLine(), out + result.bytesPerLine() * y);
    return result;
}

/// A plan's name as a part of a file's name.
QString fileNamePart(const QString &name)
{
    QString part;
    for (const QChar letter : name)
        part += letter.isLetterOrNumber() || letter == '-' ? letter : QChar('_');
    constexpr int kLongest = 40;
    return part.left(kLongest);
}

} // namespace

ExportController::ExportController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    const auto onTrigger = [&](ActionId id, auto handler) {
        connect(parts.actions->action(id), &QAction::triggered, this, handler);
    };
    const QStringList pictures{tr("PNG picture (*.png)"), tr("All files (*)")};
    onTrigger(ActionId::ExportFigure, [this] { m_parts.figure->showDialog(); });
    onTrigger(ActionId::ExportView, [this, pictures] {
        ask(tr("Export the view"), QStringLiteral("_view.png"), pictures, true, &ExportController::exportView);
    });
    onTrigger(ActionId::ExportCrops, [this, pictures] {
        const QRect selected = m_parts.view->selectedRegion();
        const QString title = selected.isEmpty() ? tr("Export what is visible, pixel for pixel")
                                                 : tr("Export the selected region, pixel for pixel: %1 × %2 at %3, %4")
                                                       .arg(selected.width())
                                                       .arg(selected.height())
                                                       .arg(selected.x())
                                                       .arg(selected.y());
        ask(title, QStringLiteral("_crop.png"), pictures, false, &ExportController::exportCrops);
    });
    onTrigger(ActionId::ExportFlip, [this] {
        ask(tr("Export an animated flip"), QStringLiteral("_flip.png"), {tr("Animated PNG (*.png *.apng)")}, true,
            &ExportController::exportFlip);
    });
    onTrigger(ActionId::ExportNumbers, [this] {
        ask(tr("Export the numbers"), QStringLiteral("_numbers.csv"),
            {tr("Comma-separated values (*.csv)"), tr("JSON (*.json)")}, true, &ExportController::exportNumbers);
    });
    onTrigger(ActionId::ExportBundle, [this] {
        ask(tr("Export a bundle that can be replayed"), QStringLiteral("_bundle.zip"), {tr("Zip archive (*.zip)")},
            true, &ExportController::exportBundle);
    });
    connect(parts.engine, &EngineThread::progressed, this, [this](RequestId id, double fraction, const QString &what) {
        if (m_pending.contains(id) && !m_parts.comparisons->isBusy())
            m_parts.status->setProgress(fraction, what.left(1).toUpper() + what.mid(1));
    });
    connect(parts.engine, &EngineThread::requestFinished, this, [this](RequestId id) {
        if (m_pending.contains(id))
            m_parts.messages->postInfo(m_pending.value(id));
        takeEnd(id);
    });
    connect(parts.engine, &EngineThread::requestFailed, this, [this](RequestId id, const Failure &failure) {
        if (m_pending.contains(id))
            m_parts.messages->postError(failure.message());
        takeEnd(id);
    });
    connect(parts.engine, &EngineThread::requestCancelled, this, &ExportController::takeEnd);
    connect(parts.session, &Session::resultChanged, this, &ExportController::updateEnabled);
    connect(parts.session, &Session::inputChanged, this, &ExportController::updateEnabled);
    updateEnabled();
}

void ExportController::updateEnabled()
{
    const bool result = m_parts.session->result().has_value();
    for (const ActionId id : {ActionId::ExportFigure, ActionId::ExportCrops, ActionId::ExportFlip,
                              ActionId::ExportNumbers, ActionId::ExportBundle})
        m_parts.actions->action(id)->setEnabled(result);
    m_parts.actions->action(ActionId::ExportView)->setEnabled(m_parts.session->hasInput());
}

void ExportController::cancel()
{
    for (auto pending = m_pending.keyBegin(); pending != m_pending.keyEnd(); ++pending)
        m_parts.engine->cancel(*pending);
}

void ExportController::ask(const QString &title, const QString &ending, const QStringList &filters, bool confirm,
                           void (ExportController::*then)(const QString &))
{
    auto *dialog = new QFileDialog(m_parts.window, title, m_parts.files->folder());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters(filters);
    const QString suffix = QFileInfo(ending).suffix();
    dialog->setDefaultSuffix(suffix);
    dialog->setOption(QFileDialog::DontConfirmOverwrite, !confirm);
    // The name has no ending of its own, so that it gets that of the chosen kind of file.
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog, suffix](const QString &filter) {
        static const QRegularExpression kFirstPattern(QStringLiteral("\\*\\.(\\w+)"));
        const QRegularExpressionMatch match = kFirstPattern.match(filter);
        dialog->setDefaultSuffix(match.hasMatch() ? match.captured(1) : suffix);
    });
    const QString stem = QFileInfo(m_parts.session->input().name).completeBaseName();
    dialog->selectFile((stem.isEmpty() ? tr("picture") : stem) + QFileInfo(ending).completeBaseName());
    connect(dialog, &QFileDialog::fileSelected, this, [this, then](const QString &path) {
        m_parts.files->setFolder(QFileInfo(path).absolutePath());
        (this->*then)(path);
    });
    dialog->open();
}

image::Rect ExportController::chosenPart() const
{
    const QRect selected = m_parts.view->selectedRegion();
    const QRect seen = selected.isEmpty() ? m_parts.view->visibleRegion() : selected;
    const image::Size size = m_parts.session->outputSize();
    const image::Rect whole{0, 0, size.width, size.height};
    const image::Rect part = image::Rect{seen.x(), seen.y(), seen.width(), seen.height()}.intersected(whole);
    return part.isEmpty() ? whole : part;
}

std::vector<std::string> ExportController::inputs() const
{
    const Session *session = m_parts.session;
    std::vector<std::string> files;
    for (const QString &file : {session->input().path, session->reference().path, session->model().argument})
        if (!file.isEmpty())
            files.push_back(file.toStdString());
    return files;
}

void ExportController::run(const QString &path, const QString &done, Work work)
{
    runWithPool(path, done, [work = std::move(work)](const base::ThreadPool &, const base::Job &job) { work(job); });
}

void ExportController::runWithPool(const QString &path, const QString &done, PooledWork work)
{
    EngineTask task;
    task.lane = Lane::Files;
    task.background = true;
    task.writes = true;
    task.file = path;
    task.work = [work = std::move(work)](TaskContext &context, const base::Job &job) -> RequestQueue::Delivery {
        work(context.pool, job);
        return [] {};
    };
    m_pending.insert(m_parts.engine->requestTask(std::move(task)), done);
}

void ExportController::takeEnd(RequestId id)
{
    if (m_pending.remove(id) == 0 || !m_pending.isEmpty())
        return;
    if (!m_parts.comparisons->isBusy())
        m_parts.status->setIdle();
}

void ExportController::exportView(const QString &path)
{
    const QImage shown = m_parts.view->grab().toImage();
    run(path, tr("Saved %1").arg(QDir::toNativeSeparators(path)),
        [shown, path, untouchable = inputs()](const base::Job &) {
            image::writeImage(ui::fromQImage(shown.convertToFormat(QImage::Format_RGB888)), path.toStdString(),
                              untouchable);
        });
}

void ExportController::exportCrops(const QString &path)
{
    const Session *session = m_parts.session;
    if (!session->result())
        return;
    const compare::Result &result = *session->result();
    const QFileInfo file(path);
    const QString suffix = file.suffix().isEmpty() ? QStringLiteral("png") : file.suffix();
    QString plan = fileNamePart(QString::fromStdString(result.report.plan));
    if (plan.isEmpty() || plan == QLatin1String("fp32") || plan == QLatin1String("hr"))
        plan = QStringLiteral("quantized"); // the names of the others
    const image::Rect part = chosenPart();
    std::vector<image::NamedImage> pictures;
    const auto add = [&](const QString &kind, const image::Image &picture) {
        const QString name = QStringLiteral("%1_%2.%3").arg(file.completeBaseName(), kind, suffix);
        pictures.push_back({file.dir().filePath(name).toStdString(), picture});
    };
    add(QStringLiteral("fp32"), result.fp32);
    add(plan, result.quantized);
    if (session->referenceFits())
        add(QStringLiteral("hr"), session->reference().picture);
    const QString done = tr("Saved %1 crops of %2 × %3 pixels beside %4")
                             .arg(pictures.size())
                             .arg(part.width)
                             .arg(part.height)
                             .arg(QDir::toNativeSeparators(path));
    run(path, done, [pictures = std::move(pictures), part](const base::Job &job) mutable {
        for (image::NamedImage &each : pictures)
            each.picture = each.picture.cropped(part);
        image::writeImages(pictures, job);
    });
}

void ExportController::exportFlip(const QString &path)
{
    if (!m_parts.session->result())
        return;
    const compare::Result result = *m_parts.session->result();
    const image::Rect part = chosenPart();
    run(path, tr("Saved %1").arg(QDir::toNativeSeparators(path)),
        [result, part, path, untouchable = inputs()](const base::Job &job) {
            base::refuseInput(path.toStdString(), untouchable);
            job.report(0.0, "drawing the flip");
            const std::vector<image::Image> frames{
                labelled(result.fp32.cropped(part), QStringLiteral("FP32"), ui::kFp32Color),
                labelled(result.quantized.cropped(part), QString::fromStdString(result.report.plan),
                         ui::kQuantizedColor)};
            const std::vector<std::uint8_t> bytes = image::encodeAnimation(frames, kFlipMilliseconds);
            job.cancel.throwIfCancelled();
            base::writeFileAtomically(path.toStdString(), bytes);
        });
}

void ExportController::exportNumbers(const QString &path)
{
    if (!m_parts.session->result())
        return;
    const compare::Report report = m_parts.session->result()->report;
    const std::optional<compare::Benchmark> latency = m_parts.costs->benchmark();
    const quant::RangeChoices ranges = m_parts.session->result()->chosenRanges;
    const std::optional<compare::PictureScoreRequest> part = m_parts.scores->partRequest();
    runWithPool(path, tr("Saved %1").arg(QDir::toNativeSeparators(path)),
                [report, latency, ranges, part, path, untouchable = inputs()](const base::ThreadPool &pool,
                                                                              const base::Job &job) {
                    base::refuseInput(path.toStdString(), untouchable);
                    const bool json = path.endsWith(QLatin1String(".json"), Qt::CaseInsensitive);
                    const compare::Benchmark *measured = latency ? &*latency : nullptr;
                    std::optional<compare::RegionScores> region;
                    if (part)
                        region = compare::scoreRegion(*part, pool, job);
                    const compare::RegionScores *scored = region ? &*region : nullptr;
                    base::writeFileAtomically(path.toStdString(),
                                              json ? compare::numbersJson(report, measured, ranges, scored)
                                                   : compare::reportCsv(report, measured, scored));
                });
}

void ExportController::exportBundle(const QString &path)
{
    const Session *session = m_parts.session;
    if (!session->result() || !session->result()->model)
        return;
    const compare::Result result = *session->result();
    compare::Request request = m_parts.comparisons->requestFor(result.model->plan);
    request.planName = result.report.plan;
    compare::BundleOptions options;
    options.imagePath = session->input().path.toStdString();
    options.modelArgument = session->model().argument.toStdString();
    options.versions = figure::recordedVersions(m_parts.engine->threads());
    options.figureName = kBundledFigure;
    options.inputs = inputs();
    run(path, tr("Saved %1; “bitlens replay” makes it again").arg(QDir::toNativeSeparators(path)),
        [request, result, options, path, source = m_parts.figure->source(),
         settings = m_parts.figure->settings()](const base::Job &job) {
            compare::BundleOptions complete = options;
            job.report(0.0, "drawing the figure");
            figure::Maker maker(source);
            complete.figure = figure::figureBytes(maker.content(settings), settings, "pdf");
            job.cancel.throwIfCancelled();
            compare::writeBundle(request, result, complete, path.toStdString(), job.part(0.1, 1.0));
        });
}

} // namespace bitlens::app
