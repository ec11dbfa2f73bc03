// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/theme.h"

#include "ui/systemappearance.h"

#include <QApplication>
#include <QEvent>
#include <QFile>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QStyleFactory>
#include <QWidget>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

// Outside the namespace: the macro declares a function of the global one. A static library needs it.
static void initializeResources() { Q_INIT_RESOURCE(ui); }

namespace bitlens::ui {

namespace {

constexpr double kSmallFactor = 0.88;
constexpr double kTitleFactor = 1.45;
constexpr double kSmallestPointSize = 7.5;

/// The colours of one palette; everything else is derived from them.
struct Scheme {
    QColor window, base, alternate, text, disabled, button, separator, highlight, highlightedText, link, tooltip,
        surround;
};

const Scheme &scheme(bool dark)
{
    static const Scheme kLight{.window = {0xF4, 0xF4, 0xF4},
                               .base = {0xFF, 0xFF, 0xFF},
                               .alternate = {0xF8, 0xF8, 0xF8},
                               .text = {0x1C, 0x1C, 0x1C},
                               .disabled = {0x9A, 0x9A, 0x9A},
                               .button = {0xFD, 0xFD, 0xFD},
                               .separator = {0xD6, 0xD6, 0xD6},
                               .highlight = {0x4C, 0x5B, 0x6B},
                               .highlightedText = {0xFF, 0xFF, 0xFF},
                               .link = {0x00, 0x5A, 0x8C},
                               .tooltip = {0xFF, 0xFF, 0xFF},
                               .surround = {0xBF, 0xBF, 0xBF}};
    static const Scheme kDark{.window = {0x27, 0x27, 0x27},
                              .base = {0x1F, 0x1F, 0x1F},
                              .alternate = {0x24, 0x24, 0x24},
                              .text = {0xE6, 0xE6, 0xE6},
                              .disabled = {0x75, 0x75, 0x75},
                              .button = {0x35, 0x35, 0x35},
                              .separator = {0x40, 0x40, 0x40},
                              .highlight = {0x56, 0x65, 0x76},
                              .highlightedText = {0xFF, 0xFF, 0xFF},
                              .link = {0x6C, 0xBD, 0xEE},
                              .tooltip = {0x33, 0x33, 0x33},
                              .surround = {0x17, 0x17, 0x17}};
    return dark ? kDark : kLight;
}

QPalette makePalette(bool dark)
{
    const Scheme &colors = scheme(dark);
    QPalette palette;
    palette.setColor(QPalette::Window, colors.window);
    palette.setColor(QPalette::WindowText, colors.text);
    palette.setColor(QPalette::Base, colors.base);
    palette.setColor(QPalette::AlternateBase, colors.alternate);
    palette.setColor(QPalette::Text, colors.text);
    palette.setColor(QPalette::Button, colors.button);
    palette.setColor(QPalette::ButtonText, colors.text);
    palette.setColor(QPalette::BrightText, QColor(0xFF, 0xFF, 0xFF));
    palette.setColor(QPalette::Highlight, colors.highlight);
    palette.setColor(QPalette::HighlightedText, colors.highlightedText);
    palette.setColor(QPalette::Link, colors.link);
    palette.setColor(QPalette::LinkVisited, colors.link);
    palette.setColor(QPalette::ToolTipBase, colors.tooltip);
    palette.setColor(QPalette::ToolTipText, colors.text);
    palette.setColor(QPalette::PlaceholderText, tone(Tone::Secondary, palette));
    palette.setColor(QPalette::Light, dark ? colors.button.lighter(120) : QColor(0xFF, 0xFF, 0xFF));
    palette.setColor(QPalette::Midlight, dark ? colors.button : QColor(0xEA, 0xEA, 0xEA));
    palette.setColor(QPalette::Mid, colors.separator);
    palette.setColor(QPalette::Dark, dark ? QColor(0x14, 0x14, 0x14) : QColor(0xB4, 0xB4, 0xB4));
    palette.setColor(QPalette::Shadow, QColor(0x00, 0x00, 0x00));
    for (const QPalette::ColorRole role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, colors.disabled);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, colors.separator);
    return palette;
}

/// The style sheet of the resources with its @names replaced by the palette's colours.
QString styleSheet(const QPalette &palette)
{
    QFile file(QStringLiteral(":/bitlens/theme.qss"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = QString::fromUtf8(file.readAll());
    const bool dark = isDark(palette);
    QColor hover = palette.color(QPalette::WindowText);
    hover.setAlpha(dark ? 26 : 18);
    QColor pressed = palette.color(QPalette::WindowText);
    pressed.setAlpha(dark ? 48 : 38);
    const std::array<std::pair<QString, QString>, 12> tokens{{
        {QStringLiteral("@windowText"), palette.color(QPalette::WindowText).name()},
        {QStringLiteral("@window"), palette.color(QPalette::Window).name()},
        {QStringLiteral("@base"), palette.color(QPalette::Base).name()},
        {QStringLiteral("@button"), palette.color(QPalette::Button).name()},
        {QStringLiteral("@separator"), tone(Tone::Separator, palette).name()},
        {QStringLiteral("@secondary"), tone(Tone::Secondary, palette).name()},
        {QStringLiteral("@disabled"), palette.color(QPalette::Disabled, QPalette::WindowText).name()},
        {QStringLiteral("@highlightedText"), palette.color(QPalette::HighlightedText).name()},
        {QStringLiteral("@highlight"), palette.color(QPalette::Highlight).name()},
        {QStringLiteral("@hover"), hover.name(QColor::HexArgb)},
        {QStringLiteral("@pressed"), pressed.name(QColor::HexArgb)},
        {QStringLiteral("@mode"), dark ? QStringLiteral("dark") : QStringLiteral("light")},
    }};
    for (const auto &[name, value] : tokens)
        sheet.replace(name, value);
    return sheet;
}

QFont scaled(QFont font, double factor)
{
    if (font.pointSizeF() > 0)
        font.setPointSizeF(std::max(kSmallestPointSize, font.pointSizeF() * factor));
    else
        font.setPixelSize(static_cast<int>(std::lround(font.pixelSize() * factor)));
    return font;
}

bool hasTabularFigures(const QFont &font)
{
    const QFontMetricsF metrics(font);
    const double width = metrics.horizontalAdvance(QLatin1Char('0'));
    for (char digit = '1'; digit <= '9'; ++digit) {
        if (std::abs(metrics.horizontalAdvance(QLatin1Char(digit)) - width) > 0.01)
            return false;
    }
    return true;
}

double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

/// WCAG 2 relative luminance.
double luminance(const QColor &color)
{
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

} // namespace

QFont textFont(TextSize size)
{
    const QFont font = QApplication::font();
    switch (size) {
    case TextSize::Small:
        return scaled(font, kSmallFactor);
    case TextSize::Body:
        return font;
    case TextSize::Title:
        return scaled(font, kTitleFactor);
    }
    return font;
}

QFont strongFont(TextSize size)
{
    QFont font = textFont(size);
    font.setWeight(QFont::DemiBold);
    return font;
}

QFont numberFont(TextSize size)
{
    QFont font = textFont(size);
    if (hasTabularFigures(font))
        return font;
    for (const char *family : {"DejaVu Sans", "Noto Sans", "Liberation Sans", "Arial"}) {
        QFont other = font;
        other.setFamilies({QString::fromLatin1(family)});
        if (QFontDatabase::hasFamily(QString::fromLatin1(family)) && hasTabularFigures(other))
            return other;
    }
    return font;
}

bool isDark(const QPalette &palette)
{
    return luminance(palette.color(QPalette::Window)) < luminance(palette.color(QPalette::WindowText));
}

QColor tone(Tone tone, const QPalette &palette)
{
    const bool dark = isDark(palette);
    const auto pick = [dark](QRgb light, QRgb darkColor) { return QColor(dark ? darkColor : light); };
    switch (tone) {
    case Tone::Secondary:
        return pick(0xFF5C5C5C, 0xFFA8A8A8);
    case Tone::Better:
        return pick(0xFF176B2C, 0xFF63C374);
    case Tone::Worse:
        return pick(0xFFB3261E, 0xFFFF8A80);
    case Tone::Warning:
        return pick(0xFF7A4B00, 0xFFF0B849);
    case Tone::Surround:
        return scheme(dark).surround;
    case Tone::Separator:
        return scheme(dark).separator;
    case Tone::ErrorBack:
        return pick(0xFFFBE9E7, 0xFF4A2624);
    case Tone::WarningBack:
        return pick(0xFFFDF3DC, 0xFF453714);
    case Tone::InfoBack:
        return pick(0xFFE8EDF2, 0xFF2F3842);
    }
    return palette.color(QPalette::WindowText);
}

double contrastRatio(const QColor &first, const QColor &second)
{
    const auto [darker, lighter] = std::minmax({luminance(first), luminance(second)});
    return (lighter + 0.05) / (darker + 0.05);
}

QColor readableOn(const QColor &background)
{
    const QColor black(0x00, 0x00, 0x00);
    const QColor white(0xFF, 0xFF, 0xFF);
    return contrastRatio(black, background) > contrastRatio(white, background) ? black : white;
}

QPalette lightPalette() { return makePalette(false); }

QPalette darkPalette() { return makePalette(true); }

Theme::Theme(QApplication *application) : QObject(application), m_application(application)
{
    initializeResources();
    // Before our own palette hides it: a dark palette means that the desktop is dark.
    m_systemDark = bitlens::ui::isDark(QGuiApplication::palette());
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    m_dark = m_systemDark;
    apply();
    connect(new SystemAppearance(this), &SystemAppearance::darkReported, this, &Theme::setSystemDark);
}

void Theme::setAppearance(Appearance appearance)
{
    m_appearance = appearance;
    const bool dark = appearance == Appearance::Dark || (appearance == Appearance::System && m_systemDark);
    if (dark == m_dark)
        return;
    m_dark = dark;
    apply();
    emit darkChanged(dark);
}

void Theme::setSystemDark(bool dark)
{
    m_systemDark = dark;
    setAppearance(m_appearance);
}

void Theme::apply()
{
    const QPalette palette = m_dark ? darkPalette() : lightPalette();
    QApplication::setPalette(palette);
    m_application->setStyleSheet(styleSheet(palette));
    // Where widgets gave others a colour of their own, the style sheet has put back what it remembered of it.
    for (QWidget *widget : QApplication::allWidgets()) {
        QEvent changed(QEvent::PaletteChange);
        QApplication::sendEvent(widget, &changed);
    }
}

} // namespace bitlens::ui
