// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/figure/figuremaker.h"
#include "app/gui/enginethread.h"

#include <QObject>
#include <QPointer>

#include <memory>

class QSettings;
class QWidget;

namespace bitlens::ui {
class CompareView;
class FigureDialog;
class MessageBar;
} // namespace bitlens::ui

namespace bitlens::app {

class CompareController;
class FigurePlans;
class FileController;
class ScoreController;
class Session;

/// The comparison figure in the window: opens the dialog, draws previews and files on the thread of the saves, keeps
/// the last settings. GUI thread.
class FigureController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        ScoreController *scores = nullptr;
        FileController *files = nullptr; ///< for the folder of dialogs
        ui::CompareView *view = nullptr;
        ui::MessageBar *messages = nullptr;
        QSettings *settings = nullptr; ///< may be null: nothing is remembered
        QWidget *window = nullptr;
    };
    explicit FigureController(const Parts &parts, QObject *parent = nullptr);
    ~FigureController() override;

    /// What the dialog shows, or showed last.
    ui::FigureSettings settings() const { return m_settings; }
    FigurePlans *plans() const { return m_plans; }
    /// The session's result and the further plans whose pictures are there; the session must have a result.
    figure::Source source() const;
    /// A figure is being written.
    bool isBusy() const { return m_writing != 0; }

public slots:
    void showDialog();
    /// Draws and writes the figure, format by extension.
    void writeTo(const QString &path);

private:
    class Drawer;
    void connectDialog();
    void takeResult();
    void dropRegions();
    void showPlans();
    void requestDrawing();
    void keepPlan();
    void addView();
    void askForFile();
    void takeEnd(RequestId id, const QString &message);
    void remember() const;

    Parts m_parts;
    ui::FigureSettings m_settings;
    QPointer<ui::FigureDialog> m_dialog;
    FigurePlans *m_plans;
    std::shared_ptr<Drawer> m_drawer; ///< of the source at hand; used on the thread of the saves
    RequestId m_writing = 0;
    RequestId m_preview = 0;
    QString m_path; ///< being written
};

/// How the choices of a figure are remembered; regions are not, they belong to a picture.
void saveFigureSettings(QSettings &store, const ui::FigureSettings &settings);
ui::FigureSettings loadFigureSettings(QSettings &store);

} // namespace bitlens::app
