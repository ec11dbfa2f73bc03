// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/windowsettings.h"

#include "app/gui/filecontroller.h"
#include "app/gui/viewchoices.h"
#include "ui/actions.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"

#include <QAction>
#include <QMainWindow>
#include <QSettings>
#include <QStandardPaths>

namespace bitlens::app {

namespace {
constexpr int kStateVersion = 1; // of docks and toolbar; another one is not restored

constexpr const char *kGeometry = "window/geometry";
constexpr const char *kState = "window/state";
constexpr const char *kAppearance = "window/appearance";
constexpr const char *kViewMode = "view/mode";
constexpr const char *kDividerVertical = "view/sidesAboveEachOther";
constexpr const char *kPanes = "view/panes";
constexpr const char *kGain = "view/differenceGain";
constexpr const char *kFalseColour = "view/falseColour";
constexpr const char *kFolder = "files/folder";
constexpr const char *kModel = "files/model";
} // namespace

WindowSettings::WindowSettings(const Parts &parts, const QString &file)
    : m_parts(parts),
      m_settings(file.isEmpty() ? std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope,
                                                              QStringLiteral("bitlens"), QStringLiteral("bitlens"))
                                : std::make_unique<QSettings>(file, QSettings::IniFormat))
{
}

WindowSettings::~WindowSettings() = default;

void WindowSettings::restore()
{
    m_parts.window->restoreGeometry(m_settings->value(kGeometry).toByteArray());
    m_parts.window->restoreState(m_settings->value(kState).toByteArray(), kStateVersion);
    m_parts.files->setFolder(
        m_settings->value(kFolder, QStandardPaths::writableLocation(QStandardPaths::PicturesLocation)).toString());
    ViewChoices choices;
    choices.mode = m_settings->value(kViewMode).toString();
    choices.sidesAboveEachOther = m_settings->value(kDividerVertical).toBool();
    choices.panes = m_settings->value(kPanes).toStringList();
    choices.gain = m_settings->value(kGain).toInt();
    choices.falseColour = m_settings->value(kFalseColour).toBool();
    applyViewChoices(choices, m_parts.view);
    if (!m_parts.theme)
        return;
    const QString appearance = m_settings->value(kAppearance).toString();
    if (appearance == QLatin1String("light"))
        m_parts.actions->action(ui::ActionId::ThemeLight)->trigger();
    else if (appearance == QLatin1String("dark"))
        m_parts.actions->action(ui::ActionId::ThemeDark)->trigger();
}

void WindowSettings::save()
{
    // Panels that are hidden for the moment are not a layout to come back to.
    QAction *hidden = m_parts.actions->action(ui::ActionId::TogglePanels);
    const bool wereHidden = hidden->isChecked();
    hidden->setChecked(false);
    m_settings->setValue(kState, m_parts.window->saveState(kStateVersion));
    hidden->setChecked(wereHidden);
    m_settings->setValue(kGeometry, m_parts.window->saveGeometry());
    m_settings->setValue(kFolder, m_parts.files->folder());
    const ViewChoices choices = viewChoicesOf(*m_parts.view);
    m_settings->setValue(kDividerVertical, choices.sidesAboveEachOther);
    m_settings->setValue(kViewMode, choices.mode);
    m_settings->setValue(kPanes, choices.panes);
    m_settings->setValue(kGain, choices.gain);
    m_settings->setValue(kFalseColour, choices.falseColour);
    if (m_parts.theme) {
        const ui::Appearance appearance = m_parts.theme->appearance();
        m_settings->setValue(kAppearance, appearance == ui::Appearance::Light  ? QStringLiteral("light")
                                          : appearance == ui::Appearance::Dark ? QStringLiteral("dark")
                                                                               : QStringLiteral("system"));
    }
    m_settings->sync();
}

QString WindowSettings::model() const { return m_settings->value(kModel).toString(); }

void WindowSettings::setModel(const QString &argument) { m_settings->setValue(kModel, argument); }

} // namespace bitlens::app
