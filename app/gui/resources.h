// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QString>

namespace bitlens::app {

/// base::resourcePath for Qt.
QString resourcePath(const QString &name);

/// The pair that "Try the sample" opens; empty when it is not installed.
QString sampleInputPath();
QString sampleReferencePath();

} // namespace bitlens::app
