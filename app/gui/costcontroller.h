// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/currentrequest.h"
#include "engine/compare/benchmark.h"

#include <QObject>

#include <memory>
#include <optional>

namespace bitlens::ui {
class BitPlanPanel;
class MessageBar;
class ReadoutsPanel;
class StatusPanel;
} // namespace bitlens::ui

namespace bitlens::app {

class CompareController;
class Session;

/// What layers cost: kernels and bytes after each result, times on request, by running both sides by turns on the
/// engine thread (compare::benchmark). A comparison that starts stops the measurement. GUI thread.
class CostController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        EngineThread *engine = nullptr;
        CompareController *comparisons = nullptr;
        ui::ReadoutsPanel *readouts = nullptr;
        ui::BitPlanPanel *plan = nullptr;
        ui::StatusPanel *status = nullptr;
        ui::MessageBar *messages = nullptr;
    };
    explicit CostController(const Parts &parts, QObject *parent = nullptr);

    bool isMeasuring() const { return m_measurement->isOpen(); }
    /// The last one of this generator, maybe of an earlier plan; none until it was measured.
    const std::optional<compare::Benchmark> &benchmark() const { return m_benchmark; }

public slots:
    void measure();
    void cancel() { m_measurement->cancel(); }

signals:
    void measured();

private:
    void takeResult();
    void showCosts();

    Parts m_parts;
    quant::QuantizedModelPtr m_model; ///< what is shown
    std::optional<compare::Benchmark> m_benchmark;
    quant::QuantizedModelPtr m_measured; ///< by m_benchmark
    CurrentRequest *m_measurement;
};

} // namespace bitlens::app
