// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/settingscontroller.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/enginethread.h"
#include "app/gui/queuecontroller.h"
#include "app/gui/session.h"
#include "engine/base/parallel.h"
#include "ui/actions.h"
#include "ui/statuspanel.h"

#include <QAction>
#include <QDesktopServices>
#include <QSettings>
#include <QUrl>

#include <algorithm>

namespace bitlens::app {

namespace {

constexpr const char *kThreads = "engine/threads";
constexpr const char *kMemory = "engine/memoryMegabytes";
constexpr const char *kStartModel = "start/model";
constexpr const char *kFirstPlan = "start/plan";
constexpr const char *kRestore = "start/restoreSession";
constexpr std::size_t kMegabyte = 1'000'000;

ui::ActionId actionOf(ui::Appearance appearance)
{
    switch (appearance) {
    case ui::Appearance::System:
        return ui::ActionId::ThemeSystem;
    case ui::Appearance::Light:
        return ui::ActionId::ThemeLight;
    case ui::Appearance::Dark:
        return ui::ActionId::ThemeDark;
    }
    return ui::ActionId::ThemeSystem;
}

} // namespace

SettingsController::SettingsController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    apply();
    connect(parts.engine, &EngineThread::modelsListed, this, [this](RequestId, const QList<ModelEntry> &entries) {
        m_models.clear();
        for (const ModelEntry &entry : entries)
            if (entry.installed)
                m_models << entry.name;
    });
    connect(parts.actions->action(ui::ActionId::Settings), &QAction::triggered, this, &SettingsController::showDialog);
}

ui::SettingsValues SettingsController::values() const
{
    const QSettings &settings = *m_parts.settings;
    ui::SettingsValues values;
    values.threads = std::max(0, settings.value(kThreads).toInt());
    values.memoryMegabytes = std::max(0, settings.value(kMemory).toInt());
    values.startModel = settings.value(kStartModel).toString();
    values.firstPlan = settings.value(kFirstPlan).toString();
    values.restoreSession = settings.value(kRestore, values.restoreSession).toBool();
    if (m_parts.theme)
        values.appearance = m_parts.theme->appearance();
    return values;
}

void SettingsController::setValues(const ui::SettingsValues &values)
{
    QSettings &settings = *m_parts.settings;
    if (values.threads != this->values().threads)
        m_parts.threads = 0; // chosen now, which is later than at the start
    settings.setValue(kThreads, values.threads);
    settings.setValue(kMemory, values.memoryMegabytes);
    settings.setValue(kStartModel, values.startModel);
    settings.setValue(kFirstPlan, values.firstPlan);
    settings.setValue(kRestore, values.restoreSession);
    if (m_parts.theme && m_parts.theme->appearance() != values.appearance)
        m_parts.actions->action(actionOf(values.appearance))->trigger();
    apply();
}

void SettingsController::apply()
{
    const ui::SettingsValues now = values();
    m_parts.engine->setThreads(m_parts.threads > 0 ? m_parts.threads : now.threads);
    m_parts.status->setThreads(m_parts.engine->threads());
    const std::size_t memory = static_cast<std::size_t>(now.memoryMegabytes) * kMegabyte;
    m_parts.comparisons->setMemoryBudget(memory);
    m_parts.queue->setMemoryBudget(memory);
    m_parts.session->setFirstPreset(now.firstPlan);
}

void SettingsController::showDialog()
{
    auto *dialog = m_parts.window->findChild<ui::SettingsDialog *>();
    if (!dialog) {
        ui::SettingsDialog::Choices choices;
        choices.models = m_models;
        for (const quant::Preset &preset : quant::presets())
            choices.plans << QString::fromStdString(preset.name);
        choices.usualPlan = QString::fromLatin1(quant::kDefaultPreset);
        choices.processors = base::availableProcessors();
        choices.dataFolder = m_parts.dataFolder;
        dialog = new ui::SettingsDialog(choices, values(), m_parts.window);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        connect(dialog, &ui::SettingsDialog::valuesChanged, this, &SettingsController::setValues);
        connect(dialog, &ui::SettingsDialog::dataFolderRequested, this,
                [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_parts.dataFolder)); });
    }
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
}

} // namespace bitlens::app
