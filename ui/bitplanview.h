// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QElapsedTimer>
#include <QPersistentModelIndex>
#include <QTreeView>

namespace bitlens::ui {

/// A tree whose W and A cells are sliders: dragged, stepped with the arrow keys, or typed as digits. The wheel moves a
/// slider only while it has the keyboard focus.
class BitPlanView : public QTreeView {
    Q_OBJECT
public:
    explicit BitPlanView(QWidget *parent = nullptr);

    bool isDragging() const { return m_dragged.isValid(); }

signals:
    /// The mouse took hold of a slider; changes of the model are previews until dragFinished().
    void dragStarted();
    /// The slider was let go; `accepted` is false when Escape gave it up.
    void dragFinished(bool accepted);

protected:
    bool event(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    bool focusNextPrevChild(bool next) override;
    void resizeEvent(QResizeEvent *event) override;
    void drawBranches(QPainter *painter, const QRect &rect, const QModelIndex &index) const override;

private:
    bool isSlider(const QModelIndex &index) const;
    void dragTo(int x);
    void step(const QModelIndex &index, int stops);
    bool typeDigit(const QString &text);
    void layoutColumns();

    QPersistentModelIndex m_dragged;
    QString m_typed;
    QElapsedTimer m_typing;
    int m_wheel = 0;
};

} // namespace bitlens::ui
