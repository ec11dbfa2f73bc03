// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/queuedialogs.h"

#include <QFileDialog>

namespace bitlens::app {

QueueDialogs::QueueDialogs(QWidget *window, QObject *parent) : QObject(parent), m_window(window) {}

void QueueDialogs::askForPictures()
{
    auto *dialog = new QFileDialog(m_window, tr("Add pictures to the queue"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, &QueueDialogs::chosen);
    dialog->open();
}

void QueueDialogs::askForFolder()
{
    auto *dialog = new QFileDialog(m_window, tr("Add the pictures of a folder to the queue"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::filesSelected, this, &QueueDialogs::chosen);
    dialog->open();
}

void QueueDialogs::askForTarget(const QString &now)
{
    auto *dialog = new QFileDialog(m_window, tr("Save the results to"), now);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, &QueueDialogs::targetChosen);
    dialog->open();
}

} // namespace bitlens::app
