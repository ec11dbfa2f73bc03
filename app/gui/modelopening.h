// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/session.h"

namespace bitlens::app {

/// Reads a model by its catalogue name or path. A packed file of ours brings plan, ranges and integer weights along;
/// any other weight file is read as FP32. Takes as long as the file is large: not for the GUI thread. Throws
/// base::Error.
OpenedModel openModel(const QString &argument);

/// The same, with the tuned model that openModel's was made into (see TunedFiles). When that cannot be read or does not
/// fit, the model comes without it, and with a warning that says so.
OpenedModel openTunedModel(const QString &argument, const QString &tunedFile);

} // namespace bitlens::app
