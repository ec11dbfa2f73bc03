// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/readoutrows.h"

#include "ui/format.h"

#include <QCoreApplication>

#include <cmath>

namespace bitlens::ui {

namespace {

/// Below half of the last digit shown, two values count as the same.
constexpr double kSameShare = 0.0005;
constexpr double kSameDecibels = 0.005;
constexpr double kSameSsim = 0.00005;
constexpr double kSameIndex = 0.005;

QString tr(const char *text) { return QCoreApplication::translate("bitlens::ui::ReadoutsPanel", text); }

const compare::Metric &metricOf(Readout readout, const compare::SideReport &report)
{
    switch (readout) {
    case Readout::PsnrFp32:
        return report.psnrFp32;
    case Readout::SsimFp32:
        return report.ssimFp32;
    case Readout::PsnrHr:
        return report.psnrHr;
    case Readout::SsimHr:
        return report.ssimHr;
    case Readout::Ma:
        return report.ma;
    case Readout::Pi:
        return report.pi;
    default:
        return report.niqe;
    }
}

QString formatMetric(Readout readout, double value)
{
    switch (readout) {
    case Readout::PsnrFp32:
    case Readout::PsnrHr:
        return formatDecibels(value);
    case Readout::SsimFp32:
    case Readout::SsimHr:
        return formatSsim(value);
    default:
        return formatIndex(value);
    }
}

bool lowerIsBetter(Readout readout)
{
    return readout == Readout::Size || readout == Readout::Time || readout == Readout::Niqe || readout == Readout::Pi;
}

ReadoutChange change(QString text, double difference, double same, bool lowerBetter)
{
    ReadoutChange result{std::move(text), ReadoutChange::Verdict::Same};
    if (std::abs(difference) >= same)
        result.verdict =
            (difference < 0) == lowerBetter ? ReadoutChange::Verdict::Better : ReadoutChange::Verdict::Worse;
    return result;
}

} // namespace

QString readoutName(Readout readout)
{
    switch (readout) {
    case Readout::Size:
        return tr("Size");
    case Readout::Time:
        return tr("Time");
    case Readout::PsnrFp32:
        return tr("PSNR to FP32");
    case Readout::SsimFp32:
        return tr("SSIM to FP32");
    case Readout::PsnrHr:
        return tr("PSNR to HR");
    case Readout::SsimHr:
        return tr("SSIM to HR");
    case Readout::Niqe:
        return tr("NIQE");
    case Readout::Ma:
        return tr("Ma");
    case Readout::Pi:
        return tr("PI");
    }
    return {};
}

QString readoutKey(Readout readout)
{
    switch (readout) {
    case Readout::Size:
        return QStringLiteral("size");
    case Readout::Time:
        return QStringLiteral("time");
    case Readout::PsnrFp32:
        return QStringLiteral("psnrFp32");
    case Readout::SsimFp32:
        return QStringLiteral("ssimFp32");
    case Readout::PsnrHr:
        return QStringLiteral("psnrHr");
    case Readout::SsimHr:
        return QStringLiteral("ssimHr");
    case Readout::Niqe:
        return QStringLiteral("niqe");
    case Readout::Ma:
        return QStringLiteral("ma");
    case Readout::Pi:
        return QStringLiteral("pi");
    }
    return {};
}

QString readoutHelp(Readout readout)
{
    switch (readout) {
    case Readout::Size:
        return tr(
            "Bytes of the model file as it is written to disk, scales and zero points included. Smaller is better.");
    case Readout::Time:
        return tr("Wall time of one run over the whole picture on this computer. Less is better.");
    case Readout::PsnrFp32:
        return tr(
            "Peak signal-to-noise ratio of the quantized picture against the FP32 one, 10 log10(255² / mean squared "
            "error): Y channel, 8 bits, border cut. Higher is better; from about 45 dB on the eye sees no difference.");
    case Readout::SsimFp32:
        return tr("Structural similarity of the quantized picture to the FP32 one, 0 to 1 (Wang and others, 2004). "
                  "Higher is better.");
    case Readout::PsnrHr:
        return tr("Peak signal-to-noise ratio against the high-resolution reference, 10 log10(255² / mean squared "
                  "error): Y channel, 8 bits, border cut. Higher is better.");
    case Readout::SsimHr:
        return tr("Structural similarity to the high-resolution reference, 0 to 1 (Wang and others, 2004). Higher is "
                  "better.");
    case Readout::Niqe:
        return tr(
            "Natural image quality evaluator: distance from the statistics of natural pictures, no reference needed "
            "(Mittal, Soundararajan and Bovik, 2013). Lower is better, but noise can lower it too: read it beside PSNR "
            "to FP32.");
    case Readout::Ma:
        return tr("Perceptual score learned for enlarged pictures, no reference needed (Ma and others, 2017). "
                  "Higher is better.");
    case Readout::Pi:
        return tr("Perceptual index, ((10 − Ma) + NIQE) / 2 (PIRM challenge, 2018). Lower is better.");
    }
    return {};
}

bool isFidelity(Readout readout) { return readout == Readout::PsnrFp32 || readout == Readout::SsimFp32; }

bool needsReference(Readout readout) { return readout == Readout::PsnrHr || readout == Readout::SsimHr; }

bool isPerceptual(Readout readout)
{
    return readout == Readout::Niqe || readout == Readout::Ma || readout == Readout::Pi;
}

ReadoutValue readoutValue(Readout readout, const compare::SideReport &report)
{
    const ReadoutValue unknown{QStringLiteral("–"), {}, {}};
    if (readout == Readout::Size)
        return report.bytes == 0 ? unknown
                                 : ReadoutValue{formatBytes(report.bytes), {}, static_cast<double>(report.bytes)};
    if (readout == Readout::Time)
        return report.seconds <= 0.0 ? unknown : ReadoutValue{formatSeconds(report.seconds), {}, report.seconds};
    const compare::Metric &metric = metricOf(readout, report);
    if (metric.value)
        return {formatMetric(readout, *metric.value), {}, metric.value};
    if (metric.reason.empty())
        return unknown;
    return {notAvailable(), QString::fromStdString(metric.reason), {}};
}

ReadoutChange readoutChange(Readout readout, const compare::SideReport &fp32, const compare::SideReport &quantized)
{
    const std::optional<double> before = readoutValue(readout, fp32).number;
    const std::optional<double> after = readoutValue(readout, quantized).number;
    if (isFidelity(readout) || !before || !after)
        return {};
    const double difference = *after - *before;
    const bool lower = lowerIsBetter(readout);
    switch (readout) {
    case Readout::Size:
    case Readout::Time:
        return change(formatChange(difference / *before), difference / *before, kSameShare, lower);
    case Readout::PsnrHr:
        return change(formatDifference(difference, 2) + QChar(0x00A0) + QStringLiteral("dB"), difference, kSameDecibels,
                      lower);
    case Readout::SsimHr:
        return change(formatDifference(difference, 4), difference, kSameSsim, lower);
    default:
        return change(formatDifference(difference, 2), difference, kSameIndex, lower);
    }
}

} // namespace bitlens::ui
