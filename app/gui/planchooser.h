// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QComboBox>
#include <QList>
#include <QString>

namespace bitlens::app {

/// The list of plans in the toolbar: presets, plans that were tried, plan files that were opened last, and a way to
/// open another one. Shows what setCurrent() said, "custom" while that is none of them; a choice by the user is a
/// request and shows once it came true.
class PlanChooser : public QComboBox {
    Q_OBJECT

public:
    enum class Kind { Preset, Tried, File, Open };
    struct Entry {
        Kind kind = Kind::Preset;
        QString key;     ///< what tells it from others of its kind: the preset's name, rules, a path
        QString text;    ///< as it is shown, shortened where it is long
        QString details; ///< its tooltip
    };

    explicit PlanChooser(QWidget *parent = nullptr);

public slots:
    /// Each kind in a part of its own, in the given order; without any the list is disabled.
    void setEntries(const QList<bitlens::app::PlanChooser::Entry> &entries);
    /// `rules` are what the tooltip says of a plan that is none of the entries.
    void setCurrent(bitlens::app::PlanChooser::Kind kind, const QString &key);
    void setCustom(const QString &rules);

signals:
    void chosen(bitlens::app::PlanChooser::Kind kind, const QString &key);

private:
    void fill();
    void showCurrent();
    void choose(int index);

    QList<Entry> m_entries;
    Kind m_kind = Kind::Open; ///< of the current plan; Open: custom
    QString m_key;
    QString m_rules;
};

} // namespace bitlens::app
