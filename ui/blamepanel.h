// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/blame.h"
#include "ui/remainingtime.h"

#include <QRect>
#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;

namespace bitlens::ui {

class BlameModel;

/// Which layers' quantization causes the error in a region of the picture, as a ranked table. Explains itself while
/// there is nothing to show.
class BlamePanel : public QWidget {
    Q_OBJECT
public:
    explicit BlamePanel(QWidget *parent = nullptr);

    BlameModel *model() const { return m_model; }
    QTableView *table() const { return m_table; }
    QSize sizeHint() const override;

public slots:
    /// Back to the explanation.
    void clear();
    /// An answer about this region (output pixels) is under way; `waiting` says that a comparison has to end first.
    void start(const QRect &region, bool waiting);
    void setProgress(double fraction);
    /// `error`: root of the mean square with everything quantized, in 8-bit levels.
    void addEntry(const bitlens::compare::BlameEntry &entry, double error);
    void finish(const bitlens::compare::Blame &blame);
    /// It ended early: what is there stays.
    void stop(const QString &why);
    /// The answer belongs to a plan or picture that is no longer shown.
    void setOutdated(bool outdated);
    void setPicking(bool picking);

signals:
    /// The user wants (or no longer wants) to choose a region on the picture.
    void pickingRequested(bool on);
    /// Look at the same region again.
    void againRequested();
    /// A row was chosen: a layer of the generator, or -1 and the path of a stage.
    void layerChosen(int layer, const QString &path);

protected:
    void changeEvent(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void showSummary();
    void chooseCurrent();
    void applyPalette();

    BlameModel *m_model;
    QTableView *m_table;
    QLabel *m_summary;
    QLabel *m_explanation;
    QLabel *m_note;
    QProgressBar *m_progress;
    QLabel *m_remaining;
    RemainingTime m_time;
    QPushButton *m_pick;
    QPushButton *m_again;
    QRect m_region;
    double m_error = 0.0;
    bool m_keyed = false;  ///< a key is moving the current row
    bool m_adding = false; ///< a row that comes or goes may move the current one; nobody chose that
};

} // namespace bitlens::ui
