// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/reader.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QFile>
#include <QString>

namespace bitlens::test {

/// A small generator of a family ("srgan", "rrdb", "rrdb x2"), or one of the shared weight files; null where that is
/// not there.
inline model::GeneratorPtr generatorOf(const QString &family)
{
    if (family == "srgan")
        return syntheticGenerator(SrganShape{.blocks = 2, .channels = 12, .slopesPerChannel = true});
    if (family == "rrdb")
        return syntheticGenerator(RrdbShape{.blocks = 1, .channels = 12, .growth = 8});
    if (family == "rrdb x2")
        return syntheticGenerator(RrdbShape{.channels = 12, .growth = 8, .unshuffle = 2});
    const QString path = QString::fromLocal8Bit(qgetenv("BITLENS_SHARED")) + "/data/weights/" + family;
    return QFile::exists(path) ? model::readGenerator(path.toStdString()) : nullptr;
}

} // namespace bitlens::test
