// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QList>
#include <QString>
#include <QWidget>

#include <array>
#include <cstddef>

class QLabel;

namespace bitlens::ui {

class ShareBar;

/// What a stage takes of the quantized side.
struct StageShare {
    QString name;
    std::size_t bytes = 0;
    double seconds = 0.0; ///< 0: not measured
};

/// Two bars that are divided by stage: the quantized file's bytes, and the quantized side's time once it was measured.
class StageReadouts : public QWidget {
    Q_OBJECT
public:
    explicit StageReadouts(QWidget *parent = nullptr);

    /// None: there is nothing to see.
    void setShares(const QList<bitlens::ui::StageShare> &shares);
    /// Which of the two are of an earlier plan, or found anew: dimmed until the new ones are there.
    void setDimmed(bool sizes, bool times);

signals:
    void stageClicked(const QString &stage);

protected:
    void changeEvent(QEvent *event) override;

private:
    void applyPalette();

    std::array<QLabel *, 2> m_names{}; ///< size, time
    std::array<ShareBar *, 2> m_bars{};
};

} // namespace bitlens::ui
