// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"

#include <QHash>
#include <QObject>
#include <QString>

#include <functional>
#include <string>
#include <vector>

class QWidget;

namespace bitlens::ui {
class Actions;
class CompareView;
class MessageBar;
class StatusPanel;
} // namespace bitlens::ui

namespace bitlens::app {

class CompareController;
class CostController;
class FigureController;
class FileController;
class ScoreController;
class Session;

/// The menu Export but for the figure's dialog: the view, crops, the animated flip, numbers, bundles. Each is written
/// on the thread of the saves, complete or not at all, never over an input. GUI thread.
class ExportController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        FileController *files = nullptr;    ///< for the folder of dialogs
        FigureController *figure = nullptr; ///< for the bundle's figure
        CostController *costs = nullptr;    ///< for the latency among the numbers
        ScoreController *scores = nullptr;  ///< for the scores of a part among them
        ui::CompareView *view = nullptr;
        ui::Actions *actions = nullptr;
        ui::MessageBar *messages = nullptr;
        ui::StatusPanel *status = nullptr;
        QWidget *window = nullptr;
    };
    explicit ExportController(const Parts &parts, QObject *parent = nullptr);

    /// Something is being written; the program should not end now.
    bool isBusy() const { return !m_pending.isEmpty(); }
    /// Stops what is being written; nothing of it stays.
    void cancel();

public slots:
    /// The compare view as it stands on the screen, in its pixels.
    void exportView(const QString &path);
    /// The selected region of FP32, quantized and HR, else what is visible, pixel for pixel: "name.png" becomes
    /// name_fp32.png, name_<plan>.png and name_hr.png. All or none; refuses to replace files.
    void exportCrops(const QString &path);
    /// The same part of both sides by turns, as an animated PNG with a label below.
    void exportFlip(const QString &path);
    /// Every readout as JSON (the report of `bitlens compare`) or CSV, by extension; with the scores of a part while
    /// the readouts show them.
    void exportNumbers(const QString &path);
    /// All that `bitlens replay` needs: a folder, or a zip archive.
    void exportBundle(const QString &path);

private:
    using Work = std::function<void(const base::Job &job)>;
    /// Asks for a file and hands it to one of the slots above.
    void ask(const QString &title, const QString &ending, const QStringList &filters, bool confirm,
             void (ExportController::*then)(const QString &));
    void run(const QString &path, const QString &done, Work work);
    using PooledWork = std::function<void(const base::ThreadPool &pool, const base::Job &job)>;
    void runWithPool(const QString &path, const QString &done, PooledWork work);
    void takeEnd(RequestId id);
    void updateEnabled();
    image::Rect chosenPart() const;
    std::vector<std::string> inputs() const;

    Parts m_parts;
    QHash<RequestId, QString> m_pending; ///< what is said when it is done
};

} // namespace bitlens::app
