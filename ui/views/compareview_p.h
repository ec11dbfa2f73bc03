// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/views/compareview.h"
#include "ui/views/differencesource.h"
#include "ui/views/picturelayer.h"
#include "ui/views/picturestore.h"
#include "ui/views/viewport.h"
#include "ui/views/welcomeview.h"

#include <QTimer>

#include <optional>

namespace bitlens::ui {

/// Shared by compareview.cpp (what is shown) and compareviewinput.cpp (mouse, keys, drops).
struct CompareView::Private {
    /// One of the two pictures, with what its label says.
    struct SideState {
        PictureStore store;
        PictureLayer layer{&store, kSideMegabytes};
        QString detail;
        bool updating = false;
    };
    static constexpr int kSideMegabytes = 96;
    static constexpr int kOtherMegabytes = 32;

    explicit Private(CompareView *view) : q(view) { backgroundLayer.setAlwaysSmooth(true); }

    CompareView *q;
    WelcomeView *welcome = nullptr;
    Viewport viewport; ///< of one pane, in device pixels
    SideState fp32;
    SideState quantized;
    PictureStore background;
    PictureLayer backgroundLayer{&background, kOtherMegabytes};
    DifferenceSource difference{&fp32.store, &quantized.store};
    PictureLayer differenceLayer{&difference, kOtherMegabytes};

    Mode mode = Mode::Split;
    Qt::Orientation orientation = Qt::Horizontal;
    double divider = 0.5;
    bool flipped = false;
    bool dropHighlighted = false;

    // The mouse.
    enum class Drag { None, Divider, Picture };
    Drag drag = Drag::None;
    QPointF lastMouse; ///< widget coordinates
    QPointF panRest;   ///< movement below a device pixel that has not been made yet
    bool overDivider = false;
    std::optional<QPoint> hovered; ///< output pixel

    QRect reportedRegion;
    double reportedZoom = 0.0;

    SideState &state(compare::Side side) { return side == compare::Side::Fp32 ? fp32 : quantized; }
    /// The side that stands in the place of `side`: the other one while flipped.
    compare::Side shown(compare::Side side) const;
    bool hasCanvas() const { return !viewport.canvas().isEmpty(); }
    double ratio() const { return q->devicePixelRatioF(); }

    /// Panes of the current mode, in device pixels of the widget.
    QList<QRect> panes() const;
    QRect paneAt(const QPointF &widgetPosition) const;
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
    void pixelsChanged(compare::Side side, const QRect &rect);
    /// Repaints what shows the given output pixels.
    void updateOutput(const QRect &rect);

    bool paintSide(QPainter &painter, compare::Side side, const QRect &pane, const QRect &clip, FrameBudget &budget);
    bool paintPictures(QPainter &painter, const QRect &exposed, FrameBudget &budget);
    void paintLabels(QPainter &painter);
    QString labelOf(compare::Side side);
};

} // namespace bitlens::ui
