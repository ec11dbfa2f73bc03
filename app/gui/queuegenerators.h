// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/queuestate.h"
#include "app/gui/session.h"

#include <QHash>

#include <optional>

namespace bitlens::app {

/// The models of the queue's pictures, as far as they are open already: what a picture was started with stays what it
/// is made with, whatever the window opens meanwhile. GUI thread.
class QueueGenerators {
public:
    void start(quint64 item, const OpenedModel &model) { m_started.insert(item, model); }
    void forget(quint64 item) { m_started.remove(item); }
    /// The last task opened this one.
    void setOpened(const OpenedModel &model) { m_opened = model; }

    /// The model of a recipe: the item's own, else the window's or the one opened last where it is that; else none.
    std::optional<OpenedModel> find(quint64 item, const QueueRecipe &recipe, const OpenedModel &window) const;
    /// Pictures may have been started with a tuned model before that was in a file: their recipes name it now.
    void noteTunedFile(const OpenedModel &window, QHash<quint64, QueueRecipe> *recipes);

private:
    QHash<quint64, OpenedModel> m_started; ///< by item; those of earlier starts of the program have none
    std::optional<OpenedModel> m_opened;
};

} // namespace bitlens::app
