// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/theme.h"

#include <QDialog>
#include <QList>
#include <QString>
#include <QStringList>

#include <memory>

namespace bitlens::ui {

/// What the user can choose for the program as a whole.
struct SettingsValues {
    int threads = 0;         ///< of each computation; 0: all processors
    int memoryMegabytes = 0; ///< that a run may use; 0: half of what is free
    QString startModel;      ///< catalogue name or path; empty: the one that was open last
    QString firstPlan;       ///< preset for a model that brings none; empty: the usual one
    Appearance appearance = Appearance::System;
    bool restoreSession = true; ///< begin where the last session ended
    bool operator==(const SettingsValues &) const = default;
};

/// The settings. Not modal; each choice takes effect at once, or where its text says so.
class SettingsDialog : public QDialog {
    Q_OBJECT
public:
    /// What can be chosen from, and what is only shown.
    struct Choices {
        QStringList models;
        QStringList plans;
        QString usualPlan;
        int processors = 1;
        QString dataFolder; ///< empty: not shown
    };
    SettingsDialog(const Choices &choices, const SettingsValues &values, QWidget *parent = nullptr);
    ~SettingsDialog() override;

    SettingsValues values() const;

public slots:
    /// Shows other values; no signal is sent.
    void setValues(const bitlens::ui::SettingsValues &values);

signals:
    void valuesChanged(const bitlens::ui::SettingsValues &values);
    void dataFolderRequested(); ///< to be shown in the file manager

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
