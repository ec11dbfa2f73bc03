// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/figure/figurelayout.h"

#include <QFontMetricsF>

#include <algorithm>
#include <array>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr double kMillimetresPerInch = 25.4;
constexpr double kPointsPerInch = 72.0;
const QColor kText(0x1E, 0x1E, 0x1E);
const QColor kFaintText(0x52, 0x52, 0x52);

constexpr double kMarginPoints = 4.0;
constexpr double kGapPoints = 4.0;
/// Sizes of text, as shares of the label's.
constexpr double kTitleShare = 1.25;
constexpr double kNoteShare = 0.875;
constexpr double kLineHeight = 1.35;
/// The whole picture beside the insets takes between a fifth and two thirds of the width, above them at most half as
/// much height as the figure is wide.
constexpr double kNarrowestOverview = 0.2;
constexpr double kWidestOverview = 0.66;
constexpr double kHighestOverview = 0.5;
/// More pictures than this stand in two rows when one region is shown beside the whole picture.
constexpr std::size_t kMostInOneRow = 3;
/// Text that is wider than its inset becomes smaller, down to this share; then its end is left out.
constexpr double kSmallestShare = 0.6;
/// No inset is higher than so many times its width.
constexpr double kTallestInset = 2.0;

/// Sizes that follow from font and dpi, and the widths of the parts.
struct Frame {
    int width = 0;
    int margin = 0;
    int gap = 0;
    int columns = 1;
    int groups = 1; ///< rows of labels
    int cell = 1;
    int labelHeight = 0;
    int overviewWidth = 0;
    QFont title, label, note, caption;

    int inner() const { return width - 2 * margin; }
};

double pixels(const FigureSettings &settings, double points) { return points * settings.dpi / kPointsPerInch; }

QFont figureFont(const FigureSettings &settings, double share, bool bold)
{
    QFont font(settings.fontFamily.isEmpty() ? QStringLiteral("DejaVu Sans") : settings.fontFamily);
    font.setStyleHint(QFont::SansSerif);
    font.setPixelSize(std::max(1, static_cast<int>(std::lround(pixels(settings, settings.fontPoints * share)))));
    font.setBold(bold);
    // Widths of letters that do not depend on the size they are drawn at: lines break alike in every format.
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

int lineHeight(const QFont &font) { return static_cast<int>(std::ceil(font.pixelSize() * kLineHeight)); }

int columnsFor(const FigureSettings &settings, std::size_t pictures, std::size_t regions)
{
    const int count = std::max(1, static_cast<int>(pictures));
    if (settings.columns > 0)
        return std::min(settings.columns, count);
    if (settings.overview == FigureOverview::Beside && regions == 1 && pictures > kMostInOneRow)
        return (count + 1) / 2;
    return count;
}

/// `inset` is the mean height of a region over its width.
Frame frameFor(const FigureContent &content, const FigureSettings &settings, std::size_t regions, double inset)
{
    const std::size_t pictures = content.pictures.size();
    const image::Size size = content.pictures.front().image.size();
    int noteLines = 0;
    for (const FigurePicture &picture : content.pictures)
        noteLines = std::max(noteLines, static_cast<int>(picture.notes.size()));
    Frame frame;
    frame.width = figureWidthPixels(settings);
    frame.margin = static_cast<int>(std::lround(pixels(settings, kMarginPoints)));
    frame.gap = std::max(1, static_cast<int>(std::lround(pixels(settings, kGapPoints))));
    frame.title = figureFont(settings, kTitleShare, true);
    frame.label = figureFont(settings, 1.0, true);
    frame.note = figureFont(settings, kNoteShare, false);
    frame.caption = frame.note;
    frame.columns = columnsFor(settings, pictures, regions);
    frame.groups = (static_cast<int>(pictures) + frame.columns - 1) / frame.columns;
    frame.labelHeight = lineHeight(frame.label) + noteLines * lineHeight(frame.note);
    const double inner = frame.inner();
    const double aspect = static_cast<double>(size.height) / size.width;
    double grid = inner;
    if (settings.overview == FigureOverview::Beside) {
        // Both parts end at the same height: a label and aspect * overview = fixed + rows * cell, cell = what is left.
        const int rows = frame.groups * static_cast<int>(regions);
        const double fixed = frame.groups * frame.labelHeight + (rows - 1) * frame.gap - lineHeight(frame.label);
        const double perRow = rows * inset;
        const double perCell = perRow / frame.columns;
        const double wanted = (fixed + perCell * (inner - frame.columns * frame.gap)) / (aspect + perCell);
        frame.overviewWidth =
            static_cast<int>(std::lround(std::clamp(wanted, kNarrowestOverview * inner, kWidestOverview * inner)));
        grid = inner - frame.overviewWidth - frame.gap;
    } else if (settings.overview == FigureOverview::Above) {
        frame.overviewWidth = static_cast<int>(std::lround(std::min(inner, kHighestOverview * inner / aspect)));
    }
    frame.cell = std::max(1, static_cast<int>((grid - (frame.columns - 1) * frame.gap) / frame.columns));
    return frame;
}

/// Breaks text at spaces into lines of at most `width`.
QStringList wrapped(const QString &text, const QFont &font, double width)
{
    const QFontMetricsF metrics(font);
    QStringList lines;
    for (const QString &paragraph : text.split('\n')) {
        QString line;
        for (const QString &word : paragraph.split(' ', Qt::SkipEmptyParts)) {
            const QString longer = line.isEmpty() ? word : line + ' ' + word;
            if (!line.isEmpty() && metrics.horizontalAdvance(longer) > width) {
                lines << line;
                line = word;
            } else {
                line = longer;
            }
            // A word that is wider than the line (a long list of rules) breaks anywhere.
            while (metrics.horizontalAdvance(line) > width && line.size() > 1) {
                qsizetype fits = 1;
                while (fits + 1 < line.size() && metrics.horizontalAdvance(line.left(fits + 1)) <= width)
                    ++fits;
                lines << line.left(fits);
                line = line.mid(fits);
            }
        }
        if (!line.isEmpty())
            lines << line;
    }
    return lines;
}

/// Puts the parts of a figure below each other.
class Builder {
public:
    Builder(const FigureContent &content, const FigureSettings &settings)
        : m_content(content), m_settings(settings), m_size(content.pictures.front().image.size())
    {
        double shapes = 0.0;
        for (const image::Rect &region : content.regions)
            shapes += std::min(kTallestInset, static_cast<double>(region.height) / region.width);
        const auto regions = content.regions.size();
        m_frame = frameFor(content, settings, regions, regions > 0 ? shapes / static_cast<double>(regions) : 0.0);
        QStringList labels;
        QStringList numbers;
        for (const FigurePicture &picture : content.pictures) {
            labels << picture.label;
            numbers << picture.notes;
        }
        fit(m_frame.label, labels, m_frame.cell - indent());
        fit(m_frame.note, numbers, m_frame.cell);
    }

    FigureLayout build()
    {
        m_layout.dpi = m_settings.dpi;
        m_layout.stroke = std::max(1.0, pixels(m_settings, 1.0));
        int y = m_frame.margin;
        if (!m_content.title.isEmpty()) {
            addText(m_frame.margin, y, m_content.title, m_frame.title, kText, m_frame.inner());
            y += lineHeight(m_frame.title) + m_frame.gap;
        }
        int left = m_frame.margin;
        int bottom = y;
        if (m_settings.overview != FigureOverview::None && !m_content.overview.isNull()) {
            bottom = addOverview(y);
            if (m_settings.overview == FigureOverview::Beside)
                left += m_frame.overviewWidth + m_frame.gap;
            else
                y = bottom + m_frame.gap;
        }
        bottom = std::max(bottom, addInsets(left, y));
        m_layout.size = {m_frame.width, addCaption(bottom + m_frame.gap)};
        return std::move(m_layout);
    }

private:
    /// Makes a font smaller until all of the lines fit.
    static void fit(QFont &font, const QStringList &lines, double width)
    {
        double widest = 0.0;
        for (const QString &line : lines)
            widest = std::max(widest, QFontMetricsF(font).horizontalAdvance(line));
        if (widest > width)
            font.setPixelSize(
                std::max(1, static_cast<int>(font.pixelSize() * std::max(kSmallestShare, width / widest))));
    }

    int swatch() const { return std::max(2, static_cast<int>(std::lround(m_frame.label.pixelSize() * 0.62))); }
    int indent() const { return swatch() + swatch() / 2; }

    void addText(double x, double top, const QString &text, const QFont &font, const QColor &colour, double width)
    {
        const QFontMetricsF metrics(font);
        const double lead = (lineHeight(font) - metrics.height()) / 2.0;
        m_layout.texts << FigureText{QPointF(x, std::round(top + lead + metrics.ascent())),
                                     metrics.elidedText(text, Qt::ElideRight, width), font, colour};
    }

    /// A coloured square and the picture's name.
    void addLabel(int x, int y, const QString &label, const QColor &colour, int width)
    {
        const int side = swatch();
        const int top = y + (lineHeight(m_frame.label) - side) / 2;
        m_layout.swatches.emplace_back(x, top, side, side);
        m_layout.swatchColours.push_back(colour);
        addText(x + indent(), y, label, m_frame.label, colour, width - indent());
    }

    int addOverview(int y)
    {
        const int width = m_frame.overviewWidth;
        addLabel(m_frame.margin, y, m_content.overviewLabel, kFaintText, width);
        const int top = y + lineHeight(m_frame.label);
        const int height =
            std::max(1, static_cast<int>(std::lround(static_cast<double>(width) * m_size.height / m_size.width)));
        m_layout.overview = QRect(m_frame.margin, top, width, height);
        return top + height;
    }

    int addInsets(int left, int y)
    {
        const auto count = m_content.pictures.size();
        const auto columns = static_cast<std::size_t>(m_frame.columns);
        for (std::size_t first = 0; first < count; first += columns) {
            if (first > 0)
                y += m_frame.gap;
            const std::size_t end = std::min(count, first + columns);
            for (std::size_t picture = first; picture < end; ++picture)
                addHead(cellLeft(left, picture - first), y, m_content.pictures[picture]);
            y += m_frame.labelHeight;
            for (std::size_t region = 0; region < m_content.regions.size(); ++region) {
                if (region > 0)
                    y += m_frame.gap;
                int height = 0;
                for (std::size_t picture = first; picture < end; ++picture)
                    height = addInset(cellLeft(left, picture - first), y, picture, region);
                y += height;
            }
        }
        return y;
    }

    int cellLeft(int left, std::size_t column) const
    {
        return left + static_cast<int>(column) * (m_frame.cell + m_frame.gap);
    }

    void addHead(int x, int y, const FigurePicture &picture)
    {
        addLabel(x, y, picture.label, picture.colour, m_frame.cell);
        y += lineHeight(m_frame.label);
        for (const QString &note : picture.notes) {
            addText(x, y, note, m_frame.note, kFaintText, m_frame.cell);
            y += lineHeight(m_frame.note);
        }
    }

    /// Returns its height.
    int addInset(int x, int y, std::size_t picture, std::size_t region)
    {
        const image::Rect &part = m_content.regions[region];
        const double fits =
            std::min(static_cast<double>(m_frame.cell) / part.width, kTallestInset * m_frame.cell / part.height);
        const int factor = static_cast<int>(fits);
        const QSize size = factor >= 1 ? QSize(part.width * factor, part.height * factor)
                                       : QSize(std::max(1, static_cast<int>(part.width * fits)),
                                               std::max(1, static_cast<int>(part.height * fits)));
        m_layout.insets.push_back({picture, region, QRect(QPoint(x, y), size), factor});
        return size.height();
    }

    int addCaption(int y)
    {
        for (const QString &line : wrapped(m_content.caption, m_frame.caption, m_frame.inner())) {
            addText(m_frame.margin, y, line, m_frame.caption, kText, m_frame.width);
            y += lineHeight(m_frame.caption);
        }
        return y + m_frame.margin;
    }

    const FigureContent &m_content;
    const FigureSettings &m_settings;
    image::Size m_size;
    Frame m_frame;
    FigureLayout m_layout;
};

} // namespace

int figureWidthPixels(const FigureSettings &settings)
{
    const double wanted =
        settings.unit == FigureUnit::Pixels ? settings.width : settings.width * settings.dpi / kMillimetresPerInch;
    return static_cast<int>(std::lround(
        std::clamp(wanted, static_cast<double>(kFewestFigurePixels), static_cast<double>(kMostFigurePixels))));
}

int figureCellWidth(const FigureContent &content, const FigureSettings &settings, std::size_t regions)
{
    if (content.pictures.empty() || content.pictures.front().image.isNull())
        return 1;
    return frameFor(content, settings, std::max<std::size_t>(1, regions), 1.0).cell;
}

FigureLayout layoutFigure(const FigureContent &content, const FigureSettings &settings)
{
    if (content.pictures.empty() || content.pictures.front().image.isNull())
        return {};
    return Builder(content, settings).build();
}

QColor figureRegionColour(std::size_t region)
{
    // Okabe-Ito's colours but those of FP32 and quantized.
    static const std::array<QColor, 4> kColours{QColor(0xF0, 0xE4, 0x42), QColor(0x56, 0xB4, 0xE9),
                                                QColor(0x00, 0x9E, 0x73), QColor(0xCC, 0x79, 0xA7)};
    return kColours[region % kColours.size()];
}

QRectF FigureLayout::inOverview(const image::Rect &region, image::Size picture) const
{
    const double x = static_cast<double>(overview.width()) / picture.width;
    const double y = static_cast<double>(overview.height()) / picture.height;
    return {overview.x() + region.x * x, overview.y() + region.y * y, region.width * x, region.height * y};
}

QPoint FigureLayout::pictureAt(const QPointF &figurePoint, image::Size picture) const
{
    if (overview.isEmpty())
        return {-1, -1};
    const double x = (figurePoint.x() - overview.x()) * picture.width / overview.width();
    const double y = (figurePoint.y() - overview.y()) * picture.height / overview.height();
    return {std::clamp(static_cast<int>(std::floor(x)), 0, picture.width - 1),
            std::clamp(static_cast<int>(std::floor(y)), 0, picture.height - 1)};
}

} // namespace bitlens::ui
