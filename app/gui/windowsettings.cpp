// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/windowsettings.h"

#include "app/gui/filecontroller.h"
#include "ui/actions.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"

#include <QAction>
#include <QMainWindow>
#include <QMetaEnum>
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
    m_parts.view->setSplitOrientation(m_settings->value(kDividerVertical).toBool() ? Qt::Vertical : Qt::Horizontal);
    bool known = false;
    const auto modes = QMetaEnum::fromType<ui::CompareView::Mode>();
    const int mode = modes.keyToValue(m_settings->value(kViewMode).toByteArray().constData(), &known);
    if (known)
        m_parts.view->setMode(static_cast<ui::CompareView::Mode>(mode));
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
    m_settings->setValue(kDividerVertical, m_parts.view->splitOrientation() == Qt::Vertical);
    m_settings->setValue(
        kViewMode, QMetaEnum::fromType<ui::CompareView::Mode>().valueToKey(static_cast<int>(m_parts.view->mode())));
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
