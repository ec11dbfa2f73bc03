// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QWidget>

class QLabel;
class QLineEdit;

namespace bitlens::ui {

/// A pattern for file names, with an example of what it makes beside it, or what is wrong with it. Somebody else knows
/// what patterns mean.
class NamePatternEdit : public QWidget {
    Q_OBJECT
public:
    explicit NamePatternEdit(QWidget *parent = nullptr);

    QString pattern() const;

public slots:
    void setPattern(const QString &pattern);
    /// Stands for no pattern.
    void setUsual(const QString &pattern);
    void setExample(const QString &name);
    void setProblem(const QString &reason);

signals:
    void patternChanged(const QString &pattern); ///< by the user

protected:
    void changeEvent(QEvent *event) override;

private:
    void show(const QString &text, bool isProblem);

    QLineEdit *m_edit;
    QLabel *m_note;
    bool m_isProblem = false;
};

} // namespace bitlens::ui
