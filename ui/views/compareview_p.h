// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/views/compareview.h"
#include "ui/views/differencesource.h"
#include "ui/views/picturelayer.h"
#include "ui/views/picturestore.h"
#include "ui/views/regionselection.h"
#include "ui/views/viewport.h"
#include "ui/views/welcomeview.h"

#include <QTimer>

#include <optional>

namespace bitlens::ui {

/// Shared by compareview.cpp (what is shown), compareviewpictures.cpp (which pixels), compareviewpaint.cpp (how),
/// compareviewinput.cpp (mouse, keys, drops) and compareviewselection.cpp (regions: selected, picked, marked).
struct CompareView::Private {
    static constexpr int kSideMegabytes = 96;
    static constexpr int kOtherMegabytes = 32;
    /// One of the pictures, with what its label says.
    struct Shown {
        explicit Shown(int megabytes) : layer(&store, megabytes) {}
        PictureStore store;
        PictureLayer layer;
        QString detail;
        bool updating = false;
        bool isKnown() const { return !store.coverage().isEmpty(); }
    };

    explicit Private(CompareView *view) : q(view) { backgroundLayer.setAlwaysSmooth(true); }

    QTimer nextFrame; ///< goes on where a frame's time ran out

    CompareView *q;
    WelcomeView *welcome = nullptr;
    Viewport viewport; ///< of one pane, in device pixels
    Shown fp32{kSideMegabytes};
    Shown quantized{kSideMegabytes};
    Shown bicubic{kOtherMegabytes};
    Shown reference{kOtherMegabytes};
    Shown previous{kOtherMegabytes}; ///< quantized with another plan
    PictureStore background;
    PictureLayer backgroundLayer{&background, kOtherMegabytes};
    DifferenceSource difference{&fp32.store, &quantized.store};
    PictureLayer differenceLayer{&difference, kOtherMegabytes};
    DifferenceSource previousDifference{&fp32.store, &previous.store};
    PictureLayer previousDifferenceLayer{&previousDifference, kOtherMegabytes};

    Mode mode = Mode::Split;
    Qt::Orientation orientation = Qt::Horizontal;
    double divider = 0.5;
    QList<Pane> sidePanes{Pane::Fp32, Pane::Quantized};
    bool flipped = false;
    bool blinking = false;
    bool picking = false;
    QRect marked; ///< output pixels
    bool selecting = false;
    RegionSelection selection;
    QRect reportedSelection;
    bool dropHighlighted = false;

    // The mouse.
    enum class Drag { None, Divider, Picture, Region, Selection };
    Drag drag = Drag::None;
    QPointF lastMouse; ///< widget coordinates
    QPointF panRest;   ///< movement below a device pixel that has not been made yet
    bool overDivider = false;
    std::optional<QPoint> hovered; ///< output pixel
    QPointF lastHover;             ///< widget coordinates of it
    QPointF pressed;               ///< widget coordinates, where the region begins
    std::optional<QRect> rubber;   ///< output pixels of the region that is being drawn

    QRect reportedRegion;
    double reportedZoom = 0.0;

    Shown &shown(Pane pane);
    Shown &shown(compare::Side side) { return side == compare::Side::Fp32 ? fp32 : quantized; }
    /// What stands in the place of a pane: FP32 and quantized change places while flipped.
    Pane inPlaceOf(Pane pane) const;
    /// The panes of the current mode: those of side by side, else one.
    QList<Pane> visiblePanes() const;
    /// The quantized side as it is to be seen now: the previous plan's while blinking.
    Shown &quantizedNow() { return blinking && previous.isKnown() ? previous : quantized; }
    bool hasCanvas() const { return !viewport.canvas().isEmpty(); }
    double ratio() const { return q->devicePixelRatioF(); }

    /// Panes of the current mode, in device pixels of the widget.
    QList<QRect> panes() const;
    QRect paneAt(const QPointF &widgetPosition) const;
    /// Output pixels on the widget, in its own coordinates.
    QRectF toWidget(const QRect &outputPixels, const QRect &pane) const;
    /// The part of the pane that the picture covers, in device pixels of the widget.
    QRect visiblePicture() const;
    /// Where the line is: x (or y) in device pixels of the widget.
    int dividerDevice() const;
    bool isOverDivider(const QPointF &widgetPosition) const;
    std::optional<QPoint> outputPixelAt(const QPointF &widgetPosition) const;

    void layout();
    /// To be called after every change of zoom or position.
    void viewChanged();
    void setZoomAt(double zoom, const QPointF &widgetPosition);
    void panBy(const QPointF &widgetDelta);
    void moveDividerTo(const QPointF &widgetPosition);
    void hover(const QPointF &widgetPosition);
    void clearHover();
    void updateCursor();
    void updateDescription();
    void setShown(Shown &which, const DisplayPicture &picture);
    void pixelsChanged(compare::Side side, const QRect &rect);
    void drawRegionTo(const QPointF &widgetPosition);
    void pickRegion();
    QPoint pixelInPane(const QPointF &widgetPosition, const QRect &pane) const;
    void beginSelection(const QPointF &widgetPosition);
    void dragSelection(const QPointF &widgetPosition);
    void endSelection();
    void reportSelection();
    bool wantsSelectionKey(int key) const;
    void takeSelectionKey(const QKeyEvent &event);
    void selectMiddle();
    /// Repaints what shows the given output pixels.
    void updateOutput(const QRect &rect);

    bool paintPane(QPainter &painter, Pane which, const QRect &pane, const QRect &clip, FrameBudget &budget);
    bool paintPictures(QPainter &painter, const QRect &exposed, FrameBudget &budget);
    void paintLabels(QPainter &painter);
    void paintMarks(QPainter &painter);
    void paintSelection(QPainter &painter);
    void paintPixelValues(QPainter &painter);
    QString labelOf(Pane pane);
};

} // namespace bitlens::ui
