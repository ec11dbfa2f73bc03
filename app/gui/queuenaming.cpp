// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/queuenaming.h"

#include "app/gui/queuetask.h"
#include "app/gui/session.h"
#include "engine/base/error.h"
#include "ui/messagebar.h"
#include "ui/namepatternedit.h"

namespace bitlens::app {

QueueNaming::QueueNaming(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    connect(parts.panel, &ui::QueuePanel::optionsChanged, this, &QueueNaming::show);
    connect(parts.session, &Session::planChanged, this, &QueueNaming::show);
    connect(parts.session, &Session::modelChanged, this, &QueueNaming::show);
    const ui::QueueModel *model = parts.panel->model();
    connect(model, &QAbstractItemModel::rowsInserted, this, &QueueNaming::show);
    connect(model, &QAbstractItemModel::rowsRemoved, this, &QueueNaming::show);
    parts.panel->naming()->setUsual(QLatin1String(compare::kUsualNamePattern));
    show();
}

compare::OutputNaming QueueNaming::naming() const
{
    const ui::QueueOptions options = m_parts.panel->options();
    const Session *session = m_parts.session;
    return queueNaming(options, session->model(), options.fp32 ? QStringLiteral("fp32") : session->planName());
}

void QueueNaming::show()
{
    const QList<ui::QueueItem> items = m_parts.panel->model()->items();
    const QString example = items.isEmpty() ? tr("photo.jpg") : items.first().input;
    try {
        const auto names = compare::outputNames({example.toStdString()}, {}, naming());
        m_parts.panel->naming()->setExample(QString::fromStdString(names.front().output));
    } catch (const base::Error &error) {
        m_parts.panel->naming()->setProblem(QString::fromStdString(error.detail()));
    }
}

bool QueueNaming::isGood(const QHash<quint64, QueueRecipe> &recipes) const
{
    try {
        QList<ui::QueueItem> named;
        const QList<ui::QueueItem> items = m_parts.panel->model()->items();
        for (ui::QueueItem item : items) {
            if (item.state == ui::QueueItem::State::Waiting && !recipes.contains(item.id))
                item.output = queueOutput(item, named, m_parts.panel->options().folder, naming());
            named << item;
        }
    } catch (const base::Error &error) {
        m_parts.messages->postError(tr("The names of the results: %1").arg(QString::fromUtf8(error.what())));
        return false;
    }
    return true;
}

} // namespace bitlens::app
