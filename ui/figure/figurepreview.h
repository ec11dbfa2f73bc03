// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/figure/figurelayout.h"

#include <QImage>
#include <QString>
#include <QWidget>

#include <optional>
#include <vector>

namespace bitlens::ui {

/// A drawn figure, and what is needed to point at its parts.
struct FigureDrawing {
    QImage image; ///< the figure as it is written, or the same made smaller
    FigureLayout layout;
    image::Size picture;              ///< of the pictures in it
    std::vector<image::Rect> regions; ///< that it shows
};

/// Shows a drawn figure as large as there is room, never larger than it is. A drag on the whole picture makes a region;
/// a click on a box selects it.
class FigurePreview : public QWidget {
    Q_OBJECT
public:
    explicit FigurePreview(QWidget *parent = nullptr);

    const FigureDrawing &drawing() const { return m_drawing; }
    /// Why there is no new drawing; empty: there is one, or it is being made.
    QString error() const { return m_error; }
    /// Where a part of the picture stands in the widget; empty while there is no whole picture.
    QRectF boxOf(const image::Rect &region) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    void setDrawing(const bitlens::ui::FigureDrawing &drawing);
    /// Marks one of the drawing's regions; -1: none.
    void setSelected(int region);
    /// The drawing is being made anew: the old one stays, dimmed.
    void setUpdating(bool updating);
    /// The figure could not be drawn: the reason stands in its place, above an old drawing, until there is a new one.
    void setError(const QString &reason);

signals:
    void regionDrawn(const bitlens::image::Rect &region); ///< in pixels of the picture
    void regionClicked(int region);
    void removeRequested(); ///< Delete was pressed

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QRectF target() const;
    double scale() const;
    QPointF toFigure(const QPointF &position) const;
    image::Rect dragged() const;
    void paintError(QPainter *painter) const;

    FigureDrawing m_drawing;
    int m_selected = -1;
    bool m_updating = false;
    QString m_error;
    std::optional<QPointF> m_dragFrom; ///< figure pixels
    QPointF m_dragTo;
};

} // namespace bitlens::ui
