// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"
#include "ui/tunepanel.h"

#include <QObject>

#include <memory>

class QDockWidget;

namespace bitlens::ui {
class Actions;
class MessageBar;
} // namespace bitlens::ui

namespace bitlens::app {

class FileController;

/// Quantization-aware training from the window: tunes the session's model under its plan on photographs, on the thread
/// of the long analyses, and makes the result the session's model. A pause ends the request and keeps the tuner, so
/// that nothing waits for it; going on is another request. GUI thread.
class TuneController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        FileController *files = nullptr;
        ui::TunePanel *panel = nullptr;
        ui::MessageBar *messages = nullptr;
        QWidget *window = nullptr; ///< parent of dialogs
    };
    explicit TuneController(const Parts &parts, QObject *parent = nullptr);
    ~TuneController() override;

    bool isRunning() const { return m_request != 0; }

public slots:
    /// Begins, or goes on after a pause.
    void start();
    void pause();
    /// Ends now; the best so far stays.
    void stop();
    /// The result becomes the session's quantized model; its FP32 side stays.
    void useResult();
    void save(const QString &path);

private:
    struct Run;
    void chooseFolder();
    void showSaveDialog();
    void updateSubject();
    void request();
    void takeStatus(const ui::TunePanel::Point &point);
    void takeEnd(RequestId id);
    void takeFailure(RequestId id, const Failure &failure);

    Parts m_parts;
    std::shared_ptr<Run> m_run; ///< of the present or last run; shared with the task
    RequestId m_request = 0;    ///< of the running task; 0: none
    bool m_pausing = false;
};

} // namespace bitlens::app
