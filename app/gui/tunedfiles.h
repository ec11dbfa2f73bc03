// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/quant/quantizedmodel.h"

#include <QByteArray>
#include <QString>

namespace bitlens::app {

/// Tuned models as files (quant::tunedBytes), named after their content: written once, never over another. Those that
/// the program keeps for its own sessions lie in a folder with them; one that the user saved a session with lies beside
/// that. Any thread.
class TunedFiles {
public:
    /// Writes a model as "<stem>-<digest>.safetensors" into `folder` unless it is there already, and says where. Throws
    /// base::Error{NotWritable}, and {InvalidArgument} when a file of that name is another one.
    static QString keep(const quant::QuantizedModel &model, const QString &folder, const QString &stem);

    /// 16 hexadecimal digits that tell one tuned model from another: of its weights, scales and biases.
    static QString digestOf(const quant::QuantizedModel &model);

    /// The stem of those that the program keeps for itself.
    static QString ownStem() { return QStringLiteral("tuned"); }
    /// Takes away what the program has kept in `folder`, is older than a day (younger ones may belong to a session that
    /// is not written yet) and is named nowhere in `mentions`.
    static void removeForgotten(const QString &folder, const QByteArray &mentions);
};

} // namespace bitlens::app
