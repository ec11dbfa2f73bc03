// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QObject>
#include <QStringList>

#include <array>
#include <functional>
#include <memory>

class QMenu;
class QSettings;

namespace bitlens::app {

class Session;
class SessionController;

/// The files that were opened last, of each kind, newest first; kept in the settings and shown in a menu. GUI thread.
class RecentFiles : public QObject {
    Q_OBJECT

public:
    enum class Kind { Picture, Model, Session, Plan };
    static constexpr int kKept = 8; ///< of each kind

    /// `settings` must outlive this object.
    explicit RecentFiles(QSettings *settings, QObject *parent = nullptr);
    ~RecentFiles() override;

    QStringList files(Kind kind) const { return m_files.at(static_cast<std::size_t>(kind)); }
    /// Filled by this object; to be hung into a menu.
    QMenu *menu() const { return m_menu.get(); }

public slots:
    /// Puts a file first. What is no file (a catalogue name, an empty path) is not kept.
    void add(bitlens::app::RecentFiles::Kind kind, const QString &path);
    /// Opens a file of the list, as its menu entry does.
    void choose(const QString &path);
    void clear();

signals:
    void changed();
    void openRequested(const QString &path);
    /// The file of a menu entry is gone; it has been taken off the list.
    void missing(const QString &path);

private:
    void fill();
    void keep(Kind kind);

    QSettings *m_settings;
    std::array<QStringList, 4> m_files;
    std::unique_ptr<QMenu> m_menu;
};

/// Has the list follow what a window opens and saves, but for the program's own files.
void rememberFiles(RecentFiles *recent, const Session *session, const SessionController *sessions,
                   const std::function<bool(const QString &path)> &isOwn);

} // namespace bitlens::app
