// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"
#include "app/gui/session.h"
#include "engine/compare/comparison.h"

#include <QHash>
#include <QList>
#include <QObject>
#include <QUrl>

#include <functional>
#include <optional>

class QMimeData;
class QWidget;

namespace bitlens::ui {
class MessageBar;
}

namespace bitlens::app {

class CompareController;
class PlanFiles;

/// Everything that comes from files and goes to files: dialogs, drops, clipboard, the sample, references, model files,
/// saved results. Puts what was opened into the session; says in the message bar what failed and what can be done.
/// Dialogs do not block the window. GUI thread.
class FileController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        ui::MessageBar *messages = nullptr;
        QWidget *window = nullptr; ///< parent of dialogs
    };
    explicit FileController(const Parts &parts, QObject *parent = nullptr);

    /// A file is being written; the program should not end now.
    bool isSaving() const { return m_saves > 0; }
    /// A picture or model is being opened.
    bool isOpening() const;
    /// True while a model the user named is being read.
    bool isOpeningModel() const;
    bool isOpeningModel(const QString &argument) const;
    /// The folder that dialogs start in.
    QString folder() const { return m_folder; }
    void setFolder(const QString &folder) { m_folder = folder; }

    /// Proposal for a result's file name beside its input, e.g. "cat_x4_multi.png".
    QString proposedName(compare::Side side) const;
    /// Bit plans on their way to and from files and the clipboard.
    PlanFiles *plans() const { return m_plans; }
    /// A model is about to be opened that nobody has named yet (the first one at the start): plans wait for it.
    void setModelExpected(bool expected);

public slots:
    void showOpenDialog();
    void showReferenceDialog();
    void showModelDialog();
    void showSaveDialog(bitlens::compare::Side side);

    /// Pictures, model files, plans (JSON), sessions and folders, told apart by name and content. One picture is
    /// opened; several, or a folder, are for the queue.
    void openPaths(const QStringList &paths);
    void openUrls(const QList<QUrl> &urls);
    /// Something dropped or pasted; `name` is for a picture that comes without a file. Nothing in it is no error.
    void openData(const QMimeData *data, const QString &name);
    void openImage(const QString &path);
    /// Both halves of a test pair; the session changes once both are there.
    void openPair(const QString &input, const QString &reference);
    void openPicture(const QImage &picture, const QString &name);
    void openReference(const QString &path);
    void openSample();
    /// A catalogue name or a file.
    void openModel(const QString &argument);
    /// The same, with what it was tuned to; see app::openTunedModel.
    void openTunedModel(const QString &argument, const QString &tunedFile);
    void paste();
    void save(bitlens::compare::Side side, const QString &path);
    void cancelOpening();

signals:
    void modelFailed(const QString &argument);
    /// Nothing is being opened any more, whatever came of it.
    void openingEnded();
    /// Many pictures, or folders of pictures, were opened.
    void queueRequested(const QStringList &paths);
    void sessionRequested(const QString &path);

private:
    void dropWaitingPlan();
    void saveResult(const compare::Result &result, compare::Side side, const QString &path);
    void openImageFile(const QString &path, bool allowLarge);
    void takeImage(RequestId id, const OpenedImage &image, ImageRole role);
    void takeModel(RequestId id, const OpenedModel &model);
    void takeFailure(RequestId id, const Failure &failure);
    void takeEnd(RequestId id);
    void setInput(const OpenedImage &input);
    void offer(const QString &text, const QString &actionText, std::function<void()> action);

    /// What a request of ours was for.
    struct Pending {
        enum class Kind { Input, Reference, Model, Save } kind = Kind::Input;
        QString argument;
        bool allowLarge = false;
        bool isTuned = false; ///< a model together with what it was tuned to
    };

    Parts m_parts;
    PlanFiles *m_plans;
    QString m_folder;
    QHash<RequestId, Pending> m_pending;
    QHash<int, std::function<void()>> m_offers; ///< by the number of a message with a button
    int m_saves = 0;
    QString m_pairReference;                ///< to be opened once the input is there
    std::optional<OpenedImage> m_pairInput; ///< waits for its reference
    bool m_modelExpected = false;
};

} // namespace bitlens::app
