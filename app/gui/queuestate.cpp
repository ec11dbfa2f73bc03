// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/queuestate.h"

#include "app/gui/rangesjson.h"
#include "engine/base/error.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <array>
#include <utility>

namespace bitlens::app {

namespace {

using State = ui::QueueItem::State;
constexpr int kSchema = 1;
constexpr std::array<std::pair<State, const char *>, 5> kStateNames{{{State::Waiting, "waiting"},
                                                                     {State::Running, "running"},
                                                                     {State::Done, "done"},
                                                                     {State::Failed, "failed"},
                                                                     {State::Cancelled, "cancelled"}}};

QString nameOf(State state)
{
    for (const auto &[known, name] : kStateNames)
        if (known == state)
            return QString::fromLatin1(name);
    return {};
}

State stateOf(const QString &name)
{
    for (const auto &[state, known] : kStateNames)
        if (name == QLatin1String(known))
            return state == State::Running ? State::Waiting : state;
    return State::Waiting;
}

} // namespace

QByteArray QueueState::toJson() const
{
    QJsonArray list;
    for (const ui::QueueItem &item : items) {
        QJsonObject entry{{"input", item.input}, {"state", nameOf(item.state)}};
        if (!item.output.isEmpty())
            entry["output"] = item.output;
        if (item.state == State::Done) {
            entry["seconds"] = item.seconds;
            entry["width"] = item.size.width();
            entry["height"] = item.size.height();
        }
        if (!item.error.isEmpty())
            entry["error"] = item.error;
        if (const auto recipe = recipes.constFind(item.id); recipe != recipes.cend()) {
            entry["model"] = recipe->model;
            if (!recipe->tuned.isEmpty())
                entry["tuned"] = recipe->tuned;
            entry["plan"] = recipe->plan;
            entry["plan_name"] = recipe->name;
            entry["allow_large"] = recipe->allowLarge;
            if (!recipe->ranges.empty())
                entry["ranges"] = rangesJson(recipe->ranges);
        }
        list.append(entry);
    }
    const QJsonObject chosen{{"folder", options.folder},
                             {"pattern", options.pattern},
                             {"format", options.format},
                             {"fp32", options.fp32},
                             {"allow_large", options.allowLarge}};
    return QJsonDocument(QJsonObject{{"schema", kSchema}, {"options", chosen}, {"items", list}}).toJson();
}

QueueState QueueState::fromJson(const QByteArray &json, const QString &file)
{
    QJsonParseError problem;
    const QJsonObject root = QJsonDocument::fromJson(json, &problem).object();
    if (problem.error != QJsonParseError::NoError)
        throw base::Error(base::ErrorCode::BrokenFile, file.toStdString(), problem.errorString().toStdString());
    if (root["schema"].toInt() != kSchema)
        throw base::Error(base::ErrorCode::BrokenFile, file.toStdString(), "it is not a queue that this version knows");
    QueueState state;
    const QJsonObject chosen = root["options"].toObject();
    state.options.folder = chosen["folder"].toString();
    state.options.pattern = chosen["pattern"].toString(state.options.pattern);
    state.options.format = chosen["format"].toString(state.options.format);
    state.options.fp32 = chosen["fp32"].toBool();
    state.options.allowLarge = chosen["allow_large"].toBool();
    quint64 id = 0;
    for (const auto &value : root["items"].toArray()) {
        const QJsonObject entry = value.toObject();
        ui::QueueItem item;
        item.id = ++id;
        item.input = entry["input"].toString();
        if (item.input.isEmpty())
            continue;
        item.output = entry["output"].toString();
        item.state = stateOf(entry["state"].toString());
        item.seconds = entry["seconds"].toDouble();
        item.size = QSize(entry["width"].toInt(), entry["height"].toInt());
        item.error = entry["error"].toString();
        if (entry.contains("model")) {
            const QueueRecipe recipe{entry["model"].toString(),     entry["tuned"].toString(),
                                     entry["plan"].toString(),      entry["plan_name"].toString(),
                                     entry["allow_large"].toBool(), rangesFrom(entry["ranges"].toObject())};
            item.recipe = recipe.name;
            state.recipes.insert(item.id, recipe);
        }
        state.items << item;
    }
    return state;
}

} // namespace bitlens::app
