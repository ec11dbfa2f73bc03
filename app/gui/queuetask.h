// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"
#include "app/gui/queuestate.h"
#include "engine/compare/upscaling.h"

#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

#include <functional>
#include <memory>
#include <optional>

namespace bitlens::app {

class QueueHold;

/// The pictures of a folder, by name; a file stands for itself.
QStringList picturesOf(const QString &path);

/// How results are named with these options and this model; `plan` is the plan's name.
compare::OutputNaming queueNaming(const ui::QueueOptions &options, const OpenedModel &model, const QString &plan);

/// Where an item's result goes: a name that no other item has. Throws base::Error{InvalidArgument} where the pattern
/// gives none.
QString queueOutput(const ui::QueueItem &item, const QList<ui::QueueItem> &items, const QString &folder,
                    const compare::OutputNaming &naming);

/// One picture of the queue, as work for the queue's thread.
struct QueueWork {
    QueueRecipe recipe;
    std::optional<OpenedModel> model; ///< where it is open already
    compare::UpscaleRequest request;  ///< without generator and plan, which come from the recipe
    std::shared_ptr<QueueHold> hold;
    std::function<void(bool held)> onHeld; ///< in the GUI thread: it waits, or goes on
    /// In the GUI thread, just before the request's end.
    std::function<void(const OpenedModel &model, const compare::UpscaleResult &result)> onDone;
};

EngineTask queueTask(QueueWork work);

/// Reads the headers of pictures: `onDone`, in the GUI thread, gets the pixels of each item by its id. Files that
/// cannot be read are left out; their turn says why.
EngineTask queueSizesTask(const QList<ui::QueueItem> &items,
                          std::function<void(const QHash<quint64, double> &pixels)> onDone);

} // namespace bitlens::app
