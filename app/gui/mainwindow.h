// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QMainWindow>
#include <QString>
#include <QStringList>

#include <memory>

namespace bitlens::ui {
class Theme;
}

namespace bitlens::app {

class CompareController;
class EngineThread;
class FileController;
class Session;

/// The window: compare view in the middle, bit plan and readouts in docks, messages above, state below. Builds the
/// widgets and connects them to session and controllers; computes nothing.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    struct Options {
        ui::Theme *theme = nullptr;  ///< may be null: then the menu of colours does nothing
        QString settingsFile;        ///< empty: the user's own
        int threads = 0;             ///< of the engine, as in base::ThreadPool
        bool openFirstModel = true;  ///< the last used, the default, or any that is installed
        QString stateFolder;         ///< where queue and session are kept; empty: nowhere
        bool restoreSession = false; ///< begin with the last session, if the settings say so
    };
    explicit MainWindow(const Options &options, QWidget *parent = nullptr);
    ~MainWindow() override;

    Session *session() const;
    EngineThread *engine() const;
    CompareController *comparisons() const;
    FileController *files() const;

public slots:
    /// Pictures, models, plans, folders.
    void openPaths(const QStringList &paths);
    void openSample();
    /// A catalogue name or a file.
    void openModel(const QString &argument);
    /// Stops comparison, opening and download.
    void cancel();

protected:
    bool event(QEvent *event) override;
    void closeEvent(QCloseEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::app
