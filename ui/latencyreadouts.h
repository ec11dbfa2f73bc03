// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QSize>
#include <QWidget>

#include <array>
#include <memory>
#include <optional>

namespace bitlens::ui {

/// Interleaved runs of both sides. Seconds.
struct Latency {
    struct Side {
        double median = 0.0;
        double shortest = 0.0;
        double longest = 0.0;
    };
    Side fp32, quantized;
    int runs = 0;
    QSize pixels; ///< of the input that was run
};

/// Medians and spreads of both sides with the change between them, and the button that measures them or stops that.
class LatencyReadouts : public QWidget {
    Q_OBJECT
public:
    explicit LatencyReadouts(QWidget *parent = nullptr);
    ~LatencyReadouts() override;

    /// Proportions of the three columns, so that they stand below those of the panel.
    void setColumnWidths(const std::array<int, 3> &widths);
    /// The numbers are of another plan, or being measured again.
    bool isDimmed() const;

public slots:
    /// Nothing measured: empty.
    void setLatency(const std::optional<bitlens::ui::Latency> &latency);
    /// What is shown was measured on another plan: dimmed, and said.
    void setStale(bool stale);
    /// A measurement runs: its button stops it.
    void setMeasuring(bool measuring);

signals:
    void measureRequested();
    void measureCancelled();
    void dimmedChanged();

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
