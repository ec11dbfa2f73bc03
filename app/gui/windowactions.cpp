// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/windowactions.h"

#include "app/gui/about.h"
#include "app/gui/comparecontroller.h"
#include "app/gui/filecontroller.h"
#include "app/gui/modelchooser.h"
#include "app/gui/planchooser.h"
#include "app/gui/planfiles.h"
#include "app/gui/session.h"
#include "ui/actions.h"
#include "ui/bitplanmodel.h"
#include "ui/bitplanpanel.h"
#include "ui/format.h"
#include "ui/helpdialog.h"
#include "ui/icons.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"

#include <QAction>
#include <QDockWidget>
#include <QLabel>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <QUndoStack>

#include <array>
#include <utility>

namespace bitlens::app {

using compare::Side;
using ui::ActionId;
using ui::CompareView;

WindowActions::WindowActions(const Parts &parts, QObject *parent)
    : QObject(parent), m_parts(parts), m_actions(new ui::Actions(parts.window))
{
    connectFiles();
    connectEdit();
    connectView();
    connectTheme();
    connectModelAndHelp();
    m_actions->fillMenuBar(parts.window->menuBar());
    fillToolBar();

    const Session *session = parts.session;
    connect(session, &Session::inputChanged, this, &WindowActions::updateEnabled);
    connect(session, &Session::modelChanged, this, &WindowActions::updateEnabled);
    connect(session, &Session::resultChanged, this, &WindowActions::updateEnabled);
    updateEnabled();
}

void WindowActions::connectFiles()
{
    FileController *files = m_parts.files;
    const auto on = [this](ActionId id) { return m_actions->action(id); };
    connect(on(ActionId::OpenFile), &QAction::triggered, files, &FileController::showOpenDialog);
    connect(on(ActionId::PasteImage), &QAction::triggered, files, &FileController::paste);
    connect(on(ActionId::OpenSample), &QAction::triggered, files, &FileController::openSample);
    connect(on(ActionId::OpenReference), &QAction::triggered, files, &FileController::showReferenceDialog);
    connect(on(ActionId::SaveFp32), &QAction::triggered, files, [files] { files->showSaveDialog(Side::Fp32); });
    connect(on(ActionId::SaveQuantized), &QAction::triggered, files,
            [files] { files->showSaveDialog(Side::Quantized); });
    connect(on(ActionId::Quit), &QAction::triggered, m_parts.window, &QMainWindow::close);
}

void WindowActions::connectEdit()
{
    QUndoStack *history = m_parts.session->undoStack();
    QAction *undo = m_actions->action(ActionId::Undo);
    QAction *redo = m_actions->action(ActionId::Redo);
    undo->setEnabled(history->canUndo());
    redo->setEnabled(history->canRedo());
    connect(undo, &QAction::triggered, history, &QUndoStack::undo);
    connect(redo, &QAction::triggered, history, &QUndoStack::redo);
    connect(history, &QUndoStack::canUndoChanged, undo, &QAction::setEnabled);
    connect(history, &QUndoStack::canRedoChanged, redo, &QAction::setEnabled);
    connect(history, &QUndoStack::undoTextChanged, undo,
            [undo](const QString &text) { undo->setText(text.isEmpty() ? tr("&Undo") : tr("&Undo: %1").arg(text)); });
    connect(history, &QUndoStack::redoTextChanged, redo,
            [redo](const QString &text) { redo->setText(text.isEmpty() ? tr("&Redo") : tr("&Redo: %1").arg(text)); });
    connect(m_actions->action(ActionId::ResetPlan), &QAction::triggered, m_parts.plan, &ui::BitPlanPanel::resetPlan);
    connect(m_actions->action(ActionId::CopyPlan), &QAction::triggered, m_parts.files->plans(), &PlanFiles::copy);
    connect(m_actions->action(ActionId::PastePlan), &QAction::triggered, m_parts.files->plans(), &PlanFiles::paste);
}

void WindowActions::connectView()
{
    CompareView *view = m_parts.view;
    constexpr std::array<std::pair<ActionId, CompareView::Mode>, 4> kModes{{
        {ActionId::ViewSplit, CompareView::Mode::Split},
        {ActionId::ViewSideBySide, CompareView::Mode::SideBySide},
        {ActionId::ViewDifference, CompareView::Mode::Difference},
        {ActionId::ViewFlip, CompareView::Mode::Flip},
    }};
    for (const auto &[id, mode] : kModes) {
        QAction *action = m_actions->action(id);
        connect(action, &QAction::triggered, view, [view, mode = mode] { view->setMode(mode); });
        connect(view, &CompareView::modeChanged, action, [action, mode = mode](CompareView::Mode now) {
            if (now == mode)
                action->setChecked(true);
        });
    }
    connect(m_actions->action(ActionId::TurnDivider), &QAction::triggered, view, [view] {
        view->setMode(CompareView::Mode::Split);
        view->setSplitOrientation(view->splitOrientation() == Qt::Horizontal ? Qt::Vertical : Qt::Horizontal);
    });
    connect(m_actions->action(ActionId::Fit), &QAction::triggered, view, &CompareView::fit);
    connect(m_actions->action(ActionId::ActualSize), &QAction::triggered, view, &CompareView::showActualSize);
    connect(m_actions->action(ActionId::ZoomIn), &QAction::triggered, view, &CompareView::zoomIn);
    connect(m_actions->action(ActionId::ZoomOut), &QAction::triggered, view, &CompareView::zoomOut);
    connect(m_actions->action(ActionId::TogglePanels), &QAction::toggled, this, &WindowActions::togglePanels);
    connect(view, &CompareView::panelsToggleRequested, m_actions->action(ActionId::TogglePanels), &QAction::toggle);
    connect(m_actions->action(ActionId::FocusPlan), &QAction::triggered, this, &WindowActions::focusPlan);
    connect(m_actions->action(ActionId::FocusPicture), &QAction::triggered, view,
            [view] { view->setFocus(Qt::ShortcutFocusReason); });
    QMainWindow *window = m_parts.window;
    connect(m_actions->action(ActionId::FullScreen), &QAction::toggled, window,
            [window](bool full) { window->setWindowState(window->windowState().setFlag(Qt::WindowFullScreen, full)); });
}

void WindowActions::connectTheme()
{
    ui::Theme *theme = m_parts.theme;
    constexpr std::array<std::pair<ActionId, ui::Appearance>, 3> kAppearances{{
        {ActionId::ThemeSystem, ui::Appearance::System},
        {ActionId::ThemeLight, ui::Appearance::Light},
        {ActionId::ThemeDark, ui::Appearance::Dark},
    }};
    for (const auto &[id, appearance] : kAppearances) {
        QAction *action = m_actions->action(id);
        action->setEnabled(theme != nullptr);
        if (!theme)
            continue;
        action->setChecked(theme->appearance() == appearance);
        connect(action, &QAction::triggered, theme,
                [theme, appearance = appearance] { theme->setAppearance(appearance); });
    }
}

void WindowActions::connectModelAndHelp()
{
    connect(m_actions->action(ActionId::OpenModel), &QAction::triggered, m_parts.files,
            &FileController::showModelDialog);
    connect(m_actions->action(ActionId::Recompute), &QAction::triggered, m_parts.comparisons,
            &CompareController::requestAgain);
    connect(m_actions->action(ActionId::Cancel), &QAction::triggered, this, &WindowActions::cancelRequested);
    connect(m_actions->action(ActionId::ShowHelp), &QAction::triggered, this, [this] {
        auto *help = m_parts.window->findChild<ui::HelpDialog *>();
        if (!help)
            help = new ui::HelpDialog(m_parts.window);
        help->show();
        help->raise();
        help->activateWindow();
    });
    connect(m_actions->action(ActionId::About), &QAction::triggered, this, &WindowActions::showAbout);
}

void WindowActions::fillToolBar()
{
    QToolBar *bar = m_parts.window->addToolBar(tr("Tools"));
    bar->setObjectName(QStringLiteral("toolBar"));
    bar->setMovable(false);
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    bar->setIconSize({20, 20});
    const auto add = [&](std::initializer_list<ActionId> ids) {
        for (const ActionId id : ids)
            bar->addAction(m_actions->action(id));
    };
    add({ActionId::OpenFile});
    if (auto *open = qobject_cast<QToolButton *>(bar->widgetForAction(m_actions->action(ActionId::OpenFile))))
        open->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar->addSeparator();
    bar->addWidget(m_parts.models);
    bar->addWidget(m_parts.plans);
    bar->addSeparator();
    add({ActionId::Undo, ActionId::Redo});
    bar->addSeparator();
    add({ActionId::ViewSplit, ActionId::ViewSideBySide, ActionId::ViewDifference, ActionId::ViewFlip,
         ActionId::TurnDivider});
    bar->addSeparator();
    add({ActionId::ZoomOut, ActionId::ZoomIn, ActionId::Fit, ActionId::ActualSize});
    m_zoom = new QLabel(bar);
    m_zoom->setFont(ui::textFont(ui::TextSize::Body));
    m_zoom->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_zoom->setMinimumWidth(m_zoom->fontMetrics().horizontalAdvance(QStringLiteral("8888 %")));
    m_zoom->setContentsMargins(ui::kHalfGrid, 0, ui::kHalfGrid, 0);
    m_zoom->setAccessibleName(tr("Zoom"));
    m_zoom->setToolTip(tr("Device pixels per pixel of the enlarged picture"));
    bar->addWidget(m_zoom);
    auto *spacer = new QWidget(bar);
    spacer->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(spacer);
    add({ActionId::TogglePanels});
    // What has no room in a narrow window is behind this button of Qt's, whose own picture is hard to see.
    if (auto *more = bar->findChild<QToolButton *>(QStringLiteral("qt_toolbar_ext_button"))) {
        more->setIcon(ui::icon(ui::Icon::Expand));
        more->setToolTip(tr("More tools"));
        more->setAccessibleName(tr("More tools"));
    }
    connect(m_parts.view, &CompareView::zoomChanged, m_zoom, [this] { updateEnabled(); });
}

void WindowActions::updateEnabled()
{
    const Session *session = m_parts.session;
    const bool picture = session->hasInput();
    const bool result = session->result().has_value();
    const auto enable = [this](bool enabled, std::initializer_list<ActionId> ids) {
        for (const ActionId id : ids)
            m_actions->action(id)->setEnabled(enabled);
    };
    enable(result, {ActionId::SaveFp32, ActionId::SaveQuantized});
    enable(picture, {ActionId::OpenReference, ActionId::ViewSplit, ActionId::ViewSideBySide, ActionId::ViewDifference,
                     ActionId::ViewFlip, ActionId::TurnDivider, ActionId::Fit, ActionId::ActualSize, ActionId::ZoomIn,
                     ActionId::ZoomOut});
    enable(session->hasModel(), {ActionId::ResetPlan, ActionId::ChoosePlan, ActionId::CopyPlan, ActionId::PastePlan});
    enable(picture && session->hasModel(), {ActionId::Recompute});
    if (m_zoom)
        m_zoom->setText(picture ? ui::formatZoom(m_parts.view->zoom()) : QString());
}

void WindowActions::togglePanels(bool hide)
{
    if (hide) {
        m_hidden.clear();
        for (QDockWidget *dock : m_parts.window->findChildren<QDockWidget *>())
            if (dock->isVisible()) {
                dock->hide();
                m_hidden << dock;
            }
        return;
    }
    for (QDockWidget *dock : m_parts.window->findChildren<QDockWidget *>())
        if (m_hidden.contains(dock))
            dock->show();
    m_hidden.clear();
}

void WindowActions::focusPlan()
{
    m_actions->action(ActionId::TogglePanels)->setChecked(false);
    for (QWidget *above = m_parts.plan; above && above != m_parts.window; above = above->parentWidget())
        above->show(); // its dock may have been closed
    QTreeView *tree = m_parts.plan->tree();
    if (!tree->currentIndex().isValid())
        tree->setCurrentIndex(tree->model()->index(0, ui::BitPlanModel::WeightColumn));
    tree->setFocus(Qt::ShortcutFocusReason);
}

void WindowActions::showAbout()
{
    auto *about = new QMessageBox(m_parts.window);
    about->setAttribute(Qt::WA_DeleteOnClose);
    about->setWindowTitle(tr("About Bitlens"));
    about->setIconPixmap(ui::applicationIcon().pixmap(64));
    about->setTextFormat(Qt::RichText);
    about->setText(aboutProgram());
    about->setInformativeText(aboutComponents());
    about->open();
}

} // namespace bitlens::app
