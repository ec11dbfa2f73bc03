// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QLabel>

namespace bitlens::ui {

/// Something that the user should know, on the ground of a warning. Takes no room while it has nothing to say.
class NoticeLabel : public QLabel {
    Q_OBJECT
public:
    explicit NoticeLabel(QWidget *parent = nullptr);

    /// Empty: nothing.
    void setNotice(const QString &text);

protected:
    void changeEvent(QEvent *event) override;

private:
    void applyPalette();
};

} // namespace bitlens::ui
