// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/resources.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace bitlens::app {

QString resourcePath(const QString &name)
{
    const QDir folder(QCoreApplication::applicationDirPath());
    for (const char *place : {"share/bitlens/", "../share/bitlens/"}) {
        const QString path = QDir::cleanPath(folder.absoluteFilePath(QLatin1String(place) + name));
        if (QFileInfo::exists(path))
            return path;
    }
    return {};
}

QString sampleInputPath() { return resourcePath(QStringLiteral("sample/chelsea_lr.png")); }

QString sampleReferencePath() { return resourcePath(QStringLiteral("sample/chelsea_hr.png")); }

} // namespace bitlens::app
