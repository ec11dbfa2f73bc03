// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/session.h"

namespace bitlens::app {

/// Reads a model by its catalogue name or path. A packed file of ours brings plan, ranges and integer weights along;
/// any other weight file is read as FP32. Takes as long as the file is large: not for the GUI thread. Throws
/// base::Error.
OpenedModel openModel(const QString &argument);

} // namespace bitlens::app
