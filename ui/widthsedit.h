// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QLineEdit>
#include <QList>

namespace bitlens::ui {

/// A list of bit-widths that is typed, like "8, 6, 4". What is not one of the choices is marked.
class WidthsEdit : public QLineEdit {
    Q_OBJECT
public:
    /// `choices`: the widths that there are.
    explicit WidthsEdit(const QList<int> &choices, QWidget *parent = nullptr);

    /// As typed, each once; empty where nothing is typed or something is not a choice.
    QList<int> widths() const;
    void setWidths(const QList<int> &widths);
    /// Nothing but choices; an empty list is valid.
    bool isValid() const;

    QSize sizeHint() const override;

private:
    bool read(QList<int> &widths) const;
    void showValidity();

    QList<int> m_choices;
};

} // namespace bitlens::ui
