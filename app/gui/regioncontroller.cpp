// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/regioncontroller.h"

#include "app/gui/scorecontroller.h"
#include "app/gui/session.h"
#include "ui/actions.h"
#include "ui/views/compareview.h"

#include <QAction>

namespace bitlens::app {

using ui::ActionId;
using ui::CompareView;

RegionController::RegionController(const Parts &parts, QObject *parent) : QObject(parent), m_parts(parts)
{
    QAction *select = parts.actions->action(ActionId::SelectRegion);
    connect(select, &QAction::toggled, this, &RegionController::setSelecting);
    connect(parts.view, &CompareView::selectingChanged, select, &QAction::setChecked);
    // A drag means one thing at a time.
    connect(parts.actions->action(ActionId::Blame), &QAction::toggled, this, [this](bool on) {
        if (on)
            m_parts.view->setSelecting(false);
    });
    connect(parts.view, &CompareView::selectedRegionChanged, parts.scores, &ScoreController::setSelectedRegion);
    connect(parts.session, &Session::inputChanged, this, &RegionController::updateEnabled);
    updateEnabled();
}

void RegionController::setSelecting(bool on)
{
    if (on)
        m_parts.actions->action(ActionId::Blame)->setChecked(false);
    m_parts.view->setSelecting(on);
    if (on)
        m_parts.view->setFocus();
}

void RegionController::updateEnabled()
{
    const bool possible = m_parts.session->hasInput();
    m_parts.actions->action(ActionId::SelectRegion)->setEnabled(possible);
    if (!possible)
        m_parts.view->setSelecting(false);
}

} // namespace bitlens::app
