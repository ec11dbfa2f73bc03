// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/histogram.h"

#include <QWidget>

#include <memory>
#include <optional>

class QPaintDevice;

namespace bitlens::ui {

/// Histograms as steps over each other: FP32 in blue, quantized in vermillion; or one of errors. Two vertical markers
/// can be dragged. Heights are per cent of all values.
class HistogramPlot : public QWidget {
    Q_OBJECT
public:
    explicit HistogramPlot(QWidget *parent = nullptr);
    ~HistogramPlot() override;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

    struct Markers {
        double low = 0.0;
        double high = 0.0;
        bool operator==(const Markers &) const = default;
    };
    const std::optional<Markers> &markers() const;
    /// Where a marker stands, in this widget's pixels.
    double pixelOf(double value) const;
    double valueAt(double pixel) const;
    /// The values at both ends of the axis.
    double rangeLow() const;
    double rangeHigh() const;
    bool isLogarithmic() const;

    /// Draws the plot on a picture or page, in light colours. `vector` for SVG and PDF.
    void paintOn(QPaintDevice *device, QSize size, bool vector) const;

public slots:
    void setHistograms(const bitlens::compare::Histogram &fp32, const bitlens::compare::Histogram &quantized);
    void setError(const bitlens::compare::Histogram &error);
    void clear();
    /// None: no markers.
    void setMarkers(const std::optional<bitlens::ui::HistogramPlot::Markers> &markers);
    void setLogarithmic(bool logarithmic);
    /// The axis of values stays as it is when new histograms come.
    void setRangeFixed(bool fixed);
    void setValueLabel(const QString &label);
    void setDimmed(bool dimmed);

signals:
    /// While a marker is dragged.
    void markersMoving(double low, double high);
    /// A marker was let go elsewhere.
    void markersMoved(double low, double high);

protected:
    bool event(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
