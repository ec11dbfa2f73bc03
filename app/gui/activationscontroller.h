// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/currentrequest.h"
#include "engine/compare/activations.h"

#include <QObject>
#include <QRect>
#include <QTimer>

#include <memory>

class QWidget;

namespace bitlens::ui {
class ActivationsPanel;
class BitPlanPanel;
class MessageBar;
class ReadoutsPanel;
} // namespace bitlens::ui

namespace bitlens::app {

class CompareController;
class FileController;
class Session;

/// Keeps the activations of the layer that is selected in the bit plan up to date: measured on the middle of the view
/// after each result, on the engine thread, as long as the panel can be seen. Ranges that are dragged there become
/// edits of the session. Says of every result, in the panel and among the readouts, whether it clips white or black.
/// GUI thread.
class ActivationsController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        ui::ActivationsPanel *panel = nullptr;
        ui::BitPlanPanel *plan = nullptr;
        ui::MessageBar *messages = nullptr;
        QWidget *window = nullptr; ///< parent of dialogs
        ui::ReadoutsPanel *readouts = nullptr;
        FileController *files = nullptr; ///< where dialogs begin
    };
    explicit ActivationsController(const Parts &parts, QObject *parent = nullptr);

public slots:
    void setVisibleRegion(const QRect &outputPixels);
    /// Measures once the session's events have calmed down.
    void refresh();
    /// Writes what the panel shows; PNG, SVG or PDF by the ending.
    void savePicture(const QString &path);
    void saveNumbers(const QString &path);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    /// True, with a word about it, where the file is one that the session was made from.
    bool refusesInput(const QString &path) const;
    void measure();
    void stop();
    void findClipping();
    void showWarning(const compare::EndShift &shift);
    QString proposedPath() const;
    void editRange(int map, double low, double high);
    void resetRange(int map);
    void showPictureDialog();
    void showNumbersDialog();
    void take(const compare::LayerActivations &activations);

    Parts m_parts;
    std::shared_ptr<compare::ActivationProbe> m_probe; ///< used on the engine thread only
    QTimer m_turn;
    QRect m_visible;
    CurrentRequest *m_request;
    CurrentRequest *m_clipping;
    quant::QuantizedModelPtr m_looked; ///< whose result was looked at for clipping
};

} // namespace bitlens::app
