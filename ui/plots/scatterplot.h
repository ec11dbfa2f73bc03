// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QList>
#include <QString>
#include <QWidget>

#include <memory>

namespace bitlens::ui {

/// Points with names, and the front of the best of them as a stepped line. A point that the mouse is over is named; a
/// click, or Enter on the one chosen with the arrow keys, picks it.
class ScatterPlot : public QWidget {
    Q_OBJECT
public:
    struct Point {
        double x = 0.0;
        double y = 0.0;
        QString name;
        QString detail;       ///< second line beside the name
        bool current = false; ///< drawn filled and larger
        bool onFront = false;
        bool isSquare = false; ///< drawn as a square: of another kind than the round ones
    };

    explicit ScatterPlot(QWidget *parent = nullptr);
    ~ScatterPlot() override;

    const QList<Point> &points() const;
    /// Of a point, in this widget's pixels.
    QPointF positionOf(qsizetype point) const;
    /// The point that is named at the moment; -1: none.
    qsizetype highlighted() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    void setPoints(const QList<bitlens::ui::ScatterPlot::Point> &points);
    void setLabels(const QString &x, const QString &y);

signals:
    void pointPicked(qsizetype point);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
