// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/planfiles.h"

#include "app/gui/session.h"
#include "engine/base/error.h"
#include "ui/messagebar.h"

#include <QClipboard>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QGuiApplication>

#include <utility>

namespace bitlens::app {

namespace {
constexpr qint64 kLongestPlanFile = 16 * 1024 * 1024;
} // namespace

PlanFiles::PlanFiles(Parts parts, QObject *parent) : QObject(parent), m_parts(std::move(parts)) {}

void PlanFiles::open(const QString &path)
{
    if (m_parts.isModelComing()) {
        m_waiting = path;
        return;
    }
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        m_parts.messages->postError(QStringLiteral("%1: %2").arg(QDir::toNativeSeparators(path), file.errorString()));
    else if (apply(QString::fromUtf8(file.read(kLongestPlanFile)), path))
        emit opened(path);
}

void PlanFiles::openWaiting()
{
    if (!m_waiting.isEmpty())
        open(std::exchange(m_waiting, {}));
}

void PlanFiles::dropWaiting()
{
    const QString plan = std::exchange(m_waiting, {});
    if (!plan.isEmpty())
        m_parts.messages->postInfo(
            tr("%1 is not used: the model that it came with was not opened").arg(QDir::toNativeSeparators(plan)));
}

void PlanFiles::copy()
{
    const Session *session = m_parts.session;
    if (session->hasModel())
        QGuiApplication::clipboard()->setText(
            QString::fromStdString(session->plan().toJson(*session->model().generator)));
}

void PlanFiles::paste()
{
    const QString text = QGuiApplication::clipboard()->text().trimmed();
    if (text.isEmpty())
        m_parts.messages->postInfo(tr("The clipboard holds no bit plan"));
    else
        apply(text, tr("clipboard"));
}

bool PlanFiles::apply(const QString &text, const QString &source)
{
    Session *session = m_parts.session;
    if (!session->hasModel()) {
        m_parts.messages->postInfo(tr("Open a model first: a bit plan belongs to one"));
        return false;
    }
    try {
        const model::Generator &generator = *session->model().generator;
        const quant::BitPlan plan = text.startsWith('{')
                                        ? quant::BitPlan::fromJson(text.toStdString(), generator, source.toStdString())
                                        : quant::BitPlan::fromRules(text.toStdString(), generator);
        session->editPlan(plan, tr("plan from %1").arg(QFileInfo(source).fileName()));
        return true;
    } catch (const base::Error &error) {
        m_parts.messages->postError(QString::fromUtf8(error.what()));
        return false;
    }
}

} // namespace bitlens::app
