// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QList>
#include <QString>
#include <QWidget>

#include <optional>

namespace bitlens::ui {

/// One horizontal bar a stage: the longer, the more is lost when it is quantized.
class StageBars : public QWidget {
    Q_OBJECT
public:
    struct Bar {
        QString stage;
        std::optional<double> decibels; ///< PSNR to FP32; missing: not known yet
        bool measured = false;
        QString text;          ///< beside the bar; empty: there is none
        double severity = 0.0; ///< its length, 0 … 1
    };
    explicit StageBars(QWidget *parent = nullptr);

    /// In the generator's order. `title` says at which widths.
    void setBars(const QList<Bar> &bars, const QString &title);
    const QList<Bar> &bars() const { return m_bars; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void stageClicked(int stage);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    bool event(QEvent *event) override;

private:
    int rowAt(int y) const;

    QList<Bar> m_bars;
    QString m_title;
};

} // namespace bitlens::ui
