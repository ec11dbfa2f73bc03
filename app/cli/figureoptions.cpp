// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/figureoptions.h"

#include "app/cli/command.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace bitlens::cli {

namespace {

constexpr const char *kGroup = "Figure";

} // namespace

image::Rect regionFromArgument(const std::string &option, const std::string &text)
{
    image::Rect region;
    char after = 0;
    const int read =
        std::sscanf(text.c_str(), "%d,%d,%d,%d%c", &region.x, &region.y, &region.width, &region.height, &after);
    if (read != 4 || region.isEmpty() || region.x < 0 || region.y < 0)
        throw UsageError(fmt::format("{} {}: expected X,Y,WIDTH,HEIGHT in pixels of the result", option, text));
    return region;
}

void FigureOptions::add(CLI::App &command)
{
    command.add_option("--figure", path, "Write a comparison figure: .png, .pdf or .svg")
        ->type_name("OUT")
        ->group(kGroup);
    command.add_option("--figure-plan", plans, "Show this plan too; may be repeated")->type_name("P")->group(kGroup);
    command
        .add_option("--figure-region", regions,
                    "Enlarge this part, as X,Y,WIDTH,HEIGHT in pixels of the result; may be repeated\n"
                    "(default: where the plan changes most)")
        ->type_name("REGION")
        ->group(kGroup);
    const auto range = [](auto low, auto high) { return CLI::Range(low, high).description(""); };
    command.add_option("--figure-width", width, "Width in millimetres (default: 174)")
        ->check(range(ui::kNarrowestFigure, ui::kWidestFigure))
        ->type_name("MM")
        ->group(kGroup);
    command.add_option("--figure-pixels", pixels, "Width in pixels instead")
        ->check(range(ui::kFewestFigurePixels, ui::kMostFigurePixels))
        ->type_name("N")
        ->group(kGroup);
    command.add_option("--figure-dpi", dpi, "Pixels per inch (default: 300)")
        ->check(range(ui::kLowestFigureDpi, ui::kHighestFigureDpi))
        ->type_name("N")
        ->group(kGroup);
    command.add_option("--figure-columns", columns, "Insets side by side")
        ->check(range(1, 12))
        ->type_name("N")
        ->group(kGroup);
    command.add_option("--figure-zoom", zoom, "Figure pixels per picture pixel")
        ->check(range(1, 16))
        ->type_name("N")
        ->group(kGroup);
    command.add_option("--figure-font", font, "Font family (default: DejaVu Sans)")->type_name("FAMILY")->group(kGroup);
    command.add_option("--figure-font-size", fontPoints, "Size of the labels in points (default: 8)")
        ->check(range(4.0, 36.0))
        ->type_name("PT")
        ->group(kGroup);
    command.add_flag("--figure-bicubic", bicubic, "Show the bicubic enlargement too")->group(kGroup);
    command.add_flag("--figure-difference", difference, "Show the difference of both sides too")->group(kGroup);
}

ui::FigureSettings FigureOptions::settings() const
{
    ui::FigureSettings settings;
    if (pixels > 0) {
        settings.unit = ui::FigureUnit::Pixels;
        settings.width = pixels;
    } else if (width > 0.0) {
        settings.width = width;
    }
    if (dpi > 0)
        settings.dpi = dpi;
    settings.columns = columns;
    settings.zoom = zoom;
    settings.fontFamily = QString::fromStdString(font);
    if (fontPoints > 0.0)
        settings.fontPoints = fontPoints;
    if (bicubic)
        settings.pictures.insert(1, ui::FigureColumn::Bicubic);
    if (difference)
        settings.pictures.append(ui::FigureColumn::Difference);
    for (const std::string &region : regions)
        settings.regions.push_back(regionFromArgument("--figure-region", region));
    return settings;
}

} // namespace bitlens::cli
