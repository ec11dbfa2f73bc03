// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/icons.h"
#include "ui/systemappearance.h"
#include "ui/theme.h"

#include <QApplication>
#include <QDBusVariant>
#include <QFontMetricsF>
#include <QSignalSpy>
#include <QTest>

using namespace bitlens::ui;

class ThemeTest : public QObject {
    Q_OBJECT

private slots:
    void contrastRatioIsThatOfWcag();
    void contrast_data();
    void contrast();
    void identityColoursCanBeReadOn();
    void appearanceFollowsTheSystemUntilChosen();
    void portalAnswersAreUnderstood();
    void iconsFollowThePalette();
    void everyIconIsDrawn();
    void digitsAreEquallyWide();
};

namespace {

/// WCAG 2, level AA, for text of normal size.
constexpr double kLeastContrast = 4.5;

} // namespace

void ThemeTest::contrastRatioIsThatOfWcag()
{
    constexpr double kRounding = 0.01; // published values have two digits
    QVERIFY(std::abs(contrastRatio(Qt::black, Qt::white) - 21.0) < kRounding);
    QVERIFY(std::abs(contrastRatio(Qt::white, Qt::black) - 21.0) < kRounding);
    QVERIFY(std::abs(contrastRatio(QColor(0x77, 0x77, 0x77), Qt::white) - 4.48) < kRounding);
    QVERIFY(std::abs(contrastRatio(QColor(0x76, 0x76, 0x76), Qt::white) - 4.54) < kRounding);
}

void ThemeTest::contrast_data()
{
    QTest::addColumn<QColor>("text");
    QTest::addColumn<QColor>("ground");
    for (const bool dark : {false, true}) {
        const QPalette palette = dark ? darkPalette() : lightPalette();
        const char *name = dark ? "dark" : "light";
        const auto row = [&](const char *what, const QColor &text, const QColor &ground) {
            QTest::addRow("%s: %s", name, what) << text << ground;
        };
        const QColor window = palette.color(QPalette::Window);
        row("text on window", palette.color(QPalette::WindowText), window);
        row("text on base", palette.color(QPalette::Text), palette.color(QPalette::Base));
        row("text on alternate base", palette.color(QPalette::Text), palette.color(QPalette::AlternateBase));
        row("text on button", palette.color(QPalette::ButtonText), palette.color(QPalette::Button));
        row("selected text", palette.color(QPalette::HighlightedText), palette.color(QPalette::Highlight));
        row("tooltip", palette.color(QPalette::ToolTipText), palette.color(QPalette::ToolTipBase));
        row("link", palette.color(QPalette::Link), window);
        for (const Tone meaning : {Tone::Secondary, Tone::Better, Tone::Worse, Tone::Warning})
            row("tone on window", tone(meaning, palette), window);
        row("placeholder on base", palette.color(QPalette::PlaceholderText), palette.color(QPalette::Base));
        for (const Tone ground : {Tone::ErrorBack, Tone::WarningBack, Tone::InfoBack})
            row("message", palette.color(QPalette::WindowText), tone(ground, palette));
    }
}

void ThemeTest::contrast()
{
    QFETCH(QColor, text);
    QFETCH(QColor, ground);
    const double ratio = contrastRatio(text, ground);
    QVERIFY2(ratio >= kLeastContrast, qPrintable(QString::number(ratio)));
}

void ThemeTest::identityColoursCanBeReadOn()
{
    for (const QColor &color : {kFp32Color, kQuantizedColor}) {
        QVERIFY(contrastRatio(readableOn(color), color) >= kLeastContrast);
        const QColor other = readableOn(color) == QColor(Qt::white) ? Qt::black : Qt::white;
        QVERIFY(contrastRatio(other, color) < contrastRatio(readableOn(color), color));
    }
}

void ThemeTest::appearanceFollowsTheSystemUntilChosen()
{
    Theme theme(qApp);
    theme.setSystemDark(false);
    QVERIFY(!theme.isDark());
    QCOMPARE(QApplication::palette().color(QPalette::Window), lightPalette().color(QPalette::Window));
    QSignalSpy changes(&theme, &Theme::darkChanged);
    theme.setSystemDark(true);
    QVERIFY(theme.isDark());
    QCOMPARE(changes.count(), 1);
    QCOMPARE(QApplication::palette().color(QPalette::Window), darkPalette().color(QPalette::Window));
    theme.setAppearance(Appearance::Light);
    QVERIFY(!theme.isDark());
    theme.setSystemDark(true);
    QVERIFY(!theme.isDark());
    theme.setAppearance(Appearance::System);
    QVERIFY(theme.isDark());
    QVERIFY(!qApp->styleSheet().contains(QLatin1Char('@'))); // every name was replaced
}

void ThemeTest::portalAnswersAreUnderstood()
{
    const auto wrapped = [](const QVariant &value) { return QVariant::fromValue(QDBusVariant(value)); };
    QVERIFY(SystemAppearance::meansDark(wrapped(1U)));
    QVERIFY(SystemAppearance::meansDark(wrapped(wrapped(1U)))); // as some portals send it
    QVERIFY(!SystemAppearance::meansDark(wrapped(0U)));         // no preference
    QVERIFY(!SystemAppearance::meansDark(wrapped(2U)));         // light
    QVERIFY(!SystemAppearance::meansDark(QVariant()));
}

namespace {

/// The colour of the most opaque pixel.
QColor inkOf(const QIcon &icon)
{
    const QImage image = icon.pixmap(48).toImage().convertToFormat(QImage::Format_ARGB32);
    QColor ink(0, 0, 0, 0);
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const QColor color = QColor::fromRgba(image.pixel(x, y));
            if (color.alpha() > ink.alpha())
                ink = color;
        }
    }
    return ink;
}

} // namespace

void ThemeTest::iconsFollowThePalette()
{
    Theme theme(qApp);
    const QIcon open = icon(Icon::Open);
    theme.setAppearance(Appearance::Light);
    QCOMPARE(inkOf(open).rgb(), lightPalette().color(QPalette::WindowText).rgb());
    theme.setAppearance(Appearance::Dark);
    QCOMPARE(inkOf(open).rgb(), darkPalette().color(QPalette::WindowText).rgb());
    QCOMPARE(inkOf(icon(Icon::Open, Qt::red)).rgb(), QColor(Qt::red).rgb());
}

void ThemeTest::everyIconIsDrawn()
{
    Theme theme(qApp);
    QVERIFY(icon(Icon::None).isNull());
    for (int i = 1; i <= static_cast<int>(Icon::Collapse); ++i)
        QVERIFY2(inkOf(icon(static_cast<Icon>(i))).alpha() > 200, qPrintable(QString::number(i)));
    QVERIFY(inkOf(applicationIcon()).alpha() == 255);
}

void ThemeTest::digitsAreEquallyWide()
{
    for (const TextSize size : {TextSize::Small, TextSize::Body, TextSize::Title}) {
        const QFontMetricsF metrics(numberFont(size));
        for (char digit = '1'; digit <= '9'; ++digit)
            QCOMPARE(metrics.horizontalAdvance(QLatin1Char(digit)), metrics.horizontalAdvance(QLatin1Char('0')));
    }
    QVERIFY(QFontMetricsF(textFont(TextSize::Small)).height() < QFontMetricsF(textFont(TextSize::Body)).height());
    QVERIFY(QFontMetricsF(textFont(TextSize::Body)).height() < QFontMetricsF(textFont(TextSize::Title)).height());
}

QTEST_MAIN(ThemeTest)
#include "tst_theme.moc"
