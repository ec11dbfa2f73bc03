// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"

#include <QList>
#include <QObject>

namespace bitlens::ui {
class MessageBar;
}

namespace bitlens::app {

class FileController;
class ModelChooser;
class Session;

/// The catalogue in the window: keeps the chooser's list true, opens a first model when the program starts, downloads
/// on request. GUI thread.
class ModelController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        FileController *files = nullptr;
        ModelChooser *chooser = nullptr;
        ui::MessageBar *messages = nullptr;
    };
    explicit ModelController(const Parts &parts, QObject *parent = nullptr);

    bool isDownloading() const { return m_download != 0; }

public slots:
    /// Lists the catalogue, then opens the wanted model (catalogue name or path), else the default one, else whatever
    /// is installed; says what to do when nothing is. An empty name wants the default; a model opened meanwhile stays.
    void start(const QString &wanted);
    void download(const QString &name);
    void cancelDownload();

signals:
    void downloadProgressed(double fraction, const QString &what);
    void downloadEnded();

private:
    void takeList(RequestId id, const QList<ModelEntry> &entries);
    void takeFailure(RequestId id, const Failure &failure);
    void openFirstModel();
    void offerDownload();

    Parts m_parts;
    QList<ModelEntry> m_entries;
    QString m_wanted;
    QString m_downloadName;
    bool m_starting = false;
    RequestId m_list = 0;
    RequestId m_download = 0;
    int m_offer = 0; ///< number of the message that offers a download
};

} // namespace bitlens::app
