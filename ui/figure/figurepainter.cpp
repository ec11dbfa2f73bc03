// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/figure/figurepainter.h"

#include "ui/imageconvert.h"

#include <QBuffer>
#include <QImageWriter>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QRegularExpression>
#include <QSvgGenerator>

#include <cmath>

namespace bitlens::ui {

namespace {

constexpr double kMillimetresPerInch = 25.4;
const QColor kFrame(0xB0, 0xB0, 0xB0);

/// Without transparency, which paper does not have.
QImage opaque(const QImage &picture)
{
    QImage flat(picture.size(), QImage::Format_RGB888);
    if (flat.isNull())
        return flat;
    flat.fill(Qt::white);
    QPainter painter(&flat);
    painter.drawImage(0, 0, picture);
    return flat;
}

void drawFrame(QPainter &painter, const QRect &around, const QColor &colour, double width)
{
    // Outside the picture, so that no pixel of it is covered.
    const double half = width / 2.0;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, width, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
    painter.drawRect(QRectF(around).adjusted(-half, -half, half, half));
}

void drawOverview(QPainter &painter, const FigureContent &content, const FigureLayout &layout)
{
    // As large as it is drawn: not every viewer of PDF or SVG scales as we do.
    const QImage whole =
        toQImage(content.overview).scaled(layout.overview.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, true);
    painter.drawImage(layout.overview, opaque(whole));
    const QRectF inside =
        QRectF(layout.overview).adjusted(layout.stroke, layout.stroke, -layout.stroke, -layout.stroke);
    for (std::size_t i = 0; i < content.regions.size(); ++i) {
        const QRectF box =
            layout.inOverview(content.regions[i], content.pictures.front().image.size()).intersected(inside);
        painter.setBrush(Qt::NoBrush);
        // A dark line below the coloured one shows on any ground.
        painter.setPen(QPen(QColor(0, 0, 0, 160), 2.0 * layout.stroke, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(box);
        painter.setPen(QPen(figureRegionColour(i), layout.stroke, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(box);
    }
}

void drawInset(QPainter &painter, const FigureContent &content, const FigureLayout &layout, const FigureInset &inset)
{
    const image::Rect &region = content.regions[inset.region];
    const QImage part = opaque(toQImage(content.pictures[inset.picture].image.cropped(region)));
    const bool several = content.regions.size() > 1;
    painter.setRenderHint(QPainter::SmoothPixmapTransform, inset.factor < 1);
    painter.drawImage(
        inset.where,
        inset.factor < 1 ? part.scaled(inset.where.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation) : part);
    drawFrame(painter, inset.where, several ? figureRegionColour(inset.region) : kFrame,
              several ? layout.stroke : layout.stroke / 2.0);
}

} // namespace

void drawFigure(QPainter &painter, const FigureContent &content, const FigureLayout &layout)
{
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setRenderHint(QPainter::TextAntialiasing, true);
    painter.setRenderHint(QPainter::LosslessImageRendering, true);
    painter.fillRect(QRect({0, 0}, layout.size), Qt::white);
    if (!layout.overview.isEmpty())
        drawOverview(painter, content, layout);
    for (const FigureInset &inset : layout.insets)
        drawInset(painter, content, layout, inset);
    painter.setPen(Qt::NoPen);
    for (std::size_t i = 0; i < layout.swatches.size(); ++i)
        painter.fillRect(layout.swatches[i], layout.swatchColours[i]);
    for (const FigureText &text : layout.texts) {
        painter.setFont(text.font);
        painter.setPen(text.colour);
        painter.drawText(text.position, text.text);
    }
}

QImage figureImage(const FigureContent &content, const FigureLayout &layout)
{
    QImage figure(layout.size, QImage::Format_RGB32);
    if (figure.isNull())
        return figure;
    const int perMetre = static_cast<int>(std::lround(layout.dpi * 1000.0 / kMillimetresPerInch));
    {
        // The painter is told no dpi: the layout's fonts are in pixels already.
        QPainter painter(&figure);
        drawFigure(painter, content, layout);
    }
    figure.setDotsPerMeterX(perMetre);
    figure.setDotsPerMeterY(perMetre);
    return figure;
}

QByteArray encodeFigure(const FigureContent &content, const FigureLayout &layout, FigureFormat format)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    const QString title = content.title.isEmpty() ? QStringLiteral("Comparison") : content.title;
    switch (format) {
    case FigureFormat::Png: {
        const QImage figure = figureImage(content, layout).convertToFormat(QImage::Format_RGB888);
        QImageWriter writer(&buffer, "png");
        if (figure.isNull() || !writer.write(figure))
            return {};
        break;
    }
    case FigureFormat::Pdf: {
        QPdfWriter writer(&buffer);
        writer.setTitle(title);
        writer.setCreator(QStringLiteral("Bitlens"));
        writer.setResolution(layout.dpi);
        const QSizeF millimetres = QSizeF(layout.size) * kMillimetresPerInch / layout.dpi;
        writer.setPageSize(QPageSize(millimetres, QPageSize::Millimeter, QString(), QPageSize::ExactMatch));
        writer.setPageMargins(QMarginsF());
        QPainter painter(&writer);
        if (!painter.isActive())
            return {};
        drawFigure(painter, content, layout);
        break;
    }
    case FigureFormat::Svg: {
        QSvgGenerator writer;
        writer.setOutputDevice(&buffer);
        // Qt writes it as it is; these would be markup.
        static const QRegularExpression markup(QStringLiteral("[<>&]"));
        writer.setTitle(QString(title).remove(markup));
        writer.setResolution(layout.dpi);
        writer.setSize(layout.size);
        writer.setViewBox(QRect({0, 0}, layout.size));
        QPainter painter(&writer);
        if (!painter.isActive())
            return {};
        drawFigure(painter, content, layout);
        break;
    }
    }
    return bytes;
}

} // namespace bitlens::ui
