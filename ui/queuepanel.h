// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/queueoptionsedit.h"

#include <QList>
#include <QStringList>
#include <QUrl>
#include <QWidget>

#include <memory>

class QTreeView;

namespace bitlens::ui {

class NamePatternEdit;
class QueueModel;

/// Many pictures to enlarge: a list with the state of each, and what can be done with them. Knows names and numbers;
/// what the buttons ask for is done elsewhere.
class QueuePanel : public QWidget {
    Q_OBJECT
public:
    /// What the queue as a whole does.
    enum class Activity {
        Idle,    ///< nothing is being made
        Running, ///< one after the other
        Pausing, ///< a pause was asked for and has not taken effect
        Paused,
    };
    Q_ENUM(Activity)

    explicit QueuePanel(QWidget *parent = nullptr);
    ~QueuePanel() override;

    QueueModel *model() const;
    QTreeView *view() const;
    /// Shows the pattern; whoever knows what it makes gives it an example or a problem.
    NamePatternEdit *naming() const;
    QueueOptions options() const;
    Activity activity() const;
    /// Ids of the selected rows.
    QList<quint64> selection() const;

    QSize sizeHint() const override;

public slots:
    void setOptions(const bitlens::ui::QueueOptions &options);
    /// Extensions to choose from.
    void setFormats(const QStringList &formats);
    /// The name of the plan that would be used, or empty while there is no model.
    void setPlanName(const QString &name);
    void setActivity(bitlens::ui::QueuePanel::Activity activity);
    /// Of all that is to be made: `fraction` in [0,1], remaining seconds (negative: not known).
    void setOverall(double fraction, double secondsLeft);
    /// Why nothing goes on although it should ("waits for the comparison"); empty: it does.
    void setHoldReason(const QString &reason);

signals:
    void picturesRequested(); ///< choose files to add
    void folderRequested();   ///< choose a folder of pictures to add
    void targetRequested();   ///< choose where results go
    void filesDropped(const QList<QUrl> &files);
    void startRequested(); ///< begin, or go on after a pause
    void pauseRequested();
    void cancelRequested(const QList<quint64> &ids); ///< the selected ones; empty: all
    void retryRequested(const QList<quint64> &ids);  ///< failed or cancelled ones that are selected; empty: all such
    void removeRequested(const QList<quint64> &ids);
    void clearFinishedRequested();
    void openRequested(quint64 id); ///< look at this picture in the window
    void optionsChanged(const bitlens::ui::QueueOptions &options);

protected:
    void changeEvent(QEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
