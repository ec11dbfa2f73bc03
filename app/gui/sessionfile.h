// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/viewchoices.h"
#include "engine/quant/calibration.h"

#include <QByteArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QPointF>
#include <QString>

#include <optional>

namespace bitlens::app {

inline constexpr const char *kSessionSuffix = "bitlens"; ///< of session files

/// A file that a session refers to. Empty path: there is none.
struct SessionReference {
    QString path;     ///< absolute; for a model also a catalogue name
    QString relative; ///< to the session file's folder, so that both can move together; may be empty
    QString sha256;   ///< of its content, hexadecimal; empty: not known
    bool operator==(const SessionReference &) const = default;
};

/// What the window shows, as a file: which picture, reference and model (by path and hash, not their content), the plan
/// and the chosen ranges, how it is looked at, and the plans that were tried. A value type; JSON of schema 1.
struct SessionFile {
    SessionReference picture;
    SessionReference reference;
    SessionReference model;
    SessionReference tuned; ///< the quantized model that the model was tuned to
    QJsonObject plan;       ///< as quant::BitPlan::toJson; empty: none
    quant::RangeChoices ranges;
    ViewChoices view;
    double zoom = 0.0;             ///< device pixels per output pixel; 0: fitted to the window
    std::optional<QPointF> centre; ///< output pixel in the middle of the view; none: wherever it comes to
    QJsonValue triedPlans;

    bool operator==(const SessionFile &) const = default;

    QByteArray toJson() const;
    /// Throws base::Error naming `file`: BrokenFile for what is no JSON, UnknownFormat for other JSON and newer
    /// schemas.
    static SessionFile fromJson(const QByteArray &json, const QString &file);
    /// Fills the relative paths for a session file in this folder.
    void makeRelativeTo(const QString &folder);
    /// Where a referred file is now: at its path, else relative to `folder`; its path when it is in neither place.
    static QString resolved(const SessionReference &reference, const QString &folder);
};

/// SHA-256 of a file, hexadecimal; empty when it cannot be read. Reads all of it: not for the GUI thread.
QString sha256OfFile(const QString &path);

} // namespace bitlens::app
