// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/figure/figuresettings.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bitlens::cli {

/// What `compare` takes for its figure.
struct FigureOptions {
    std::string path;               ///< empty: no figure
    std::vector<std::string> plans; ///< further plans that are shown beside the one compared
    std::vector<std::string> regions;
    double width = 0.0; ///< millimetres; 0: the default
    int pixels = 0;     ///< of the width; 0: by `width`
    int dpi = 0;
    int columns = 0;
    int zoom = 0;
    double fontPoints = 0.0;
    std::string font;
    bool bicubic = false;
    bool difference = false;

    void add(CLI::App &command);
    /// Throws UsageError for a region that is none.
    ui::FigureSettings settings() const;
};

/// "X,Y,WIDTH,HEIGHT" in pixels of the result. Throws UsageError naming the option.
image::Rect regionFromArgument(const std::string &option, const std::string &text);

} // namespace bitlens::cli
