// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QList>
#include <QString>
#include <QWidget>

namespace bitlens::ui {

/// A thin bar divided by shares: what each stage takes of a whole. Names and percentages are in the tooltip of each
/// part and in the accessible description; the largest parts carry their name.
class ShareBar : public QWidget {
    Q_OBJECT
public:
    struct Share {
        QString name;
        double amount = 0.0; ///< of any unit; the bar is divided in proportion
    };

    explicit ShareBar(QWidget *parent = nullptr);

    const QList<Share> &shares() const { return m_shares; }
    /// What it shows is of the past, and being found anew.
    bool isDimmed() const { return m_dimmed; }
    /// Fraction of the whole, in [0,1].
    double fraction(qsizetype index) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    void setShares(const QList<bitlens::ui::ShareBar::Share> &shares);
    void setDimmed(bool dimmed);

signals:
    /// A part was clicked.
    void shareClicked(const QString &name);

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;

private:
    QRectF rectOf(qsizetype index) const;
    qsizetype indexAt(const QPointF &position) const;
    QString textOf(qsizetype index) const;

    QList<Share> m_shares;
    double m_total = 0.0;
    bool m_dimmed = false;
};

} // namespace bitlens::ui
