// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/recentfiles.h"

#include "app/gui/session.h"
#include "app/gui/sessioncontroller.h"

#include "ui/icons.h"

#include <QDir>
#include <QFileInfo>
#include <QMenu>
#include <QSettings>

namespace bitlens::app {

namespace {

using Kind = RecentFiles::Kind;
constexpr std::array<Kind, 4> kKinds{Kind::Picture, Kind::Model, Kind::Session, Kind::Plan};

QString keyOf(Kind kind)
{
    switch (kind) {
    case Kind::Picture:
        return QStringLiteral("recent/pictures");
    case Kind::Model:
        return QStringLiteral("recent/models");
    case Kind::Session:
        return QStringLiteral("recent/sessions");
    case Kind::Plan:
        return QStringLiteral("recent/plans");
    }
    return {};
}

ui::Icon iconOf(Kind kind)
{
    switch (kind) {
    case Kind::Picture:
        return ui::Icon::Picture;
    case Kind::Model:
        return ui::Icon::Model;
    case Kind::Session:
        return ui::Icon::Split;
    case Kind::Plan:
        return ui::Icon::Plan;
    }
    return ui::Icon::None;
}

QString titleOf(Kind kind)
{
    switch (kind) {
    case Kind::Picture:
        return RecentFiles::tr("Pictures");
    case Kind::Model:
        return RecentFiles::tr("Models");
    case Kind::Session:
        return RecentFiles::tr("Sessions");
    case Kind::Plan:
        return RecentFiles::tr("Bit plans");
    }
    return {};
}

} // namespace

RecentFiles::RecentFiles(QSettings *settings, QObject *parent)
    : QObject(parent), m_settings(settings), m_menu(std::make_unique<QMenu>())
{
    for (const Kind kind : kKinds)
        m_files.at(static_cast<std::size_t>(kind)) = settings->value(keyOf(kind)).toStringList().mid(0, kKept);
    m_menu->setToolTipsVisible(true);
    fill();
}

RecentFiles::~RecentFiles() = default;

void RecentFiles::add(Kind kind, const QString &path)
{
    const QFileInfo file(path);
    if (path.isEmpty() || !file.isFile())
        return;
    QStringList &files = m_files.at(static_cast<std::size_t>(kind));
    files.removeAll(file.absoluteFilePath());
    files.prepend(file.absoluteFilePath());
    files = files.mid(0, kKept);
    keep(kind);
}

void RecentFiles::clear()
{
    for (const Kind kind : kKinds) {
        m_files.at(static_cast<std::size_t>(kind)).clear();
        keep(kind);
    }
}

void RecentFiles::keep(Kind kind)
{
    m_settings->setValue(keyOf(kind), files(kind));
    fill();
}

void RecentFiles::fill()
{
    m_menu->clear();
    for (const Kind kind : kKinds) {
        if (files(kind).isEmpty())
            continue;
        m_menu->addSection(titleOf(kind));
        for (const QString &path : files(kind)) {
            QAction *action = m_menu->addAction(ui::icon(iconOf(kind)), QFileInfo(path).fileName().replace('&', "&&"));
            action->setToolTip(QDir::toNativeSeparators(path));
            action->setData(path);
            connect(action, &QAction::triggered, this, [this, path] { choose(path); });
        }
    }
    m_menu->addSeparator();
    QAction *clear = m_menu->addAction(tr("Clear this list"));
    clear->setEnabled(m_menu->actions().size() > 2);
    connect(clear, &QAction::triggered, this, &RecentFiles::clear, Qt::QueuedConnection);
    emit changed();
}

void RecentFiles::choose(const QString &path)
{
    if (QFileInfo(path).isFile()) {
        emit openRequested(path);
        return;
    }
    for (const Kind kind : kKinds)
        if (m_files.at(static_cast<std::size_t>(kind)).removeAll(path) > 0)
            m_settings->setValue(keyOf(kind), files(kind));
    QMetaObject::invokeMethod(this, &RecentFiles::fill, Qt::QueuedConnection); // this entry is still in use
    emit missing(path);
}

void rememberFiles(RecentFiles *recent, const Session *session, const SessionController *sessions,
                   const std::function<bool(const QString &path)> &isOwn)
{
    QObject::connect(session, &Session::inputChanged, recent, [=] {
        if (!isOwn(session->input().path))
            recent->add(RecentFiles::Kind::Picture, session->input().path);
    });
    QObject::connect(session, &Session::modelChanged, recent,
                     [=] { recent->add(RecentFiles::Kind::Model, session->model().argument); });
    for (const auto signal : {&SessionController::saved, &SessionController::opened})
        QObject::connect(sessions, signal, recent, [=](const QString &path) {
            if (!isOwn(path))
                recent->add(RecentFiles::Kind::Session, path);
        });
}

} // namespace bitlens::app
