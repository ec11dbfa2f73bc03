// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/blamepanel.h"

#include "ui/blamemodel.h"
#include "ui/icons.h"
#include "ui/sharebardelegate.h"
#include "ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

#include <cmath>

namespace bitlens::ui {

namespace {

constexpr QSize kHint(36 * kGrid, 32 * kGrid);
constexpr int kProgressSteps = 1000;

QString regionText(const QRect &region)
{
    return region.size() == QSize(1, 1) ? BlamePanel::tr("Pixel %1, %2").arg(region.x()).arg(region.y())
                                        : BlamePanel::tr("%1 × %2 pixels at %3, %4")
                                              .arg(region.width())
                                              .arg(region.height())
                                              .arg(region.x())
                                              .arg(region.y());
}

} // namespace

BlamePanel::BlamePanel(QWidget *parent)
    : QWidget(parent),
      m_model(new BlameModel(this)),
      m_table(new QTableView(this)),
      m_summary(new QLabel(this)),
      m_explanation(new QLabel(this)),
      m_note(new QLabel(this)),
      m_progress(new QProgressBar(this)),
      m_remaining(new QLabel(this)),
      m_pick(new QPushButton(tr("Choose on the picture"), this)),
      m_again(new QPushButton(tr("Again"), this))
{
    m_summary->setObjectName(QStringLiteral("blameSummary"));
    m_summary->setFont(strongFont(TextSize::Body));
    m_summary->setWordWrap(true);
    m_explanation->setObjectName(QStringLiteral("blameExplanation"));
    m_explanation->setText(tr("Which layers make the error?\n\nChoose a place: click a pixel or drag a region on the "
                              "picture. Each layer is then quantized alone there, and the layers are ranked by the "
                              "error that they cause. Click a row to see its layer in the bit plan."));
    m_explanation->setWordWrap(true);
    m_explanation->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_note->setObjectName(QStringLiteral("blameNote"));
    m_note->setWordWrap(true);
    m_progress->setRange(0, kProgressSteps);
    m_progress->setTextVisible(false);
    m_progress->setFixedHeight(kHalfGrid);
    m_progress->setAccessibleName(tr("Progress of the blame"));
    m_remaining->setObjectName(QStringLiteral("blameRemaining"));
    m_remaining->setFont(numberFont(TextSize::Small));
    m_pick->setObjectName(QStringLiteral("blamePick"));
    m_pick->setIcon(icon(Icon::Blame));
    m_pick->setCheckable(true);
    m_pick->setToolTip(tr("Click a pixel or drag a region on the picture; Enter takes all that is visible"));
    m_again->setObjectName(QStringLiteral("blameAgain"));
    m_again->setToolTip(tr("Look at the same region under the plan that is shown now"));

    m_table->setObjectName(QStringLiteral("blameTable"));
    m_table->setAccessibleName(tr("Layers by the error that they cause"));
    m_table->setModel(m_model);
    m_table->setItemDelegateForColumn(BlameModel::ShareColumn, new ShareBarDelegate(BlameModel::ShareRole, m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    m_table->setTextElideMode(Qt::ElideLeft); // the end of a path tells layers apart
    m_table->setFont(numberFont(TextSize::Body));
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(3 * kGrid);
    m_table->verticalHeader()->setMinimumSectionSize(3 * kGrid);
    QHeaderView *header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    header->setSectionResizeMode(BlameModel::LayerColumn, QHeaderView::Stretch);

    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(kGrid);
    buttons->addWidget(m_pick);
    buttons->addWidget(m_again);
    buttons->addStretch();
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    layout->setSpacing(kGrid);
    layout->addLayout(buttons);
    layout->addWidget(m_explanation, 1);
    layout->addWidget(m_summary);
    auto *progress = new QHBoxLayout;
    progress->setSpacing(kGrid);
    progress->addWidget(m_progress, 1);
    progress->addWidget(m_remaining);
    layout->addLayout(progress);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_note);

    connect(m_pick, &QPushButton::toggled, this, &BlamePanel::pickingRequested);
    connect(m_again, &QPushButton::clicked, this, &BlamePanel::againRequested);
    connect(m_table, &QTableView::clicked, this, &BlamePanel::chooseCurrent);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        if (m_keyed && !m_adding)
            chooseCurrent();
    });
    m_table->installEventFilter(this);
    applyPalette();
    clear();
}

QSize BlamePanel::sizeHint() const { return kHint; }

void BlamePanel::clear()
{
    m_adding = true;
    m_model->clear();
    m_adding = false;
    m_region = {};
    m_error = 0.0;
    m_summary->hide();
    m_progress->hide();
    m_remaining->hide();
    m_table->hide();
    m_note->hide();
    m_again->hide();
    m_explanation->show();
}

void BlamePanel::start(const QRect &region, bool waiting)
{
    clear();
    m_region = region;
    m_explanation->hide();
    m_summary->setText(waiting ? tr("%1: waiting for the result").arg(regionText(region))
                               : tr("%1: running FP32 and quantized").arg(regionText(region)));
    m_summary->show();
    m_progress->setValue(0);
    m_progress->show();
    m_remaining->clear();
    m_remaining->show();
    m_time.start();
    m_table->setEnabled(true);
    m_table->show();
}

void BlamePanel::setProgress(double fraction)
{
    m_progress->setValue(static_cast<int>(std::lround(fraction * kProgressSteps)));
    m_remaining->setText(m_time.text(fraction));
}

void BlamePanel::chooseCurrent()
{
    const QModelIndex now = m_table->currentIndex();
    if (now.isValid())
        emit layerChosen(now.data(BlameModel::LayerRole).toInt(), now.data(BlameModel::PathRole).toString());
}

bool BlamePanel::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != m_table)
        return QWidget::eventFilter(watched, event);
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Space) {
            chooseCurrent();
            return true;
        }
        m_keyed = true;
    } else if (event->type() == QEvent::KeyRelease || event->type() == QEvent::FocusOut) {
        m_keyed = false;
    }
    return false;
}

void BlamePanel::showSummary()
{
    m_summary->setText(
        tr("%1: error %2 levels of 255").arg(regionText(m_region), QLocale::c().toString(m_error, 'f', 2)));
}

void BlamePanel::addEntry(const compare::BlameEntry &entry, double error)
{
    m_error = error;
    showSummary();
    m_adding = true;
    m_model->add(entry);
    m_adding = false;
}

void BlamePanel::finish(const compare::Blame &blame)
{
    m_error = blame.error;
    m_region = QRect(blame.region.x, blame.region.y, blame.region.width, blame.region.height);
    m_progress->hide();
    m_remaining->hide();
    m_again->show();
    showSummary();
    m_note->setText(blame.layers.empty()
                        ? tr("No layer is quantized: there is nothing to blame.")
                        : tr("The layers' own errors add up to %1 % of it; the rest is how they act on each other.")
                              .arg(QLocale::c().toString(100.0 * blame.explained, 'f', 0)));
    m_note->show();
}

void BlamePanel::stop(const QString &why)
{
    m_progress->hide();
    m_remaining->hide();
    if (m_model->rowCount() == 0 && !m_region.isEmpty())
        m_summary->setText(regionText(m_region)); // it runs and waits no more
    m_again->setVisible(!m_region.isEmpty());
    m_note->setText(why);
    m_note->setVisible(!why.isEmpty());
}

void BlamePanel::setOutdated(bool outdated)
{
    m_table->setEnabled(!outdated);
    if (!outdated || m_region.isEmpty())
        return;
    m_progress->hide();
    m_remaining->hide();
    m_again->show();
    m_note->setText(tr("This was found under another plan. Again looks at the same region anew."));
    m_note->show();
}

void BlamePanel::setPicking(bool picking)
{
    const QSignalBlocker blocker(m_pick);
    m_pick->setChecked(picking);
}

void BlamePanel::applyPalette()
{
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, tone(Tone::Secondary, palette()));
    m_explanation->setPalette(quiet);
}

void BlamePanel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyPalette();
}

} // namespace bitlens::ui
