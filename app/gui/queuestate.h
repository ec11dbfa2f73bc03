// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/calibration.h"
#include "ui/queuemodel.h"
#include "ui/queuepanel.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>

namespace bitlens::app {

/// What a picture of the queue is made with: fixed when it is started, so that a plan that is edited meanwhile changes
/// nothing about the pictures that wait.
struct QueueRecipe {
    QString model; ///< catalogue name or path
    QString tuned; ///< the file of what that was tuned to; empty: nothing
    QString plan;  ///< BitPlan::toJson; empty: the FP32 generator
    QString name;  ///< of the plan, for people
    bool allowLarge = false;
    quant::RangeChoices ranges; ///< that the user chose in place of the calibrated ones
    bool operator==(const QueueRecipe &) const = default;
};

/// The queue as it is kept from one start of the program to the next.
struct QueueState {
    ui::QueueOptions options;
    QList<ui::QueueItem> items;
    QHash<quint64, QueueRecipe> recipes; ///< by item; those that were not started have none

    /// {"schema":1,"options":{…},"items":[{"input",…}]}
    QByteArray toJson() const;
    /// Inverse of toJson; what was running waits again. Throws base::Error{BrokenFile} naming `file`.
    static QueueState fromJson(const QByteArray &json, const QString &file);
};

} // namespace bitlens::app
