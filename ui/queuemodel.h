// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QAbstractTableModel>
#include <QList>
#include <QSize>
#include <QString>

namespace bitlens::ui {

/// A picture that is to be enlarged, is being enlarged or has been.
struct QueueItem {
    enum class State { Waiting, Running, Done, Failed, Cancelled };

    quint64 id = 0; ///< unique within a queue, not 0
    QString input;  ///< path
    QString output; ///< path; empty until it is known
    QString recipe; ///< what it is made with, for people: "FP32", "multi"; empty until it is known
    State state = State::Waiting;
    double fraction = 0.0;     ///< of a running one, in [0,1]
    QString activity;          ///< what a running one is at: "FP32, tile 2 of 9"
    double secondsLeft = -1.0; ///< of a running one; negative: not known yet
    double seconds = 0.0;      ///< that a finished one took
    QSize size;                ///< of a finished one, in pixels
    double pixels = 0.0;       ///< of the input; 0: not known yet
    QString error;             ///< why a failed one failed
    bool operator==(const QueueItem &) const = default;
};

/// The queue as a table, one row a picture, in the order in which they are made.
class QueueModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { PictureColumn, StateColumn, TimeColumn, RecipeColumn, OutputColumn, ColumnCount };
    enum Role {
        IdRole = Qt::UserRole + 1, ///< quint64
        StateRole,                 ///< QueueItem::State as int
        FractionRole,              ///< double
    };

    using QAbstractTableModel::QAbstractTableModel;

    const QList<QueueItem> &items() const { return m_items; }
    /// The row of an id; -1 when there is none.
    int rowOf(quint64 id) const;
    int countOf(QueueItem::State state) const;

    void append(const QList<QueueItem> &items);
    /// Replaces the item of the same id; unknown ones are ignored.
    void update(const QueueItem &item);
    void remove(quint64 id);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    static QString text(const QueueItem &item, int column);
    static QString toolTip(const QueueItem &item, int column);

    QList<QueueItem> m_items;
};

} // namespace bitlens::ui
