// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/enginethread.h"

#include <QComboBox>
#include <QList>

namespace bitlens::app {

/// The list of models in the toolbar: what is installed, what can be downloaded, the file that is open, and a way to
/// open another one. Shows what setCurrentModel() said; a choice by the user is a request and shows once it came true.
class ModelChooser : public QComboBox {
    Q_OBJECT

public:
    explicit ModelChooser(QWidget *parent = nullptr);

public slots:
    void setEntries(const QList<bitlens::app::ModelEntry> &entries);
    /// The model that is open, by what it was opened with (catalogue name or path); empty for none.
    void setCurrentModel(const QString &name, const QString &argument);

signals:
    void modelChosen(const QString &argument);
    void downloadRequested(const QString &name);
    void fileRequested();

private:
    void fill();
    void showCurrent();
    void choose(int index);

    QList<ModelEntry> m_entries;
    QString m_name;
    QString m_argument;
};

} // namespace bitlens::app
