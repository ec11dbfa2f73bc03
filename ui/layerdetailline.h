// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "ui/layerdetail.h"

#include <QWidget>

#include <vector>

class QLabel;

namespace bitlens::ui {

/// Two lines about the selected layer or stage: its kernels with a badge that says how it computes (integer, simulated,
/// float), and its share of size and time.
class LayerDetailLine : public QWidget {
    Q_OBJECT
public:
    explicit LayerDetailLine(QWidget *parent = nullptr);

    /// `details` of all layers below the selected row; none: nothing is selected or known.
    void setDetails(const QString &path, const std::vector<LayerDetail> &details);
    /// They are of another plan than the one that is shown, whose own are being found: dimmed.
    void setOutdated(bool outdated);

protected:
    void changeEvent(QEvent *event) override;

private:
    void updateColors();

    QLabel *m_badge;
    QLabel *m_kernel;
    QLabel *m_shares;
    bool m_outdated = false;
};

} // namespace bitlens::ui
