// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"
#include "engine/compare/picturescores.h"
#include "engine/score/mamodel.h"

#include <QObject>
#include <QRect>
#include <QTimer>

#include <memory>
#include <optional>

class QWidget;

namespace bitlens::ui {
class MessageBar;
class ReadoutsPanel;
class StatusPanel;
} // namespace bitlens::ui

namespace bitlens::app {

class CompareController;
class Session;

/// Ma and PI in the window: loads Ma's model from the data folder in the background (and installs or downloads it on
/// request), scores each result after it is shown, and the selected region or the visible part where that is wanted. A
/// comparison that starts stops the scoring, so that nothing waits for it. GUI thread.
class ScoreController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        ui::ReadoutsPanel *readouts = nullptr;
        ui::StatusPanel *status = nullptr;
        ui::MessageBar *messages = nullptr;
        QWidget *window = nullptr; ///< parent of dialogs
    };
    explicit ScoreController(const Parts &parts, QObject *parent = nullptr);

    bool hasModel() const { return m_model != nullptr; }
    /// For comparisons beside the window's; null: not installed.
    const score::MaModelPtr &maModel() const { return m_model; }
    /// What the readouts of a part are scored from, for who exports them: the selected region, else what is visible,
    /// of the last result, and the reference beside; none while no part is scored.
    std::optional<compare::PictureScoreRequest> partRequest() const;
    /// The model is being loaded, installed or downloaded.
    bool isInstalling() const { return m_install != 0; }

public slots:
    /// Loads the model that is installed, if any.
    void start();
    /// Asks for the file model.mat.
    void showInstallDialog();
    void install(const QString &path);
    void download();
    void cancelInstalling();
    /// Both ways to get the model, at a point of the screen.
    void showInstallMenu(const QPoint &globalPosition);

    void setRegionWanted(bool wanted);
    /// Output pixels that the user sees.
    void setVisibleRegion(const QRect &outputPixels);
    /// Output pixels that the user has selected, scored from now on in place of the visible ones; empty: none.
    void setSelectedRegion(const QRect &outputPixels);

signals:
    void modelChanged();
    void regionWantedChanged(bool wanted);

private:
    enum class Purpose { Load, Install, Download };
    void requestModel(Purpose purpose, const QString &path);
    void takeEnd(RequestId id);
    void takeFailure(RequestId id, const Failure &failure);
    void endInstalling();

    /// After a result, and whenever the model comes.
    void scoreResult();
    void scoreRegion();
    QRect scoredPart() const;
    compare::PictureScoreRequest requestOf(const QRect &part) const;
    /// Of `part` of the pictures; empty: of the whole.
    RequestId requestScores(const QRect &part);
    void showScores(const compare::PictureScoreReport &scores, bool complete);
    void showRegionScores(const QRect &part, bool selected, const compare::PictureScoreReport &scores);
    void stop();

    Parts m_parts;
    score::MaModelPtr m_model;
    std::shared_ptr<compare::PictureScores> m_scores; ///< used on the engine thread only
    QTimer m_regionTurn;                              ///< waits for the view to come to rest
    QRect m_visible;
    QRect m_selected;
    bool m_regionWanted = false;
    bool m_wantedBySelection = false; ///< ends with the selection
    Purpose m_purpose = Purpose::Load;
    QString m_installPath;
    RequestId m_install = 0;
    RequestId m_whole = 0;
    RequestId m_part = 0;
};

} // namespace bitlens::app
