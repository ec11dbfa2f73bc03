// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"
#include "app/gui/tunerun.h"
#include "ui/tunepanel.h"

#include <QObject>
#include <QPointer>

#include <memory>
#include <optional>

class QMessageBox;
class QSettings;

namespace bitlens::ui {
class MessageBar;
} // namespace bitlens::ui

namespace bitlens::app {

class FileController;
class KeptTunings;

/// Quantization-aware training from the window: tunes the session's model under its plan on photographs, on the thread
/// of the long analyses, and makes the result the session's model. A pause ends the request and keeps the tuner, so
/// that nothing waits for it; going on is another request. What was reached is kept on disk: a run with the same
/// settings goes on from there, also after the end of the program, however it came. GUI thread.
class TuneController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        FileController *files = nullptr;
        ui::TunePanel *panel = nullptr;
        ui::MessageBar *messages = nullptr;
        QSettings *settings = nullptr; ///< remembers folder and time
        QWidget *window = nullptr;     ///< parent of dialogs
    };
    explicit TuneController(const Parts &parts, QObject *parent = nullptr);
    ~TuneController() override;

    bool isRunning() const { return m_request != 0; }
    /// Steps are being done: the window does not close without a word.
    bool isTraining() const;

public slots:
    /// Begins, or goes on after a pause or from what is kept of an earlier run.
    void start();
    /// Begins, and forgets what is kept.
    void startAnew();
    void pause();
    /// Ends now; the best so far stays.
    void stop();
    /// The result becomes the session's quantized model; its FP32 side stays.
    void useResult();
    void save(const QString &path);
    /// Asks whether to stop; closeAgreed follows once what was reached is kept, or never.
    void askToClose();

signals:
    void closeAgreed();

private:
    void begin(bool fresh);
    void forgetRun();
    void lookForKept();
    void chooseFolder();
    void showSaveDialog();
    void updateSubject();
    void request();
    void closeIfAgreed();
    void takeResult(const TuneRun::End &end);
    QString endText() const;
    void takeEnd(RequestId id);
    void takeFailure(RequestId id, const Failure &failure);

    Parts m_parts;
    std::shared_ptr<KeptTunings> m_keep;
    std::shared_ptr<TuneRun> m_run; ///< the present or last one; shared with the task
    train::TuneResult m_result;     ///< of it
    std::optional<Failure> m_failure;
    RequestId m_request = 0; ///< of the running task; 0: none
    bool m_pausing = false;
    bool m_closing = false;           ///< the user agreed to close the window once it has stopped
    QPointer<QMessageBox> m_question; ///< whether to close
};

} // namespace bitlens::app
