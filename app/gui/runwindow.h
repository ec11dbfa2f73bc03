// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

namespace bitlens::app {

/// `bitlens [FILE…]`: makes the application and its window and runs it. Files are pictures, models, plans or folders;
/// options are in --help. Returns the exit code: 0, 1 when there is no display, 2 on wrong usage.
int runWindow(int argc, char **argv);

} // namespace bitlens::app
