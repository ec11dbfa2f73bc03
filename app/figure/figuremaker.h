// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/comparison.h"
#include "ui/figure/figurelayout.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::figure {

/// One plan's picture in a figure.
struct PlanPicture {
    std::string name;  ///< "multi", "custom"
    std::string rules; ///< the plan written out
    image::Image picture;
    compare::SideReport report;
};

/// What a figure is made of: a comparison's pictures and numbers. Values only.
struct Source {
    image::Image input;
    image::Image fp32;
    std::optional<image::Image> reference; ///< of the output's size, else it is left out
    compare::Report report;                ///< names, sizes, the FP32 side
    std::vector<PlanPicture> plans;        ///< in the order of the figure; at least one
    std::size_t atHand = 0;                ///< of them: the plan that differences and regions are of
};

/// Pictures and plan of a comparison; `rules` is its plan written out.
Source sourceOf(const image::Image &input, const std::optional<image::Image> &reference, const compare::Result &result,
                const std::string &rules);

/// The windows in which two pictures differ most, the worst first, each looked for in what the ones before left over.
/// `window` is cut to the picture.
std::vector<image::Rect> worstRegions(const image::Image &a, const image::Image &b, image::Size window, int count);

/// Makes what a figure shows out of a source. Keeps the pictures that were computed, so that a change of settings is
/// answered quickly. Not thread-safe.
class Maker {
public:
    /// Throws base::Error{InvalidArgument} when pictures are missing or differ in size.
    explicit Maker(Source source);

    /// Pictures in the order of `settings.pictures`, as far as the source has them; labels, numbers, caption; the
    /// regions that are asked for, else the worst ones.
    ui::FigureContent content(const ui::FigureSettings &settings);

    const Source &source() const { return m_source; }

private:
    std::vector<ui::FigurePicture> picturesOf(ui::FigureColumn column, bool numbers);
    const image::Image &prepared(ui::FigureColumn column);
    std::vector<image::Rect> regionsFor(const ui::FigureSettings &settings, const ui::FigureContent &content) const;
    QString captionOf(const ui::FigureSettings &settings, const ui::FigureContent &content) const;

    Source m_source;
    std::map<ui::FigureColumn, image::Image> m_prepared;
    int m_differenceGain = 1;
    int m_largestDifference = 0;
};

} // namespace bitlens::figure
