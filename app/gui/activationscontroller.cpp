// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/activationscontroller.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/filecontroller.h"
#include "app/gui/session.h"
#include "engine/base/file.h"
#include "ui/activationspanel.h"
#include "ui/bitplanpanel.h"
#include "ui/messagebar.h"
#include "ui/readoutspanel.h"

#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

#include <utility>

namespace bitlens::app {

namespace {

/// Changes of selection and view follow each other quickly; only where they come to rest is measured.
constexpr int kRestMs = 120;
constexpr QSize kPictureSize{1200, 500};
constexpr int kPixelRatio = 2; ///< of PNG files
constexpr double kPointsPerPixel = 0.75;
constexpr int kPdfResolution = 96;

} // namespace

ActivationsController::ActivationsController(const Parts &parts, QObject *parent)
    : QObject(parent),
      m_parts(parts),
      m_probe(std::make_shared<compare::ActivationProbe>()),
      m_request(new CurrentRequest(parts.engine, this)),
      m_clipping(new CurrentRequest(parts.engine, this))
{
    m_turn.setSingleShot(true);
    m_turn.setInterval(kRestMs);
    connect(&m_turn, &QTimer::timeout, this, &ActivationsController::measure);

    connect(parts.comparisons, &CompareController::started, this, &ActivationsController::stop);
    connect(parts.comparisons, &CompareController::finished, this, &ActivationsController::refresh);
    connect(parts.session, &Session::inputChanged, this, &ActivationsController::refresh);
    connect(parts.session, &Session::modelChanged, this, &ActivationsController::refresh);
    connect(parts.plan, &ui::BitPlanPanel::layerSelected, this, &ActivationsController::refresh);
    connect(parts.panel, &ui::ActivationsPanel::rangeEdited, this, &ActivationsController::editRange);
    connect(parts.panel, &ui::ActivationsPanel::rangeReset, this, &ActivationsController::resetRange);
    connect(parts.panel, &ui::ActivationsPanel::pictureExportRequested, this,
            &ActivationsController::showPictureDialog);
    connect(parts.panel, &ui::ActivationsPanel::numbersExportRequested, this,
            &ActivationsController::showNumbersDialog);
    connect(parts.session, &Session::resultChanged, this, &ActivationsController::findClipping);
    parts.panel->installEventFilter(this);

    connect(m_request, &CurrentRequest::failed, this, [this](const Failure &failure) {
        m_parts.panel->clear(tr("The activations could not be measured: %1").arg(failure.message()));
    });
    refresh();
}

void ActivationsController::setVisibleRegion(const QRect &outputPixels)
{
    m_visible = outputPixels;
    refresh();
}

bool ActivationsController::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_parts.panel && event->type() == QEvent::Show)
        refresh();
    return QObject::eventFilter(watched, event);
}

void ActivationsController::refresh() { m_turn.start(); }

void ActivationsController::stop()
{
    m_turn.stop();
    m_request->forget();
    m_parts.panel->setUpdating(m_parts.panel->hasActivations());
}

void ActivationsController::measure()
{
    const Session *session = m_parts.session;
    if (!m_parts.panel->isVisible() || m_parts.comparisons->isBusy())
        return;
    if (!session->result() || !session->result()->model) {
        m_parts.panel->clear(tr("Open a picture to see what quantization does inside its layers."));
        return;
    }
    if (!session->isResultCurrent())
        return;
    int layer = m_parts.plan->selectedLayer();
    if (layer < 0)
        layer = static_cast<int>(session->model().generator->layers.size()) - 1; // where clipping shows first
    const model::Generator &generator = *session->model().generator;
    compare::ActivationRequest request;
    request.input = session->input().picture;
    request.model = session->result()->model;
    request.chosenRanges = session->chosenRanges();
    request.layer = layer;
    image::Rect visible;
    if (!m_visible.isEmpty())
        visible = {m_visible.x() / generator.scale, m_visible.y() / generator.scale,
                   std::max(1, m_visible.width() / generator.scale), std::max(1, m_visible.height() / generator.scale)};
    request.region = compare::activationRegion(generator, request.input.size(), visible);
    if (request.region.isEmpty())
        return;
    EngineTask task;
    task.topic = QStringLiteral("activations");
    task.work = [this, request, probe = m_probe](TaskContext &context, const base::Job &job) -> RequestQueue::Delivery {
        const compare::LayerActivations activations = probe->measure(request, context.comparison, job);
        return [this, activations] { take(activations); };
    };
    m_parts.panel->setUpdating(m_parts.panel->hasActivations());
    if (!m_parts.panel->hasActivations())
        m_parts.panel->clear(tr("Measuring…"));
    m_request->start(std::move(task));
}

void ActivationsController::take(const compare::LayerActivations &activations)
{
    m_parts.panel->setActivations(activations);
}

void ActivationsController::findClipping()
{
    const auto &result = m_parts.session->result();
    if (!result || !result->model || result->fp32.isNull() || result->quantized.isNull()) {
        m_clipping->forget();
        m_looked.reset();
        showWarning({});
        return;
    }
    if (std::exchange(m_looked, result->model) == result->model)
        return; // the same pictures, with more scores
    EngineTask task;
    task.topic = QStringLiteral("clipping");
    task.work = [this, fp32 = result->fp32,
                 quantized = result->quantized](TaskContext &, const base::Job &) -> RequestQueue::Delivery {
        const compare::EndShift shift = compare::endShift(fp32, quantized);
        return [this, shift] { showWarning(shift); };
    };
    m_clipping->start(std::move(task));
}

void ActivationsController::showWarning(const compare::EndShift &shift)
{
    QStringList texts;
    const auto steps = [](double value) { return QString::number(std::abs(value), 'f', 1); };
    if (shift.clipsWhite())
        texts << tr("White is clipped: it is %1 of 255 steps darker than in FP32.").arg(steps(shift.white));
    if (shift.clipsBlack())
        texts << tr("Black is clipped: it is %1 of 255 steps brighter than in FP32.").arg(steps(shift.black));
    if (!texts.isEmpty())
        texts << tr("Widen the ranges of the last layers, or give them more bits.");
    const QString text = texts.join(QLatin1Char(' '));
    m_parts.panel->setWarning(text);
    m_parts.readouts->setWarning(text);
}

QString ActivationsController::proposedPath() const
{
    return m_parts.files->folder() + QLatin1Char('/') + m_parts.panel->fileName();
}

void ActivationsController::editRange(int map, double low, double high)
{
    quant::RangeChoices ranges = m_parts.session->chosenRanges();
    ranges[map] = {static_cast<float>(low), static_cast<float>(high)};
    m_parts.session->editRanges(ranges, tr("range of a feature map"));
}

void ActivationsController::resetRange(int map)
{
    quant::RangeChoices ranges = m_parts.session->chosenRanges();
    ranges.erase(map);
    m_parts.session->editRanges(ranges, tr("calibrated range of a feature map"));
}

void ActivationsController::showPictureDialog()
{
    auto *dialog = new QFileDialog(m_parts.window, tr("Save the plot"), proposedPath(),
                                   tr("PNG picture (*.png);;SVG drawing (*.svg);;PDF page (*.pdf)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("png"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        dialog->setDefaultSuffix(filter.contains(QLatin1String("*.svg"))   ? QStringLiteral("svg")
                                 : filter.contains(QLatin1String("*.pdf")) ? QStringLiteral("pdf")
                                                                           : QStringLiteral("png"));
    });
    connect(dialog, &QFileDialog::fileSelected, this, &ActivationsController::savePicture);
    dialog->open();
}

void ActivationsController::showNumbersDialog()
{
    auto *dialog =
        new QFileDialog(m_parts.window, tr("Save the numbers"), proposedPath(), tr("Comma-separated values (*.csv)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    connect(dialog, &QFileDialog::fileSelected, this, &ActivationsController::saveNumbers);
    dialog->open();
}

bool ActivationsController::refusesInput(const QString &path) const
{
    const Session *session = m_parts.session;
    for (const QString &input : {session->input().path, session->reference().path, session->model().argument})
        if (base::isSameFile(input.toStdString(), path.toStdString())) {
            m_parts.messages->postError(tr("%1 is an input of this session; it is not overwritten").arg(path));
            return true;
        }
    return false;
}

void ActivationsController::savePicture(const QString &path)
{
    if (refusesInput(path))
        return;
    QSaveFile file(path);
    const auto fail = [&](const QString &why) {
        file.cancelWriting();
        m_parts.messages->postError(QStringLiteral("%1: %2").arg(path, why));
    };
    if (!file.open(QIODevice::WriteOnly)) {
        fail(file.errorString());
        return;
    }
    const QString ending = QFileInfo(path).suffix().toLower();
    bool written = true;
    if (ending == QLatin1String("svg")) {
        QSvgGenerator svg;
        svg.setOutputDevice(&file);
        svg.setSize(kPictureSize);
        svg.setViewBox(QRect(QPoint(0, 0), kPictureSize));
        svg.setTitle(m_parts.panel->fileName());
        m_parts.panel->paintOn(&svg, kPictureSize, true);
    } else if (ending == QLatin1String("pdf")) {
        QPdfWriter pdf(&file);
        pdf.setResolution(kPdfResolution);
        pdf.setPageMargins({});
        pdf.setPageSize(QPageSize(QSizeF(kPictureSize) * kPointsPerPixel, QPageSize::Point));
        m_parts.panel->paintOn(&pdf, kPictureSize, true);
    } else if (ending == QLatin1String("png")) {
        QImage picture(kPictureSize * kPixelRatio, QImage::Format_RGB32);
        picture.setDevicePixelRatio(kPixelRatio);
        m_parts.panel->paintOn(&picture, kPictureSize, false);
        written = picture.save(&file, "PNG");
    } else {
        fail(tr("a plot is saved as .png, .svg or .pdf"));
        return;
    }
    if (!written || !file.commit())
        fail(file.errorString());
    else
        m_parts.messages->postInfo(tr("Saved %1").arg(path));
}

void ActivationsController::saveNumbers(const QString &path)
{
    if (refusesInput(path))
        return;
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(m_parts.panel->csv().toUtf8()) >= 0 && file.commit())
        m_parts.messages->postInfo(tr("Saved %1").arg(path));
    else
        m_parts.messages->postError(QStringLiteral("%1: %2").arg(path, file.errorString()));
}

} // namespace bitlens::app
