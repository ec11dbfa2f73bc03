// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QObject>

namespace bitlens::ui {
class Actions;
class CompareView;
} // namespace bitlens::ui

namespace bitlens::app {

class ScoreController;
class Session;

/// The region that the user selects on the picture: the tool and its action, and the scores that follow it. GUI thread.
class RegionController : public QObject {
    Q_OBJECT

public:
    struct Parts {
        Session *session = nullptr;
        ui::CompareView *view = nullptr;
        ui::Actions *actions = nullptr;
        ScoreController *scores = nullptr;
    };
    explicit RegionController(const Parts &parts, QObject *parent = nullptr);

private:
    void setSelecting(bool on);
    void updateEnabled();

    Parts m_parts;
};

} // namespace bitlens::app
