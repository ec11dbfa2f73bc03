// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "tests/app/gui/desk.h"
#include "ui/bitplanmodel.h"
#include "ui/bitplanpanel.h"
#include "ui/bitwidthdelegate.h"
#include "ui/imageconvert.h"
#include "ui/readoutspanel.h"

#include <QImage>
#include <QTreeView>

namespace bitlens::test {

/// The whole window with its panels, and what stands on the screen.
struct PanelDesk : Desk {
    explicit PanelDesk(const QString &folder, ui::Theme *theme, bool openFirstModel = false)
        : Desk(folder, theme, openFirstModel)
    {
        plan = window->findChild<ui::BitPlanPanel *>();
        readouts = window->findChild<ui::ReadoutsPanel *>();
    }

    QString readout(const QString &name) const
    {
        const auto *label = readouts->findChild<QLabel *>(name);
        return label ? label->text() : QStringLiteral("no such readout");
    }
    QString status() const { return window->findChild<QLabel *>(QStringLiteral("statusText"))->text(); }
    /// What stands on the screen at an output pixel; the view must be at 100 %.
    QColor shownAt(int x, int y) const
    {
        const QRect visible = view->visibleRegion();
        const double ratio = view->devicePixelRatioF();
        // A canvas smaller than the view stands in its middle.
        const QSize drawn = visible.size() / ratio;
        const QPoint corner((view->width() - drawn.width()) / 2, (view->height() - drawn.height()) / 2);
        const QImage screen = view->grab().toImage();
        const QPoint inside = QPoint(x, y) - visible.topLeft();
        return screen.pixelColor(QPoint(corner * ratio) + inside);
    }

    ui::BitPlanPanel *plan = nullptr;
    ui::ReadoutsPanel *readouts = nullptr;
};

inline QColor pixelOf(const image::Image &picture, int x, int y) { return ui::toQImage(picture).pixelColor(x, y); }

/// Drags the slider of a stage in the bit plan to another width with the mouse.
inline void dragStage(ui::BitPlanPanel *panel, const QString &path, ui::BitPlanModel::Column column, int bits)
{
    QTreeView *tree = panel->tree();
    const QModelIndex name = panel->model()->indexOfPath(path);
    QVERIFY2(name.isValid(), qPrintable(path));
    const QModelIndex index = name.siblingAtColumn(column);
    tree->scrollTo(index);
    const QRect cell = tree->visualRect(index);
    const auto choices = index.data(ui::BitPlanModel::ChoicesRole).value<QList<int>>();
    const int now = index.data(ui::BitPlanModel::HighestBitsRole).toInt();
    const QPoint from = ui::BitWidthDelegate::stopOf(cell, now, choices);
    const QPoint to = ui::BitWidthDelegate::stopOf(cell, bits, choices);
    QWidget *target = tree->viewport();
    QTest::mousePress(target, Qt::LeftButton, {}, from);
    constexpr int kSteps = 4;
    for (int step = 1; step <= kSteps; ++step)
        QTest::mouseMove(target, from + (to - from) * step / kSteps);
    QTest::mouseRelease(target, Qt::LeftButton, {}, to);
}

} // namespace bitlens::test
