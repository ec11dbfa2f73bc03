// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/tunedfiles.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/quant/tunedmodel.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace bitlens::app {

namespace {

constexpr qsizetype kDigestLength = 16;
constexpr qint64 kDaysOfUse = 1;

bool holds(const QString &path, const std::vector<std::uint8_t> &bytes)
{
    return QFileInfo(path).size() == static_cast<qint64>(bytes.size()) && base::readFile(path.toStdString()) == bytes;
}

/// It is in use again: its day begins anew.
void renew(const QString &path)
{
    QFile file(path);
    if (file.open(QIODevice::ReadWrite))
        file.setFileTime(QDateTime::currentDateTime(), QFileDevice::FileModificationTime);
}

} // namespace

QString TunedFiles::keep(const quant::QuantizedModel &model, const QString &folder, const QString &stem)
{
    const std::vector<std::uint8_t> bytes = quant::tunedBytes(model);
    const QString digest = QString::fromStdString(base::sha256(bytes)).left(kDigestLength);
    const QString path = QDir(folder).filePath(QStringLiteral("%1-%2.safetensors").arg(stem, digest));
    if (!QFileInfo::exists(path))
        base::writeFileAtomically(path.toStdString(), bytes);
    else if (holds(path, bytes))
        renew(path);
    else if (stem == ownStem())
        base::writeFileAtomically(path.toStdString(), bytes); // it is ours, and damaged
    else
        throw base::Error(base::ErrorCode::InvalidArgument, path.toStdString(),
                          "another file has the name of the tuned model; it is not overwritten");
    return path;
}

QString TunedFiles::digestOf(const quant::QuantizedModel &model)
{
    std::string digests;
    const auto add = [&digests](const auto &numbers) {
        digests +=
            base::sha256({reinterpret_cast<const std::uint8_t *>(numbers.data()), numbers.size() * sizeof(numbers[0])});
    };
    for (const quant::QuantizedLayer &layer : model.layers) {
        add(layer.weights.values);
        add(layer.weights.scale);
        add(layer.bias);
    }
    const std::string all = base::sha256({reinterpret_cast<const std::uint8_t *>(digests.data()), digests.size()});
    return QString::fromStdString(all).left(kDigestLength);
}

void TunedFiles::removeForgotten(const QString &folder, const QByteArray &mentions)
{
    const QDateTime limit = QDateTime::currentDateTime().addDays(-kDaysOfUse);
    const QString pattern = ownStem() + QStringLiteral("-*.safetensors");
    for (const QFileInfo &file : QDir(folder).entryInfoList({pattern}, QDir::Files))
        if (file.lastModified() < limit && !mentions.contains(file.fileName().toUtf8()))
            QFile::remove(file.filePath());
}

} // namespace bitlens::app
