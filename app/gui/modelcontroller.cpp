// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/modelcontroller.h"

#include "app/gui/filecontroller.h"
#include "app/gui/modelchooser.h"
#include "app/gui/session.h"
#include "ui/messagebar.h"

#include <QFileInfo>

#include <algorithm>
#include <utility>

namespace bitlens::app {

namespace {
constexpr const char *kDefaultModel = "realesrgan-x4plus";
} // namespace

ModelController::ModelController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    const EngineThread *engine = parts.engine;
    connect(engine, &EngineThread::modelsListed, this, &ModelController::takeList);
    connect(engine, &EngineThread::requestFailed, this, &ModelController::takeFailure);
    connect(engine, &EngineThread::requestCancelled, this, [this](RequestId id) {
        if (id == m_download && std::exchange(m_download, 0) != 0) {
            m_parts.messages->postInfo(
                tr("The download of %1 was stopped; what is there already is kept").arg(m_downloadName));
            emit downloadEnded();
        }
    });
    connect(engine, &EngineThread::progressed, this, [this](RequestId id, double fraction, const QString &what) {
        if (id == m_download)
            emit downloadProgressed(fraction, what);
    });
    connect(engine, &EngineThread::modelDownloaded, this, [this](RequestId id, const QString &name) {
        if (id != m_download)
            return;
        m_download = 0;
        m_list = m_parts.engine->requestModelList();
        m_parts.files->openModel(name);
        emit downloadEnded();
    });

    connect(parts.chooser, &ModelChooser::modelChosen, parts.files, &FileController::openModel);
    connect(parts.chooser, &ModelChooser::downloadRequested, this, &ModelController::download);
    connect(parts.chooser, &ModelChooser::fileRequested, parts.files, &FileController::showModelDialog);
    connect(parts.session, &Session::modelChanged, this, [this] {
        const OpenedModel &model = m_parts.session->model();
        m_parts.chooser->setCurrentModel(model.name, model.argument);
        m_parts.messages->dismiss(m_offer);
    });
    connect(parts.messages, &ui::MessageBar::actionTriggered, this, [this](int message) {
        if (message == m_offer)
            download(QString::fromLatin1(kDefaultModel));
    });
}

void ModelController::start(const QString &wanted)
{
    m_wanted = wanted;
    m_starting = true;
    m_parts.files->setModelExpected(true);
    m_list = m_parts.engine->requestModelList();
}

void ModelController::takeList(RequestId id, const QList<ModelEntry> &entries)
{
    if (id != m_list)
        return;
    m_entries = entries;
    m_parts.chooser->setEntries(entries);
    if (!std::exchange(m_starting, false))
        return;
    if (!m_parts.session->hasModel() && !m_parts.files->isOpeningModel())
        openFirstModel();
    m_parts.files->setModelExpected(false);
}

void ModelController::openFirstModel()
{
    const auto installed = [this](const QString &name) {
        return std::any_of(m_entries.cbegin(), m_entries.cend(),
                           [&](const ModelEntry &entry) { return entry.installed && entry.name == name; });
    };
    if (!m_wanted.isEmpty() && (installed(m_wanted) || QFileInfo(m_wanted).isFile())) {
        m_parts.files->openModel(m_wanted);
        return;
    }
    if (installed(QString::fromLatin1(kDefaultModel))) {
        m_parts.files->openModel(QString::fromLatin1(kDefaultModel));
        return;
    }
    for (const ModelEntry &entry : std::as_const(m_entries))
        if (entry.installed) {
            m_parts.files->openModel(entry.name);
            return;
        }
    offerDownload();
}

void ModelController::offerDownload()
{
    m_offer = m_parts.messages->post({ui::MessageBar::Severity::Info,
                                      tr("No model is installed yet. Download one, or drop a model file here."),
                                      tr("Download %1").arg(QLatin1String(kDefaultModel)), 0});
}

void ModelController::download(const QString &name)
{
    if (m_download != 0) {
        m_parts.messages->postInfo(tr("%1 is being downloaded already; one at a time").arg(m_downloadName));
        return;
    }
    m_downloadName = name;
    m_download = m_parts.engine->requestDownload(name);
    emit downloadProgressed(-1.0, tr("Downloading %1").arg(name));
}

void ModelController::cancelDownload()
{
    if (m_download != 0)
        m_parts.engine->cancel(m_download);
}

void ModelController::takeFailure(RequestId id, const Failure &failure)
{
    if (id == m_download && m_download != 0) {
        m_download = 0;
        m_parts.messages->postError(tr("%1 could not be downloaded: %2").arg(m_downloadName, failure.detail));
        if (!m_parts.session->hasModel())
            offerDownload();
        emit downloadEnded();
    } else if (id == m_list && m_list != 0) {
        m_list = 0;
        m_starting = false;
        m_parts.messages->postError(failure.message());
        m_parts.files->setModelExpected(false);
    }
}

} // namespace bitlens::app
