// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/format.h"

#include "engine/quant/bitplan.h"

#include <QCoreApplication>

#include <array>
#include <cmath>

namespace bitlens::ui {

namespace {

const QChar kNoBreakSpace(0x00A0);
const QChar kMinus(0x2212);
const QChar kTimes(0x00D7);

/// Three significant digits for numbers from 1 to 999: "1.57", "15.7", "157".
QString threeDigits(double value)
{
    // Decided on the rounded value, so that 9.996 becomes "10.0" and not "10.00".
    const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return QString::number(value, 'f', digits);
}

QString withUnit(const QString &number, const char *unit) { return number + kNoBreakSpace + QString::fromUtf8(unit); }

QString signedNumber(double value, int digits)
{
    const QString magnitude = QString::number(std::abs(value), 'f', digits);
    if (magnitude.toDouble() == 0.0)
        return QChar(0x00B1) + QString::number(0);
    return (value < 0 ? QString(kMinus) : QStringLiteral("+")) + magnitude;
}

} // namespace

QString formatBytes(std::size_t bytes)
{
    static constexpr std::array kUnits{"B", "kB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    if (bytes < 1000)
        return withUnit(QString::number(bytes), kUnits[0]);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1000.0;
        ++unit;
    }
    return withUnit(threeDigits(value), kUnits[unit]);
}

QString formatSeconds(double seconds)
{
    if (!std::isfinite(seconds) || seconds < 0.0)
        return notAvailable();
    if (seconds < 0.001)
        return withUnit(QString::number(seconds * 1000.0, 'f', 2), "ms");
    if (seconds < 0.09995)
        return withUnit(threeDigits(seconds * 1000.0), "ms");
    if (seconds < 0.9995)
        return withUnit(QString::number(seconds, 'f', 3), "s");
    if (seconds < 59.95)
        return withUnit(threeDigits(seconds), "s");
    const long whole = std::lround(seconds);
    const auto twoDigits = [](long value) { return QString::number(value).rightJustified(2, QLatin1Char('0')); };
    if (whole < 3600)
        return withUnit(QString::number(whole / 60), "min") + kNoBreakSpace + withUnit(twoDigits(whole % 60), "s");
    return withUnit(QString::number(whole / 3600), "h") + kNoBreakSpace + withUnit(twoDigits(whole % 3600 / 60), "min");
}

QString formatDecibels(double decibels)
{
    if (std::isinf(decibels) && decibels > 0)
        return withUnit(QString(QChar(0x221E)), "dB");
    if (!std::isfinite(decibels))
        return notAvailable();
    return withUnit(QString::number(decibels, 'f', 2), "dB");
}

QString formatSsim(double ssim)
{
    if (!std::isfinite(ssim))
        return notAvailable();
    if (ssim >= 1.0)
        return QStringLiteral("1");
    return QString::number(std::min(ssim, 0.9999), 'f', 4);
}

QString formatIndex(double index) { return std::isfinite(index) ? QString::number(index, 'f', 2) : notAvailable(); }

QString formatChange(double fraction)
{
    if (!std::isfinite(fraction))
        return notAvailable();
    const double percent = fraction * 100.0;
    return withUnit(signedNumber(percent, std::abs(percent) < 99.95 ? 1 : 0), "%");
}

QString formatDifference(double difference, int digits)
{
    return std::isfinite(difference) ? signedNumber(difference, digits) : notAvailable();
}

QString formatZoom(double zoom)
{
    const double percent = zoom * 100.0;
    return withUnit(QString::number(percent, 'f', percent < 9.95 ? 1 : 0), "%");
}

QString formatPixels(int width, int height)
{
    return QString::number(width) + kNoBreakSpace + kTimes + kNoBreakSpace + QString::number(height);
}

QString formatBits(int bits) { return bits == quant::kFloatBits ? QStringLiteral("FP32") : QString::number(bits); }

QString formatDuration(double seconds)
{
    if (!std::isfinite(seconds) || seconds < 0.0)
        return {};
    const long whole = std::max(1L, std::lround(std::ceil(seconds)));
    if (whole < 60)
        return withUnit(QString::number(whole), "s");
    const long minutes = std::lround(static_cast<double>(whole) / 60.0);
    if (minutes < 60)
        return withUnit(QString::number(minutes), "min");
    return withUnit(QString::number(minutes / 60), "h") + kNoBreakSpace
           + withUnit(QString::number(minutes % 60), "min");
}

QString notAvailable() { return QCoreApplication::translate("bitlens::ui::format", "n/a"); }

} // namespace bitlens::ui
