// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/report.h"

#include "engine/score/mamodelstore.h"
#include "ui/format.h"

#include <QString>
#include <fmt/format.h>

#include <functional>

namespace bitlens::cli {

namespace {

using Format = std::function<QString(double)>;

QString metricText(const compare::Metric &metric, const Format &format)
{
    return metric.value ? format(*metric.value) : ui::notAvailable();
}

/// Columns are counted in characters, not in UTF-8 bytes.
QString cell(const QString &text, int width) { return text.rightJustified(width); }

constexpr int kLabelWidth = 14;
constexpr int kColumnWidth = 12;

std::string row(const char *label, const QString &fp32, const QString &quantized, const QString &note = {})
{
    QString line =
        QString::fromUtf8(label).leftJustified(kLabelWidth) + cell(fp32, kColumnWidth) + cell(quantized, kColumnWidth);
    if (!note.isEmpty())
        line += QStringLiteral("  ") + note;
    return "\n" + line.toStdString();
}

/// A row of a metric of both sides; left out when neither has it, except that a reason is given once.
std::string metricRow(const char *label, const compare::Metric &fp32, const compare::Metric &quantized,
                      const Format &format)
{
    if (!fp32.value && !quantized.value)
        return {};
    return row(label, metricText(fp32, format), metricText(quantized, format));
}

std::string scoreRows(const compare::SideReport &fp32, const compare::SideReport &quantized)
{
    const QString none;
    std::string text = row("PSNR to FP32", none, metricText(quantized.psnrFp32, ui::formatDecibels));
    text += row("SSIM to FP32", none, metricText(quantized.ssimFp32, ui::formatSsim));
    text += metricRow("PSNR to HR", fp32.psnrHr, quantized.psnrHr, ui::formatDecibels);
    text += metricRow("SSIM to HR", fp32.ssimHr, quantized.ssimHr, ui::formatSsim);
    text += metricRow("NIQE", fp32.niqe, quantized.niqe, ui::formatIndex);
    text += metricRow("Ma", fp32.ma, quantized.ma, ui::formatIndex);
    text += metricRow("PI", fp32.pi, quantized.pi, ui::formatIndex);
    for (const auto &[name, metric] : {std::pair("NIQE", &fp32.niqe), std::pair("PI", &fp32.pi)})
        if (!metric->value && !metric->reason.empty())
            text += fmt::format("\n{}: n/a, {}", name, metric->reason);
    return text;
}

} // namespace

std::string regionText(const compare::RegionScores &region)
{
    return fmt::format("\n\nregion {} at {}, {}\n",
                       ui::formatPixels(region.part.width, region.part.height).toStdString(), region.part.x,
                       region.part.y)
           + scoreRows(region.fp32, region.quantized);
}

std::string reportText(const compare::Report &report)
{
    const auto bytes = [](std::size_t count) { return count > 0 ? ui::formatBytes(count) : ui::notAvailable(); };
    const auto seconds = [](double time) { return time > 0.0 ? ui::formatSeconds(time) : ui::notAvailable(); };
    const auto change = [](const std::optional<double> &fraction) {
        return fraction ? ui::formatChange(*fraction) : QString();
    };
    std::string text = fmt::format("{}  {} -> {}\nmodel {}, plan {}\n", report.input,
                                   ui::formatPixels(report.inputSize.width, report.inputSize.height).toStdString(),
                                   ui::formatPixels(report.outputSize.width, report.outputSize.height).toStdString(),
                                   report.model, report.plan);
    text += row("", QStringLiteral("FP32"), QStringLiteral("quantized"));
    text += row("size", bytes(report.fp32.bytes), bytes(report.quantized.bytes), change(report.sizeChange()));
    text += row("time", seconds(report.fp32.seconds), seconds(report.quantized.seconds), change(report.timeChange()));
    text += scoreRows(report.fp32, report.quantized);
    if (report.fp32.pi.reason == score::maModelMissingReason())
        text += "\n" + score::maModelHint();
    text += fmt::format("\nFP32: {}\nquantized: {}", report.fp32.backend, report.quantized.backend);
    return text;
}

std::string evaluationHeading()
{
    return (QStringLiteral("image").leftJustified(20) + cell(QStringLiteral("bicubic"), 10)
            + cell(QStringLiteral("FP32"), 10) + cell(QStringLiteral("quantized"), 11)
            + cell(QStringLiteral("to FP32"), 10) + cell(QStringLiteral("NIQE FP32"), 11)
            + cell(QStringLiteral("NIQE q."), 9))
        .toStdString();
}

std::string evaluationLine(const compare::EvaluationRow &row)
{
    const auto decibels = [](const compare::Metric &metric) {
        return metric.value ? ui::formatDecibels(*metric.value) : QStringLiteral("-");
    };
    const auto index = [](const compare::Metric &metric) {
        return metric.value ? ui::formatIndex(*metric.value) : QStringLiteral("-");
    };
    return (QString::fromStdString(row.file).leftJustified(20) + cell(decibels(row.bicubicPsnrHr), 10)
            + cell(decibels(row.fp32.psnrHr), 10) + cell(decibels(row.quantized.psnrHr), 11)
            + cell(decibels(row.quantized.psnrFp32), 10) + cell(index(row.fp32.niqe), 11)
            + cell(index(row.quantized.niqe), 9))
        .toStdString();
}

} // namespace bitlens::cli
