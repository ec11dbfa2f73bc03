// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/queuegenerators.h"

namespace bitlens::app {

std::optional<OpenedModel> QueueGenerators::find(quint64 item, const QueueRecipe &recipe,
                                                 const OpenedModel &window) const
{
    if (const auto started = m_started.constFind(item); started != m_started.cend())
        return *started;
    const auto fits = [&recipe](const OpenedModel &model) {
        return model.generator && model.argument == recipe.model && model.tunedFile == recipe.tuned
               && model.isTuned() == !recipe.tuned.isEmpty();
    };
    if (fits(window))
        return window;
    return m_opened && fits(*m_opened) ? m_opened : std::nullopt;
}

void QueueGenerators::noteTunedFile(const OpenedModel &window, QHash<quint64, QueueRecipe> *recipes)
{
    for (auto model = m_started.begin(); model != m_started.end(); ++model)
        if (model->isTuned() && model->packed == window.packed) {
            model->tunedFile = window.tunedFile;
            (*recipes)[model.key()].tuned = window.tunedFile;
        }
}

} // namespace bitlens::app
