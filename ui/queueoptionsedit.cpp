// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/queueoptionsedit.h"

#include "ui/namepatternedit.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>

#include <algorithm>

namespace bitlens::ui {

namespace {

enum MadeWith { CurrentPlan, Fp32 };

} // namespace

QueueOptionsEdit::QueueOptionsEdit(QWidget *parent)
    : QWidget(parent),
      m_target(new QPushButton(this)),
      m_naming(new NamePatternEdit(this)),
      m_format(new QComboBox(this)),
      m_madeWith(new QComboBox(this)),
      m_large(new QCheckBox(tr("Above 64 megapixels too"), this))
{
    build();
    connectParts();
    showOptions();
}

void QueueOptionsEdit::build()
{
    m_target->setObjectName(QStringLiteral("queueTarget"));
    m_target->setToolTip(tr("Where the results go. Pictures are never written over"));
    m_format->setObjectName(QStringLiteral("queueFormat"));
    m_format->setAccessibleName(tr("Format"));
    m_format->addItem(m_options.format);
    m_madeWith->setObjectName(QStringLiteral("queueMadeWith"));
    m_madeWith->setAccessibleName(tr("Made with"));
    m_madeWith->addItems({QString(), tr("FP32")});
    m_madeWith->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_large->setObjectName(QStringLiteral("queueLarge"));
    m_large->setToolTip(tr("Pictures of more than 64 megapixels take long and much memory"));

    const auto label = [this](const QString &text, QWidget *buddy) {
        auto *made = new QLabel(text, this);
        made->setBuddy(buddy);
        return made;
    };
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(kGrid + kHalfGrid, 0, kGrid + kHalfGrid, kHalfGrid);
    row->setSpacing(kGrid);
    row->addWidget(label(tr("Save &to"), m_target));
    row->addWidget(m_target);
    row->addWidget(label(tr("&as"), m_naming));
    row->addWidget(m_naming, 1);
    row->addWidget(m_format);
    row->addWidget(label(tr("made &with"), m_madeWith));
    row->addWidget(m_madeWith);
    row->addSpacing(kGrid);
    row->addWidget(m_large);
}

void QueueOptionsEdit::connectParts()
{
    auto *targets = new QMenu(m_target);
    connect(targets->addAction(tr("In a folder “enlarged” &beside each picture")), &QAction::triggered, this, [this] {
        QueueOptions now = m_options;
        now.folder.clear();
        change(now);
    });
    connect(targets->addAction(tr("&Choose folder…")), &QAction::triggered, this, &QueueOptionsEdit::targetRequested);
    m_target->setMenu(targets);
    connect(m_naming, &NamePatternEdit::patternChanged, this, [this](const QString &pattern) {
        QueueOptions now = m_options;
        now.pattern = pattern;
        change(now);
    });
    connect(m_format, &QComboBox::textActivated, this, [this](const QString &text) {
        QueueOptions now = m_options;
        now.format = text.toLower();
        change(now);
    });
    connect(m_madeWith, &QComboBox::activated, this, [this](int index) {
        QueueOptions now = m_options;
        now.fp32 = index == Fp32;
        change(now);
    });
    connect(m_large, &QCheckBox::toggled, this, [this](bool on) {
        QueueOptions now = m_options;
        now.allowLarge = on;
        change(now);
    });
}

void QueueOptionsEdit::change(const QueueOptions &now)
{
    if (now == m_options)
        return;
    m_options = now;
    showOptions();
    emit optionsChanged(now);
}

void QueueOptionsEdit::showOptions()
{
    const QSignalBlocker blockFormat(m_format);
    const QSignalBlocker blockMadeWith(m_madeWith);
    const QSignalBlocker blockLarge(m_large);
    const QString folder = QDir::toNativeSeparators(m_options.folder);
    m_target->setText(m_options.folder.isEmpty()
                          ? tr("enlarged, beside each picture")
                          : m_target->fontMetrics().elidedText(folder, Qt::ElideMiddle, 30 * kGrid));
    m_target->setAccessibleName(tr("Save to %1").arg(m_target->text()));
    m_naming->setPattern(m_options.pattern);
    const int index = m_format->findText(m_options.format, Qt::MatchFixedString);
    m_format->setCurrentIndex(std::max(0, index));
    m_madeWith->setItemText(CurrentPlan,
                            m_planName.isEmpty() ? tr("current plan") : tr("current plan (%1)").arg(m_planName));
    m_madeWith->setCurrentIndex(m_options.fp32 ? Fp32 : CurrentPlan);
    m_large->setChecked(m_options.allowLarge);
}

void QueueOptionsEdit::setOptions(const QueueOptions &options)
{
    m_options = options;
    showOptions();
}

void QueueOptionsEdit::setFormats(const QStringList &formats)
{
    const QSignalBlocker blocker(m_format);
    m_format->clear();
    for (const QString &format : formats)
        m_format->addItem(format.toUpper());
    showOptions();
}

void QueueOptionsEdit::setPlanName(const QString &name)
{
    m_planName = name;
    showOptions();
}

} // namespace bitlens::ui
