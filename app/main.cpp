// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/commandline.h"

#ifdef BITLENS_WITH_WINDOW
#include "app/gui/runwindow.h"
#else
#include <cstdio>
#endif

int main(int argc, char **argv)
{
    if (bitlens::cli::isCommandLine(argc, argv))
        return bitlens::cli::runCommandLine(argc, argv);
#ifdef BITLENS_WITH_WINDOW
    return bitlens::app::runWindow(argc, argv);
#else
    std::fputs("bitlens: this program was built without its window; see bitlens --help\n", stderr);
    return 1;
#endif
}
