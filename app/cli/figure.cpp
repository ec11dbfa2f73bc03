// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/figure.h"

#include "engine/compare/pictureerror.h"
#include "engine/image/codec.h"
#include "engine/image/resample.h"
#include "ui/format.h"
#include "ui/imageconvert.h"

#include <QFileInfo>
#include <QFont>
#include <QFontMetricsF>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace bitlens::cli {

namespace {

const QColor kBackground(0xF4, 0xF4, 0xF4);
const QColor kPanelFrame(0xC8, 0xC8, 0xC8);
const QColor kText(0x1E, 0x1E, 0x1E);
const QColor kFaintText(0x5A, 0x5A, 0x5A);
/// Okabe-Ito blue and vermillion: FP32 and quantized wherever the program shows them.
const QColor kFp32Colour(0x00, 0x72, 0xB2);
const QColor kQuantizedColour(0xD5, 0x5E, 0x00);
const QColor kOtherColour(0x6E, 0x6E, 0x6E);
const QColor kRegionColour(0xF0, 0xE4, 0x42);

constexpr int kLargestPanel = 1024;
constexpr int kSmallestPanel = 360;
/// The enlarged part is a fifth of the panel on each side.
constexpr int kRegionShare = 5;
constexpr int kSmallestRegion = 24;
/// Panels of this width have text of the base size.
constexpr double kBasePanel = 480.0;

/// A number below a panel's label; the note is how it changed.
struct Line {
    QString label;
    QString value;
    QString note;
};

struct Panel {
    QString label;
    QColor colour;
    image::Image picture;
    std::vector<Line> lines;
};

QString metric(const compare::Metric &value, QString (*format)(double))
{
    return value.value ? format(*value.value) : QString();
}

/// A line for what was measured, none for what was not.
void addLine(std::vector<Line> &lines, const QString &label, const QString &value, const QString &note = {})
{
    if (!value.isEmpty())
        lines.push_back({label, value, note});
}

QString changeNote(const std::optional<double> &fraction) { return fraction ? ui::formatChange(*fraction) : QString(); }

std::vector<Line> sideLines(const compare::SideReport &side, const QString &sizeNote, const QString &timeNote)
{
    std::vector<Line> lines;
    addLine(lines, QStringLiteral("Size"), ui::formatBytes(side.bytes), sizeNote);
    addLine(lines, QStringLiteral("Time"), ui::formatSeconds(side.seconds), timeNote);
    addLine(lines, QStringLiteral("PSNR to FP32"), metric(side.psnrFp32, ui::formatDecibels));
    addLine(lines, QStringLiteral("PSNR to original"), metric(side.psnrHr, ui::formatDecibels));
    addLine(lines, QStringLiteral("NIQE"), metric(side.niqe, ui::formatIndex));
    return lines;
}

std::vector<Panel> panelsOf(const FigureContent &content)
{
    const compare::Report &report = content.report;
    const image::Size size = content.fp32.size();
    std::vector<Panel> panels;
    panels.push_back({QStringLiteral("Bicubic"),
                      kOtherColour,
                      image::resizeBicubic(content.input, size),
                      {{QStringLiteral("Input"), ui::formatPixels(report.inputSize.width, report.inputSize.height), {}},
                       {QStringLiteral("Output"), ui::formatPixels(size.width, size.height), {}}}});
    panels.push_back({QStringLiteral("FP32"), kFp32Colour, content.fp32, sideLines(report.fp32, {}, {})});
    panels.push_back({QStringLiteral("Quantized"), kQuantizedColour, content.quantized,
                      sideLines(report.quantized, changeNote(report.sizeChange()), changeNote(report.timeChange()))});
    if (content.reference && content.reference->size() == size)
        panels.push_back({QStringLiteral("Original"), kOtherColour, *content.reference, {}});
    const compare::Difference difference = compare::differencePicture(content.fp32, content.quantized);
    panels.push_back({QStringLiteral("Difference × %1").arg(difference.gain),
                      kOtherColour,
                      difference.picture,
                      {{QStringLiteral("Between"), QStringLiteral("FP32 and quantized"), {}},
                       {QStringLiteral("Largest"), QStringLiteral("%1 of 255").arg(difference.largest), {}}}});
    return panels;
}

/// Where things are, in pixels of the figure.
struct Layout {
    double unit = 1.0; ///< text and spaces are so many times their base size
    int margin = 0;
    int gap = 0;
    QSize panel;
    QSize detail;
    int captionHeight = 0;
    int headerHeight = 0;
    int footerHeight = 0;
};

QFont textFont(double unit, int pixels, bool bold)
{
    QFont font(QStringLiteral("DejaVu Sans"));
    font.setStyleHint(QFont::SansSerif);
    font.setPixelSize(static_cast<int>(std::lround(pixels * unit)));
    font.setBold(bold);
    return font;
}

constexpr int kTitleSize = 24;
constexpr int kLabelSize = 19;
constexpr int kLineSize = 15;
constexpr int kSmallSize = 14;
constexpr double kLineHeight = 1.45;

Layout layoutFor(image::Size picture, const image::Rect &region, int captionLines)
{
    Layout layout;
    double factor = 1.0;
    if (picture.width > kLargestPanel)
        factor = static_cast<double>(kLargestPanel) / picture.width;
    else if (picture.width < kSmallestPanel)
        factor = std::ceil(static_cast<double>(kSmallestPanel) / picture.width);
    layout.panel = {static_cast<int>(std::lround(picture.width * factor)),
                    std::max(1, static_cast<int>(std::lround(picture.height * factor)))};
    layout.unit = std::max(1.0, layout.panel.width() / kBasePanel);
    layout.detail = {layout.panel.width(), static_cast<int>(std::lround(static_cast<double>(layout.panel.width())
                                                                        * region.height / region.width))};
    layout.margin = static_cast<int>(36 * layout.unit);
    layout.gap = static_cast<int>(20 * layout.unit);
    layout.captionHeight =
        static_cast<int>((kLabelSize * 1.9 + (captionLines + 0.6) * kLineSize * kLineHeight) * layout.unit);
    layout.headerHeight = static_cast<int>((kTitleSize + kLineSize) * 1.9 * layout.unit);
    layout.footerHeight = static_cast<int>(kSmallSize * 3.0 * layout.unit);
    return layout;
}

void drawText(QPainter &painter, QPointF topLeft, const QFont &font, const QColor &colour, const QString &text,
              double width)
{
    painter.setFont(font);
    painter.setPen(colour);
    const QFontMetricsF metrics(font);
    painter.drawText(topLeft + QPointF(0.0, metrics.ascent()), metrics.elidedText(text, Qt::ElideRight, width));
}

void drawPicture(QPainter &painter, const QRect &where, const image::Image &picture, bool smooth)
{
    painter.fillRect(where, Qt::white);
    const QImage image = ui::toQImage(picture);
    if (smooth && image.width() > where.width())
        painter.drawImage(where.topLeft(), image.scaled(where.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
    else
        painter.drawImage(where, image);
    painter.setPen(kPanelFrame);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(where.adjusted(-1, -1, 0, 0));
}

void drawRegionFrame(QPainter &painter, const QRect &panel, const image::Rect &region, image::Size picture, double unit)
{
    const double x = static_cast<double>(panel.width()) / picture.width;
    const double y = static_cast<double>(panel.height()) / picture.height;
    const QRectF frame(panel.x() + region.x * x, panel.y() + region.y * y, region.width * x, region.height * y);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(0, 0, 0, 160), 4.0 * unit));
    painter.drawRect(frame);
    painter.setPen(QPen(kRegionColour, 2.0 * unit));
    painter.drawRect(frame);
}

void drawPanel(QPainter &painter, const Panel &panel, const Layout &layout, int left, const image::Rect &region)
{
    const double unit = layout.unit;
    const double width = layout.panel.width();
    int top = layout.margin + layout.headerHeight;
    const double dot = kLabelSize * 0.62 * unit;
    painter.setPen(Qt::NoPen);
    painter.setBrush(panel.colour);
    painter.drawRect(QRectF(left, top + kLabelSize * 0.32 * unit, dot, dot));
    drawText(painter, QPointF(left + dot * 1.7, top), textFont(unit, kLabelSize, true), panel.colour, panel.label,
             width - dot * 1.7);
    const QFont font = textFont(unit, kLineSize, false);
    double labels = 0.0;
    double values = 0.0;
    for (const Line &line : panel.lines) {
        labels = std::max(labels, QFontMetricsF(font).horizontalAdvance(line.label));
        values = std::max(values, QFontMetricsF(font).horizontalAdvance(line.value));
    }
    const double space = kLineSize * unit;
    double y = top + kLabelSize * 1.7 * unit;
    for (const Line &line : panel.lines) {
        drawText(painter, QPointF(left, y), font, kFaintText, line.label, width);
        drawText(painter, QPointF(left + labels + space, y), font, kText, line.value, width - labels - space);
        drawText(painter, QPointF(left + labels + values + 2.0 * space, y), font, kFaintText, line.note,
                 width - labels - values - 2.0 * space);
        y += kLineSize * kLineHeight * unit;
    }
    top += layout.captionHeight;
    const QRect whole(QPoint(left, top), layout.panel);
    drawPicture(painter, whole, panel.picture, true);
    drawRegionFrame(painter, whole, region, panel.picture.size(), unit);
    const QRect detail(QPoint(left, top + layout.panel.height() + layout.gap), layout.detail);
    drawPicture(painter, detail, panel.picture.cropped(region), false);
}

/// The part to enlarge, of the panel's proportions but never a sliver.
image::Rect regionOf(const FigureContent &content)
{
    const image::Size size = content.fp32.size();
    const int width = std::min(size.width, std::max(kSmallestRegion, size.width / kRegionShare));
    const int height = std::min(size.height, std::max(kSmallestRegion, std::min(width, size.height / kRegionShare)));
    return compare::worstRegion(content.fp32, content.quantized, {width, height});
}

} // namespace

QImage drawFigure(const FigureContent &content)
{
    const std::vector<Panel> panels = panelsOf(content);
    const image::Rect region = regionOf(content);
    std::size_t captionLines = 0;
    for (const Panel &panel : panels)
        captionLines = std::max(captionLines, panel.lines.size());
    const Layout layout = layoutFor(content.fp32.size(), region, static_cast<int>(captionLines));
    const int count = static_cast<int>(panels.size());
    const int width = 2 * layout.margin + count * layout.panel.width() + (count - 1) * layout.gap;
    const int height = 2 * layout.margin + layout.headerHeight + layout.captionHeight + layout.panel.height()
                       + layout.gap + layout.detail.height() + layout.footerHeight;

    QImage figure(width, height, QImage::Format_RGB888);
    if (figure.isNull())
        throw base::Error(base::ErrorCode::OutOfMemory, {}, "not enough memory for the figure");
    figure.fill(kBackground);
    QPainter painter(&figure);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::TextAntialiasing);
    const double textWidth = width - 2.0 * layout.margin;
    const compare::Report &report = content.report;
    drawText(painter, QPointF(layout.margin, layout.margin), textFont(layout.unit, kTitleSize, true), kText,
             QFileInfo(QString::fromStdString(report.input)).fileName(), textWidth);
    QString subtitle =
        QStringLiteral("%1, plan %2").arg(QString::fromStdString(report.model), QString::fromStdString(report.plan));
    if (content.rules != report.plan)
        subtitle += QStringLiteral(":  ") + QString::fromStdString(content.rules);
    drawText(painter, QPointF(layout.margin, layout.margin + kTitleSize * 1.6 * layout.unit),
             textFont(layout.unit, kLineSize, false), kFaintText, subtitle, textWidth);
    for (int i = 0; i < count; ++i)
        drawPanel(painter, panels[i], layout, layout.margin + i * (layout.panel.width() + layout.gap), region);

    const QString footer =
        QStringLiteral(
            "Below: the framed part, where quantization changed most, enlarged %1 times. PSNR on Y, %2 pixels "
            "shaved. FP32: %3. Quantized: %4. Bitlens")
            .arg(static_cast<double>(layout.detail.width()) / region.width, 0, 'g', 2)
            .arg(report.inputSize.width > 0 ? report.outputSize.width / report.inputSize.width : 0)
            .arg(QString::fromStdString(report.fp32.backend), QString::fromStdString(report.quantized.backend));
    drawText(painter, QPointF(layout.margin, height - layout.margin - kSmallSize * 1.5 * layout.unit),
             textFont(layout.unit, kSmallSize, false), kFaintText, footer, textWidth);
    return figure;
}

void writeFigure(const FigureContent &content, const std::string &path)
{
    std::unique_ptr<QGuiApplication> application;
    int argumentCount = 1;
    char name[] = "bitlens";
    char *arguments[] = {name, nullptr};
    if (!QGuiApplication::instance()) {
        qputenv("QT_QPA_PLATFORM", "offscreen"); // no display is needed to paint into a picture
        // What Qt has to say about sessions without a desktop is of no interest here.
        const QtMessageHandler handler =
            qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &) {});
        application = std::make_unique<QGuiApplication>(argumentCount, arguments);
        qInstallMessageHandler(handler);
    }
    image::writeImage(ui::fromQImage(drawFigure(content)), path);
}

} // namespace bitlens::cli
