// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/settingsdialog.h"

#include <QObject>
#include <QStringList>

class QSettings;

namespace bitlens::ui {
class Actions;
class StatusPanel;
} // namespace bitlens::ui

namespace bitlens::app {

class CompareController;
class EngineThread;
class QueueController;
class Session;

/// Reads the settings, lets them take effect, and shows the dialog that changes them. GUI thread.
class SettingsController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        QSettings *settings = nullptr;
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        QueueController *queue = nullptr;
        ui::StatusPanel *status = nullptr;
        ui::Actions *actions = nullptr; ///< the colours are those actions
        ui::Theme *theme = nullptr;     ///< may be null
        QWidget *window = nullptr;      ///< parent of the dialog
        int threads = 0;                ///< asked for at the start (command line); goes before the setting
        QString dataFolder;             ///< shown only
    };
    explicit SettingsController(const Parts &parts, QObject *parent = nullptr);

    ui::SettingsValues values() const;

public slots:
    void showDialog();
    /// Keeps them and lets them take effect.
    void setValues(const bitlens::ui::SettingsValues &values);

private:
    void apply();

    Parts m_parts;
    QStringList m_models; ///< of the catalogue, that are installed
};

} // namespace bitlens::app
