// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"
#include "app/gui/sessionfile.h"

#include <QHash>
#include <QObject>

#include <optional>

namespace bitlens::ui {
class CompareView;
class MessageBar;
} // namespace bitlens::ui

namespace bitlens::app {

class FileController;

/// Saves what the window shows as a session file and brings it back: opens model, pictures and plan as the user would,
/// and says which of the files are gone or have changed since. GUI thread; files are read and hashed elsewhere.
class SessionController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        FileController *files = nullptr;
        ui::CompareView *view = nullptr;
        ui::MessageBar *messages = nullptr;
        QWidget *window = nullptr; ///< parent of dialogs
    };
    explicit SessionController(const Parts &parts, QObject *parent = nullptr);

    /// What a session file would hold now; a picture that came without a file is named where it is kept, if it is.
    SessionFile capture() const;
    /// Where pictures that come without a file (clipboard), and tuned models, are kept for capture(); empty: nowhere.
    void setKeepFolder(const QString &folder) { m_keepFolder = folder; }
    /// There is something worth keeping: a picture, or a plan or tuned model of the user's own.
    bool isWorthKeeping() const;
    /// A session is being opened.
    bool isRestoring() const { return m_wanted.has_value() || m_load != 0; }

public slots:
    void showSaveDialog();
    /// A tuned model is written beside it.
    void save(const QString &path);
    void open(const QString &path);

signals:
    /// Something that a session file holds is different now.
    void changed();
    void saved(const QString &path);
    /// The file was read; what it names is being opened.
    void opened(const QString &path);

private:
    struct Loaded;
    void hash(const QString &path);
    void keepPicture();
    void keepTuned();
    void takeTunedFile();
    QString hashOf(const QString &path) const { return m_hashes.value(path); }
    void take(const Loaded &loaded);
    void restoreModel();
    void restorePicture();
    void takeModel();
    void takeInput();
    void applyPlan();
    void applyView();
    void finishPart(bool *part);

    Parts m_parts;
    QHash<QString, QString> m_hashes; ///< of the files that are open, by path
    QString m_keepFolder;
    QString m_keptPicture;               ///< the file that stands for an input without one
    std::optional<SessionFile> m_wanted; ///< being restored, with paths as they are now
    QString m_wantedName;
    bool m_modelPending = false;
    bool m_picturePending = false;
    RequestId m_load = 0;
    RequestId m_save = 0;
    RequestId m_keepTuned = 0;
};

} // namespace bitlens::app
