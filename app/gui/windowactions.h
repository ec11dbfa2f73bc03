// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QObject>

class QLabel;
class QMainWindow;

namespace bitlens::ui {
class Actions;
class BitPlanPanel;
class CompareView;
class Theme;
} // namespace bitlens::ui

namespace bitlens::app {

class CompareController;
class FileController;
class ModelChooser;
class PlanChooser;
class Session;

/// Connects the table of actions to what they do, keeps them enabled and checked as the session is, and fills menu bar
/// and toolbar. GUI thread.
class WindowActions : public QObject {
    Q_OBJECT

public:
    struct Parts {
        QMainWindow *window = nullptr;
        ui::Theme *theme = nullptr; ///< may be null
        Session *session = nullptr;
        CompareController *comparisons = nullptr;
        FileController *files = nullptr;
        ui::CompareView *view = nullptr;
        ui::BitPlanPanel *plan = nullptr;
        ModelChooser *models = nullptr;
        PlanChooser *plans = nullptr;
    };
    explicit WindowActions(const Parts &parts, QObject *parent = nullptr);

    ui::Actions *actions() const { return m_actions; }

signals:
    void cancelRequested();

private:
    void connectFiles();
    void connectEdit();
    void connectView();
    void connectTheme();
    void connectModelAndHelp();
    void fillToolBar();
    void updateEnabled();
    void togglePanels(bool hide);
    void focusPlan();
    void showAbout();

    Parts m_parts;
    ui::Actions *m_actions;
    QLabel *m_zoom = nullptr;
    QList<QObject *> m_hidden; ///< docks that "Hide panels" has hidden
};

} // namespace bitlens::app
