// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"
#include "engine/image/image.h"
#include "ui/views/displaypicture.h"

#include <QList>
#include <QUrl>
#include <QWidget>

#include <memory>

namespace bitlens::ui {

/// The picture: FP32 and quantized output of one input, to be compared by eye. Shows a drop target while it has no
/// canvas. Coordinates named "output pixels" are pixels of the enlarged picture; zoom is device pixels per output
/// pixel, so that 1.0 is a true 100 % on every screen. GUI thread only.
class CompareView : public QWidget {
    Q_OBJECT
public:
    /// How the two sides are laid over each other.
    enum class Mode {
        Split,      ///< FP32 on one side of a divider, quantized on the other
        SideBySide, ///< two to four pictures whole, zoom and pan locked
        Difference, ///< |quantized - FP32| times the gain
        Flip,       ///< FP32 whole; quantized while Space is held
    };
    Q_ENUM(Mode)
    /// A picture that side by side can show.
    enum class Pane {
        Bicubic, ///< the input, enlarged without any network
        Fp32,
        Quantized,
        Reference, ///< the true high-resolution picture
    };
    Q_ENUM(Pane)

    explicit CompareView(QWidget *parent = nullptr);
    ~CompareView() override;

    /// True between setCanvasSize() and clear().
    bool hasCanvas() const;
    image::Size canvasSize() const;

    Mode mode() const;
    /// Of Split: Qt::Horizontal lays the sides left and right, Qt::Vertical above and below.
    Qt::Orientation splitOrientation() const;
    /// Share of the visible picture that belongs to FP32 in split mode, in [0,1].
    double dividerPosition() const;
    /// What stands in the middle of the view (of each pane), in output pixels.
    QPointF centre() const;
    /// Factor of the difference, 1 … 32.
    int differenceGain() const;
    /// The difference is shown as a colour of its largest channel, else as it is.
    bool isFalseColour() const;
    /// What side by side is to show, in the order of the panes. A reference that is not there is left out.
    QList<Pane> sidePanes() const;
    bool hasReference() const;
    /// There is a result of another plan to blink against.
    bool hasPrevious() const;
    bool isBlinking() const;
    /// A click or a drag names a pixel or a region instead of moving the picture.
    bool isPicking() const;
    QRect markedRegion() const;
    /// A drag draws, moves or resizes the selected region instead of moving the picture.
    bool isSelecting() const;
    /// In output pixels; empty: none.
    QRect selectedRegion() const;
    double zoom() const;
    /// True while the zoom follows the window ("fit").
    bool isFitted() const;
    /// The part of the canvas that can be seen, in output pixels; empty without a canvas.
    QRect visibleRegion() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    /// Back to the drop target; forgets all pixels.
    void clear();
    /// Starts a new picture of this size in output pixels: forgets both sides and the background, fits the view.
    void setCanvasSize(bitlens::image::Size size);
    /// What is shown where no result is yet: a picture of any size, stretched smoothly over the canvas (the input, or
    /// its bicubic enlargement).
    void setBackground(const bitlens::image::Image &picture);
    /// Puts a part of a result on the canvas; `rect` in output pixels, as large as `pixels`. Parts outside are ignored.
    void updatePart(bitlens::compare::Side side, bitlens::image::Rect rect, const bitlens::image::Image &pixels);
    /// A whole result at once; the size must be the canvas'.
    void setPicture(bitlens::compare::Side side, const bitlens::image::Image &picture);
    /// The same, prepared before: no frame is spent on shrinking it.
    void setPicture(bitlens::compare::Side side, const bitlens::ui::DisplayPicture &picture);
    /// Forgets one side (the background shows again).
    void clearSide(bitlens::compare::Side side);
    /// The picture of this side is being computed again: its label says so; the old pixels stay until parts replace
    /// them.
    void setUpdating(bitlens::compare::Side side, bool updating);
    /// Text after the side's name in its label, e.g. "W8/A8" or "LibTorch".
    void setSideDetail(bitlens::compare::Side side, const QString &detail);

    /// The input's bicubic enlargement, of the canvas' size; until it is there (and after a null image) the background
    /// stands in for it.
    void setBicubic(const bitlens::ui::DisplayPicture &picture);
    /// The true picture, of the canvas' size; a null image takes it away.
    void setReference(const bitlens::image::Image &picture);
    /// The quantized result of another plan, of the canvas' size, to blink against; a null image takes it away.
    void setPrevious(const bitlens::ui::DisplayPicture &picture, const QString &plan);

    void setMode(bitlens::ui::CompareView::Mode mode);
    /// Two to four different panes; anything else is ignored.
    void setSidePanes(const QList<bitlens::ui::CompareView::Pane> &panes);
    void setSplitOrientation(Qt::Orientation orientation);
    void setDividerPosition(double position);
    void setDifferenceGain(int gain);
    void setFalseColour(bool on);
    /// Zooms about the middle of the view; clamped to what is useful for this canvas.
    void setZoom(double zoom);
    /// Moves this point to the middle, as far as the canvas reaches.
    void setCentre(const QPointF &outputPixel);
    void zoomIn();
    void zoomOut();
    void fit();
    /// One output pixel on one device pixel.
    void showActualSize();
    /// As holding Space does: shows the other side in place of each.
    void setFlipped(bool flipped);
    /// As holding B does: shows the previous plan's result in place of the quantized one.
    void setBlinking(bool blinking);
    void setPicking(bool picking);
    /// Frames a part of the picture, in output pixels; empty: none.
    void setMarkedRegion(const QRect &outputPixels);
    void setSelecting(bool selecting);
    /// Cut to the canvas. Stays until another one is set or the canvas changes.
    void setSelectedRegion(const QRect &outputPixels);

signals:
    void modeChanged(bitlens::ui::CompareView::Mode mode);
    void dividerMoved(double position);
    void zoomChanged(double zoom);
    void differenceGainChanged(int gain);
    void falseColourChanged(bool on);
    void sidePanesChanged(const QList<bitlens::ui::CompareView::Pane> &panes);
    void pickingChanged(bool picking);
    void selectingChanged(bool selecting);
    /// After a drag or a key, in output pixels; empty: none.
    void selectedRegionChanged(const QRect &outputPixels);
    /// A pixel or a region was chosen while picking, in output pixels.
    void regionPicked(const QRect &outputPixels);
    /// After zoom, pan, resize: the output pixels that can be seen.
    void visibleRegionChanged(const QRect &outputPixels);
    /// The output pixel under the cursor; (-1,-1) when there is none.
    void pixelHovered(const QPoint &outputPixel);
    void filesDropped(const QList<QUrl> &files);
    /// A picture without a file was dropped (from a browser, say).
    void imageDropped(const QImage &picture);
    /// Tab was pressed on the picture: show it alone, or with the panels again.
    void panelsToggleRequested();
    void openRequested();   ///< "Open…" of the empty state
    void sampleRequested(); ///< "Try the sample" of the empty state

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool event(QEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void keyReleaseEvent(QKeyEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragMoveEvent(QDragMoveEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
