// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QString>
#include <QStringList>
#include <QWidget>

class QCheckBox;
class QComboBox;
class QPushButton;

namespace bitlens::ui {

class NamePatternEdit;

/// How the pictures of a queue are made; the same for all that are started together.
struct QueueOptions {
    QString folder;                         ///< where results go; empty: the folder "enlarged" beside each picture
    QString format = QStringLiteral("png"); ///< extension
    bool fp32 = false;                      ///< the FP32 generator; else the current bit plan
    bool allowLarge = false;                ///< pictures of more than 64 megapixels as well
    QString pattern = {};                   ///< of the results' names; empty: the usual one
    bool operator==(const QueueOptions &) const = default;
};

/// The row of a queue's panel in which its options are chosen: folder, names, format, what they are made with.
class QueueOptionsEdit : public QWidget {
    Q_OBJECT
public:
    explicit QueueOptionsEdit(QWidget *parent = nullptr);

    const QueueOptions &options() const { return m_options; }
    NamePatternEdit *naming() const { return m_naming; }

public slots:
    /// No signal.
    void setOptions(const bitlens::ui::QueueOptions &options);
    /// Extensions to choose from.
    void setFormats(const QStringList &formats);
    /// The name of the plan that would be used, or empty while there is no model.
    void setPlanName(const QString &name);

signals:
    void optionsChanged(const bitlens::ui::QueueOptions &options); ///< by the user
    void targetRequested();                                        ///< choose where results go

private:
    void build();
    void connectParts();
    void showOptions();
    void change(const QueueOptions &now);

    QueueOptions m_options;
    QString m_planName;
    QPushButton *m_target;
    NamePatternEdit *m_naming;
    QComboBox *m_format;
    QComboBox *m_madeWith;
    QCheckBox *m_large;
};

} // namespace bitlens::ui
