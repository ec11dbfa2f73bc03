// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QIcon>

namespace bitlens::ui {

/// The program's own set of monochrome icons, see resources/icons.
enum class Icon {
    None,
    Open,
    Save,
    Export,
    Paste,
    Copy,
    Undo,
    Redo,
    Reset,
    Split,
    SideBySide,
    Difference,
    Flip,
    Turn,
    Fit,
    ActualSize,
    ZoomIn,
    ZoomOut,
    Panels,
    Cancel,
    Close,
    Sample,
    Model,
    Plan,
    Readouts,
    Theme,
    Help,
    Info,
    Warning,
    Error,
    Picture,
    Play,
    Pause,
    Add,
    Remove,
    Settings,
    Queue,
    Expand,
    Collapse,
    Blame,
};

/// An icon drawn in the application palette's text colour at the moment of painting: follows light and dark by itself
/// and is sharp at any scale.
QIcon icon(Icon icon);
/// The same in one fixed colour.
QIcon icon(Icon icon, const QColor &color);
/// The program's icon, 16 … 256 pixels.
QIcon applicationIcon();

} // namespace bitlens::ui
