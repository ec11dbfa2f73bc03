// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/figure/figuremaker.h"

#include "engine/base/error.h"
#include "engine/compare/pictureerror.h"
#include "engine/image/colour.h"
#include "engine/image/nearest.h"
#include "engine/image/resample.h"
#include "engine/quant/bitplan.h"
#include "ui/format.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QHash>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace bitlens::figure {

namespace {

using ui::FigureColumn;

/// Okabe-Ito blue and vermillion: FP32 and quantized wherever the program shows them.
const QColor kFp32Colour(0x00, 0x72, 0xB2);
const QColor kQuantizedColour(0xD5, 0x5E, 0x00);
const QColor kOtherColour(0x5E, 0x5E, 0x5E);
/// Automatic regions show so much of the width unless a zoom is asked for, and never less than a sliver.
constexpr int kRegionShare = 5;
constexpr int kSmallestRegion = 24;

/// More lines below the labels would take the room of the pictures.
constexpr int kMostNotes = 2;

QString tr(const char *text) { return QCoreApplication::translate("bitlens::figure", text); }

void addMetric(QStringList &lines, const QString &text, const compare::Metric &metric, QString (*format)(double))
{
    if (metric.value)
        lines << text.arg(format(*metric.value));
}

/// Lines that fit below a label.
QStringList shortNotes(const compare::SideReport &side, bool quantized)
{
    QStringList lines;
    if (quantized)
        addMetric(lines, tr("%1 to FP32"), side.psnrFp32, ui::formatDecibels);
    addMetric(lines, tr("%1 to HR"), side.psnrHr, ui::formatDecibels);
    if (side.pi.value)
        addMetric(lines, tr("PI %1"), side.pi, ui::formatIndex);
    else
        addMetric(lines, tr("NIQE %1"), side.niqe, ui::formatIndex);
    return lines.mid(0, kMostNotes);
}

QString withChange(const QString &text, double now, double before)
{
    return before > 0.0 ? QStringLiteral("%1 (%2)").arg(text, ui::formatChange((now - before) / before)) : text;
}

/// Every number of a side in one sentence.
QString sentence(const QString &name, const compare::SideReport &side, const compare::SideReport *before)
{
    QStringList parts;
    if (side.bytes > 0) {
        const QString text = ui::formatBytes(side.bytes);
        parts << (before ? withChange(text, static_cast<double>(side.bytes), static_cast<double>(before->bytes))
                         : text);
    }
    if (side.seconds > 0.0) {
        const QString text = ui::formatSeconds(side.seconds);
        parts << (before ? withChange(text, side.seconds, before->seconds) : text);
    }
    addMetric(parts, tr("PSNR to FP32 %1"), side.psnrFp32, ui::formatDecibels);
    addMetric(parts, tr("SSIM to FP32 %1"), side.ssimFp32, ui::formatSsim);
    addMetric(parts, tr("PSNR to HR %1"), side.psnrHr, ui::formatDecibels);
    addMetric(parts, tr("SSIM to HR %1"), side.ssimHr, ui::formatSsim);
    addMetric(parts, tr("NIQE %1"), side.niqe, ui::formatIndex);
    addMetric(parts, tr("Ma %1"), side.ma, ui::formatIndex);
    addMetric(parts, tr("PI %1"), side.pi, ui::formatIndex);
    return parts.isEmpty() ? QString() : QStringLiteral("%1: %2.").arg(name, parts.join(QStringLiteral(", ")));
}

image::Rect inside(const image::Rect &region, image::Size size)
{
    return region.intersected({0, 0, size.width, size.height});
}

/// Longer lists of rules would fill the page; a caption then names the range of bits of each part of the network.
constexpr qsizetype kLongestRules = 400;

struct BitRange {
    int low = 0;
    int high = 0;
    void add(int bits)
    {
        low = high == 0 ? bits : std::min(low, bits);
        high = std::max(high, bits);
    }
    QString text() const { return low == high ? QString::number(low) : QStringLiteral("%1–%2").arg(low).arg(high); }
};

/// Rules like "*=10/12,body=7/12,body/block1=8/12" for people: as they are, or, when they are many, "body 7–8/12,
/// elsewhere 10/12".
QString bitsText(const QString &rules)
{
    const QStringList parts = rules.split(',');
    if (rules.size() <= kLongestRules)
        return parts.join(QStringLiteral(", "));
    QStringList stages;
    QHash<QString, std::pair<BitRange, BitRange>> ranges;
    for (const QString &rule : parts) {
        const QString stage = rule.section('=', 0, 0).section('/', 0, 0);
        const QString bits = rule.section('=', 1);
        if (!ranges.contains(stage))
            stages << stage;
        const auto number = [&bits](int side) { // "fp32" is no number
            const int value = bits.section('/', side, side).toInt();
            return value > 0 ? value : quant::kFloatBits;
        };
        ranges[stage].first.add(number(0));
        ranges[stage].second.add(number(1));
    }
    std::stable_partition(stages.begin(), stages.end(), [](const QString &stage) { return !stage.startsWith('*'); });
    QStringList texts;
    for (const QString &stage : stages)
        texts << QStringLiteral("%1 %2/%3")
                     .arg(stage == QStringLiteral("*") ? QCoreApplication::translate("FigureMaker", "elsewhere")
                                                       : stage,
                          ranges[stage].first.text(), ranges[stage].second.text());
    return texts.join(QStringLiteral(", "));
}

} // namespace

Source sourceOf(const image::Image &input, const std::optional<image::Image> &reference, const compare::Result &result,
                const std::string &rules)
{
    Source source;
    source.input = input;
    source.fp32 = result.fp32;
    source.reference = reference;
    source.report = result.report;
    source.plans.push_back({result.report.plan, rules, result.quantized, result.report.quantized});
    return source;
}

std::vector<image::Rect> worstRegions(const image::Image &a, const image::Image &b, image::Size window, int count)
{
    std::vector<image::Rect> found;
    image::Image remaining = b;
    for (int i = 0; i < count; ++i) {
        const image::Rect worst = compare::worstRegion(a, remaining, window);
        const auto covers = [&](const image::Rect &other) { return !worst.intersected(other).isEmpty(); };
        // No difference is left but beside what was found: better fewer regions than the same one twice.
        if (i > 0 && std::any_of(found.begin(), found.end(), covers) && remaining.samePixels(a))
            break;
        found.push_back(worst);
        const std::size_t pixel = a.bytesPerLine() / static_cast<std::size_t>(a.width());
        std::uint8_t *bytes = remaining.mutableBytes();
        for (int y = worst.y; y < worst.bottom(); ++y) {
            const std::size_t offset =
                static_cast<std::size_t>(y) * a.bytesPerLine() + static_cast<std::size_t>(worst.x) * pixel;
            std::memcpy(bytes + offset, a.bytes() + offset, static_cast<std::size_t>(worst.width) * pixel);
        }
    }
    return found;
}

Maker::Maker(Source source) : m_source(std::move(source))
{
    const image::Size size = m_source.fp32.size();
    if (m_source.input.isNull() || m_source.fp32.isNull() || m_source.atHand >= m_source.plans.size())
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "a figure needs the result of both sides");
    m_source.fp32 = image::toEightBit(m_source.fp32);
    for (PlanPicture &plan : m_source.plans) {
        if (plan.picture.size() != size)
            throw base::Error(base::ErrorCode::InvalidArgument, {}, "the pictures of the figure differ in size");
        plan.picture = image::toEightBit(plan.picture);
    }
    if (m_source.reference && m_source.reference->size() == size)
        m_source.reference = image::toEightBit(*m_source.reference);
    else
        m_source.reference.reset();
}

const image::Image &Maker::prepared(FigureColumn column)
{
    const auto known = m_prepared.find(column);
    if (known != m_prepared.end())
        return known->second;
    const image::Size size = m_source.fp32.size();
    image::Image picture;
    if (column == FigureColumn::LowResolution) {
        picture = image::resizeNearest(image::toEightBit(m_source.input), size);
    } else if (column == FigureColumn::Bicubic) {
        picture = image::resizeBicubic(image::toEightBit(m_source.input), size);
    } else {
        const compare::Difference difference =
            compare::differencePicture(m_source.fp32, m_source.plans[m_source.atHand].picture);
        m_differenceGain = difference.gain;
        m_largestDifference = difference.largest;
        picture = difference.picture;
    }
    return m_prepared.emplace(column, std::move(picture)).first->second;
}

std::vector<ui::FigurePicture> Maker::picturesOf(FigureColumn column, bool numbers)
{
    std::vector<ui::FigurePicture> pictures;
    const auto add = [&](const QString &label, const QColor &colour, const QStringList &notes,
                         const image::Image &picture) {
        pictures.push_back({label, colour, numbers ? notes : QStringList(), picture});
    };
    const image::Size input = m_source.input.size();
    switch (column) {
    case FigureColumn::LowResolution:
        add(tr("LR (nearest)"), kOtherColour, {ui::formatPixels(input.width, input.height)}, prepared(column));
        break;
    case FigureColumn::Bicubic:
        add(tr("LR (bicubic)"), kOtherColour, {ui::formatPixels(input.width, input.height)}, prepared(column));
        break;
    case FigureColumn::Fp32:
        add(QStringLiteral("FP32"), kFp32Colour, shortNotes(m_source.report.fp32, false), m_source.fp32);
        break;
    case FigureColumn::Quantized:
        for (const PlanPicture &plan : m_source.plans)
            add(QString::fromStdString(plan.name.empty() ? std::string("quantized") : plan.name), kQuantizedColour,
                shortNotes(plan.report, true), plan.picture);
        break;
    case FigureColumn::Reference:
        if (m_source.reference)
            add(tr("HR"), kOtherColour, {ui::formatPixels(m_source.fp32.width(), m_source.fp32.height())},
                *m_source.reference);
        break;
    case FigureColumn::Difference: {
        const image::Image &picture = prepared(column);
        add(tr("Difference × %1").arg(m_differenceGain), kOtherColour,
            {tr("largest %1 of 255").arg(m_largestDifference)}, picture);
        break;
    }
    }
    return pictures;
}

std::vector<image::Rect> Maker::regionsFor(const ui::FigureSettings &settings, const ui::FigureContent &content) const
{
    const image::Size size = m_source.fp32.size();
    std::vector<image::Rect> regions;
    for (const image::Rect &region : settings.regions)
        if (const image::Rect part = inside(region, size); !part.isEmpty() && regions.size() < ui::kMostFigureRegions)
            regions.push_back(part);
    if (!regions.empty())
        return regions;
    const int count = std::clamp(settings.automaticRegions, 1, ui::kMostFigureRegions);
    const int cell = ui::figureCellWidth(content, settings, static_cast<std::size_t>(count));
    const int usual = std::max(kSmallestRegion, size.width / kRegionShare);
    const int factor = settings.zoom > 0 ? settings.zoom : std::max(1, (cell + usual / 2) / usual);
    const int side = std::max(1, cell / factor);
    return worstRegions(m_source.fp32, m_source.plans[m_source.atHand].picture, {side, side}, count);
}

QString Maker::captionOf(const ui::FigureSettings &settings, const ui::FigureContent &content) const
{
    const compare::Report &report = m_source.report;
    const image::Size in = m_source.input.size();
    const image::Size out = m_source.fp32.size();
    QStringList parts;
    if (!settings.caption.text.trimmed().isEmpty())
        parts << settings.caption.text.trimmed();
    const QString file = QFileInfo(QString::fromStdString(report.input)).fileName();
    parts << tr("%1, %2 pixels, enlarged to %3 by %4.")
                 .arg(file.isEmpty() ? tr("The picture") : file, ui::formatPixels(in.width, in.height),
                      ui::formatPixels(out.width, out.height), QString::fromStdString(report.model));
    QStringList places;
    for (const image::Rect &region : content.regions)
        places << tr("%1 pixels at (%2, %3)")
                      .arg(ui::formatPixels(region.width, region.height))
                      .arg(region.x)
                      .arg(region.y);
    parts << (settings.regions.empty() ? tr("Insets: where the plan changes most, %1.") : tr("Insets: %1."))
                 .arg(places.join(QStringLiteral("; ")));
    if (settings.caption.metrics) {
        parts << sentence(QStringLiteral("FP32"), report.fp32, nullptr);
        for (const PlanPicture &plan : m_source.plans)
            parts << sentence(QString::fromStdString(plan.name), plan.report, &report.fp32);
        if (report.fp32.psnrHr.value || m_source.plans[m_source.atHand].report.psnrFp32.value)
            parts << tr("PSNR and SSIM on Y, %1 pixels shaved.").arg(in.width > 0 ? out.width / in.width : 0);
    }
    if (settings.caption.plan)
        for (const PlanPicture &plan : m_source.plans)
            parts << tr("Bits of %1 (weights/activations): %2.")
                         .arg(QString::fromStdString(plan.name), bitsText(QString::fromStdString(plan.rules)));
    parts.removeAll(QString());
    return parts.join(' ');
}

ui::FigureContent Maker::content(const ui::FigureSettings &settings)
{
    ui::FigureContent content;
    for (const FigureColumn column : settings.pictures)
        for (ui::FigurePicture &picture : picturesOf(column, settings.caption.metrics))
            content.pictures.push_back(std::move(picture));
    if (content.pictures.empty())
        content.pictures = picturesOf(FigureColumn::Quantized, settings.caption.metrics);
    content.regions = regionsFor(settings, content);
    const auto shown = [&](FigureColumn column) { return settings.pictures.contains(column); };
    // The truth where there is one, else the better side.
    const bool reference = m_source.reference && shown(FigureColumn::Reference);
    content.overview = reference ? *m_source.reference : m_source.fp32;
    content.overviewLabel = reference ? tr("HR, whole picture") : tr("FP32, whole picture");
    if (settings.title)
        content.title = QFileInfo(QString::fromStdString(m_source.report.input)).fileName();
    content.caption = captionOf(settings, content);
    return content;
}

} // namespace bitlens::figure
