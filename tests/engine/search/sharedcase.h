// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "analysiscase.h"

#include "engine/image/codec.h"
#include "engine/model/reader.h"

#include <optional>

#include <QDir>
#include <QFile>

namespace bitlens::test {

/// The SRGAN of 5 blocks with crops of Set5, both of the shared data; missing when that is not there.
inline std::optional<AnalysisCase> sharedSrganCase(const search::ProbeShape &shape)
{
    const QString shared = qEnvironmentVariable("BITLENS_SHARED");
    const QString weights = shared + "/data/weights/srgan5_leftthomas_x4.pth";
    const QDir folder(shared + "/data/sets/Set5/LRx4");
    const QStringList names = folder.entryList({"*.png"});
    if (shared.isEmpty() || !QFile::exists(weights) || names.isEmpty())
        return std::nullopt;
    std::vector<image::Image> pictures;
    for (const QString &name : names)
        pictures.push_back(image::readImage(folder.filePath(name).toStdString()));
    return analysisCase(model::readGenerator(weights.toStdString()), pictures, shape);
}

} // namespace bitlens::test
