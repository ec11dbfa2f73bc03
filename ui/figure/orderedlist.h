// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QListWidget>

namespace bitlens::ui {

/// A short list whose rows are put in order by dragging them or with Ctrl and the arrow keys. It does not move rows
/// itself: whoever has the values does, and fills it again.
class OrderedList : public QListWidget {
    Q_OBJECT
public:
    /// Shows `rows` rows without scrolling.
    OrderedList(const QString &name, int rows, QWidget *parent = nullptr);

    /// For the size hints of its rows.
    int rowHeight() const;

signals:
    /// The user wants row `from` to become row `to`; both exist and differ.
    void moveRequested(int from, int to);
    void removeRequested(int row); ///< Delete was pressed

protected:
    void dropEvent(QDropEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
};

} // namespace bitlens::ui
