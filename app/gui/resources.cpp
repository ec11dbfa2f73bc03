// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/resources.h"

#include "engine/base/resource.h"

namespace bitlens::app {

QString resourcePath(const QString &name) { return QString::fromStdString(base::resourcePath(name.toStdString())); }

QString sampleInputPath() { return resourcePath(QStringLiteral("sample/chelsea_lr.png")); }

QString sampleReferencePath() { return resourcePath(QStringLiteral("sample/chelsea_hr.png")); }

} // namespace bitlens::app
