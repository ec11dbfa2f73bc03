// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QColor>
#include <QFont>
#include <QObject>
#include <QPalette>

class QApplication;
class QWidget;

namespace bitlens::ui {

/// The 8-pixel grid, in device-independent pixels.
inline constexpr int kGrid = 8;
inline constexpr int kHalfGrid = kGrid / 2;

/// The three text sizes of the program.
enum class TextSize { Small, Body, Title };
/// The application font at one of the three sizes.
QFont textFont(TextSize size);
/// The same, half bold.
QFont strongFont(TextSize size);
/// For numbers that stand under each other: as textFont(), in another family where the application's digits differ in
/// width.
QFont numberFont(TextSize size);

/// The two identity colours (Okabe-Ito blue and vermillion), everywhere the same.
inline constexpr QColor kFp32Color{0x00, 0x72, 0xB2};
inline constexpr QColor kQuantizedColor{0xD5, 0x5E, 0x00};

/// What a colour stands for, beyond the roles of QPalette.
enum class Tone {
    Secondary, ///< text that explains other text
    Better,    ///< always with a sign or an arrow as well
    Worse,     ///< likewise
    Warning,   ///< text
    Surround,  ///< neutral gray around pictures
    Separator, ///< thin lines between regions
    ErrorBack, ///< background of an error message
    WarningBack,
    InfoBack,
};
QColor tone(Tone tone, const QPalette &palette);
bool isDark(const QPalette &palette);
/// Black or white, whichever can be read better on this colour.
QColor readableOn(const QColor &background);
/// WCAG 2 contrast ratio of two opaque colours, 1 … 21.
double contrastRatio(const QColor &first, const QColor &second);

QPalette lightPalette();
QPalette darkPalette();

enum class Appearance { System, Light, Dark };

/// Sets style, palette and style sheet of the application and follows the desktop's choice of light or dark.
class Theme : public QObject {
    Q_OBJECT
public:
    /// Applies Appearance::System. Make one, after the QApplication.
    explicit Theme(QApplication *application);

    Appearance appearance() const { return m_appearance; }
    bool isDark() const { return m_dark; }

public slots:
    void setAppearance(bitlens::ui::Appearance appearance);
    /// What Appearance::System stands for from now on.
    void setSystemDark(bool dark);

signals:
    /// Light turned to dark or back.
    void darkChanged(bool dark);

private:
    void apply();

    QApplication *m_application;
    Appearance m_appearance = Appearance::System;
    bool m_systemDark = false;
    bool m_dark = false;
};

} // namespace bitlens::ui
