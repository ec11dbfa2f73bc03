// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QWidget>

#include <memory>

namespace bitlens::ui {

/// The bottom line: what the engine does, how far it is, when it will be done, a way to stop it; and on what it runs.
class StatusPanel : public QWidget {
    Q_OBJECT
public:
    explicit StatusPanel(QWidget *parent = nullptr);
    ~StatusPanel() override;

    bool isBusy() const;

public slots:
    /// Work is under way: `fraction` in [0,1] (negative: unknown), `what` names the current part. The remaining time is
    /// estimated from the fractions since the last setIdle().
    void setProgress(double fraction, const QString &what);
    /// A cancel was asked for and has not taken effect yet.
    void setCancelling();
    /// Nothing runs; `text` is the last outcome ("Done in 1.4 s", "Cancelled") or empty for "Ready".
    void setIdle(const QString &text = {});
    void setThreads(int threads);
    /// The kernel set, e.g. "AVX2".
    void setKernels(const QString &kernels);

signals:
    void cancelRequested();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::ui
