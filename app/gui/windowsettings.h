// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QString>

#include <memory>

class QMainWindow;
class QSettings;

namespace bitlens::ui {
class Actions;
class CompareView;
class Theme;
} // namespace bitlens::ui

namespace bitlens::app {

class FileController;

/// What the window remembers from one start to the next: geometry, docks, colours, view mode, folder, the last model.
/// GUI thread.
class WindowSettings {
public:
    struct Parts {
        QMainWindow *window = nullptr;
        ui::Theme *theme = nullptr; ///< may be null
        ui::CompareView *view = nullptr;
        FileController *files = nullptr;
        ui::Actions *actions = nullptr;
    };
    /// `file` empty: the user's own settings.
    WindowSettings(const Parts &parts, const QString &file);
    ~WindowSettings();

    void restore();
    void save();

    /// For what others remember; flushed by save().
    QSettings *settings() const { return m_settings.get(); }
    /// What the last model was opened with; empty at the first start.
    QString model() const;
    void setModel(const QString &argument);

private:
    Parts m_parts;
    std::unique_ptr<QSettings> m_settings;
};

} // namespace bitlens::app
