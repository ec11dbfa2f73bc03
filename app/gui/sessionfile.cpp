// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/sessionfile.h"

#include "engine/base/error.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace bitlens::app {

namespace {

constexpr int kSchema = 1;
constexpr const char *kKind = "bitlens session";

QJsonObject toObject(const SessionReference &reference)
{
    if (reference.path.isEmpty())
        return {};
    QJsonObject object{{"path", reference.path}};
    if (!reference.relative.isEmpty())
        object["relative"] = reference.relative;
    if (!reference.sha256.isEmpty())
        object["sha256"] = reference.sha256;
    return object;
}

SessionReference toReference(const QJsonValue &value)
{
    const QJsonObject object = value.toObject();
    return {object["path"].toString(), object["relative"].toString(), object["sha256"].toString()};
}

QJsonObject toObject(const quant::RangeChoices &ranges)
{
    QJsonObject object;
    for (const auto &[map, range] : ranges)
        object[QString::number(map)] =
            QJsonObject{{"low", static_cast<double>(range.low)}, {"high", static_cast<double>(range.high)}};
    return object;
}

quant::RangeChoices toRanges(const QJsonObject &object)
{
    quant::RangeChoices ranges;
    for (auto entry = object.begin(); entry != object.end(); ++entry) {
        const QJsonObject range = entry->toObject();
        bool isNumber = false;
        const int map = entry.key().toInt(&isNumber);
        if (isNumber)
            ranges[map] = {static_cast<float>(range["low"].toDouble()), static_cast<float>(range["high"].toDouble())};
    }
    return ranges;
}

QJsonObject toObject(const ViewChoices &view, double zoom, const std::optional<QPointF> &centre)
{
    QJsonObject object{
        {"mode", view.mode}, {"above_each_other", view.sidesAboveEachOther}, {"divider", view.divider}, {"zoom", zoom}};
    if (!view.panes.isEmpty())
        object["panes"] = QJsonArray::fromStringList(view.panes);
    if (view.gain > 0)
        object["gain"] = view.gain;
    object["false_colour"] = view.falseColour;
    if (centre)
        object["centre"] = QJsonArray{centre->x(), centre->y()};
    return object;
}

ViewChoices toViewChoices(const QJsonObject &object)
{
    ViewChoices view;
    view.mode = object["mode"].toString();
    view.sidesAboveEachOther = object["above_each_other"].toBool();
    view.divider = std::clamp(object["divider"].toDouble(view.divider), 0.0, 1.0);
    for (const auto &pane : object["panes"].toArray())
        view.panes << pane.toString();
    view.gain = object["gain"].toInt();
    view.falseColour = object["false_colour"].toBool();
    return view;
}

} // namespace

QByteArray SessionFile::toJson() const
{
    QJsonObject root{{"schema", kSchema}, {"kind", QLatin1String(kKind)}};
    const auto put = [&root](const char *key, const SessionReference &file) {
        if (!file.path.isEmpty())
            root[QLatin1String(key)] = toObject(file);
    };
    put("picture", picture);
    put("reference", reference);
    put("model", model);
    put("tuned", tuned);
    if (!plan.isEmpty())
        root["plan"] = plan;
    if (!ranges.empty())
        root["ranges"] = toObject(ranges);
    root["view"] = toObject(view, zoom, centre);
    if (!triedPlans.isNull() && !triedPlans.isUndefined())
        root["tried_plans"] = triedPlans;
    return QJsonDocument(root).toJson();
}

SessionFile SessionFile::fromJson(const QByteArray &json, const QString &file)
{
    QJsonParseError problem;
    const QJsonObject root = QJsonDocument::fromJson(json, &problem).object();
    if (problem.error != QJsonParseError::NoError)
        throw base::Error(base::ErrorCode::BrokenFile, file.toStdString(),
                          "not a session: " + problem.errorString().toStdString());
    if (root["kind"].toString() != QLatin1String(kKind))
        throw base::Error(base::ErrorCode::UnknownFormat, file.toStdString(), "this JSON is not a session");
    if (root["schema"].toInt() != kSchema)
        throw base::Error(base::ErrorCode::UnknownFormat, file.toStdString(),
                          "the session is of schema " + std::to_string(root["schema"].toInt())
                              + ", this version of the program reads schema " + std::to_string(kSchema));
    SessionFile session;
    session.picture = toReference(root["picture"]);
    session.reference = toReference(root["reference"]);
    session.model = toReference(root["model"]);
    session.tuned = toReference(root["tuned"]);
    session.plan = root["plan"].toObject();
    session.ranges = toRanges(root["ranges"].toObject());
    const QJsonObject view = root["view"].toObject();
    session.view = toViewChoices(view);
    session.zoom = std::max(0.0, view["zoom"].toDouble());
    if (const QJsonArray centre = view["centre"].toArray(); centre.size() == 2)
        session.centre = QPointF(centre[0].toDouble(), centre[1].toDouble());
    session.triedPlans = root["tried_plans"];
    if (session.triedPlans.isUndefined())
        session.triedPlans = QJsonValue();
    return session;
}

void SessionFile::makeRelativeTo(const QString &folder)
{
    const QDir base(folder);
    for (SessionReference *file : {&picture, &reference, &model, &tuned})
        file->relative = QFileInfo(file->path).isAbsolute() ? base.relativeFilePath(file->path) : QString();
}

QString SessionFile::resolved(const SessionReference &reference, const QString &folder)
{
    if (reference.relative.isEmpty() || QFileInfo::exists(reference.path))
        return reference.path;
    const QString beside = QDir::cleanPath(QDir(folder).absoluteFilePath(reference.relative));
    return QFileInfo::exists(beside) ? beside : reference.path;
}

QString sha256OfFile(const QString &path)
{
    QFile file(path);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
        return {};
    return QString::fromLatin1(hash.result().toHex());
}

} // namespace bitlens::app
