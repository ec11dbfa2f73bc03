// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QDialogButtonBox>
#include <QFileDialog>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>

namespace bitlens::test {

/// Answers the file dialog that opens on `window`, Qt's own, as a user does: its name goes into the line, and the
/// button is clicked. False when none opens, or when it does not close.
inline bool nameFile(QWidget *window, const QString &path)
{
    QFileDialog *dialog = nullptr;
    const auto isOpen = [&] {
        for (QFileDialog *candidate : window->findChildren<QFileDialog *>())
            if (candidate->isVisible())
                dialog = candidate;
        return dialog != nullptr;
    };
    if (!QTest::qWaitFor(isOpen))
        return false;
    auto *name = dialog->findChild<QLineEdit *>();
    auto *buttons = dialog->findChild<QDialogButtonBox *>();
    if (!name || !buttons)
        return false;    // the desktop's dialog: not with AA_DontUseNativeDialogs
    name->setText(path); // in one go: typed letter by letter, a list of completions opens above the buttons
    const auto isGone = [&] {
        for (const QFileDialog *candidate : window->findChildren<QFileDialog *>())
            if (candidate->isVisible())
                return false;
        return true;
    };
    for (QAbstractButton *button : buttons->buttons())
        if (buttons->buttonRole(button) == QDialogButtonBox::AcceptRole) {
            QTest::mouseClick(button, Qt::LeftButton);
            break;
        }
    return QTest::qWaitFor(isGone);
}

} // namespace bitlens::test
