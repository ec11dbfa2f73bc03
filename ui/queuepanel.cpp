// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/queuepanel.h"

#include "ui/format.h"
#include "ui/icons.h"
#include "ui/queuedelegate.h"
#include "ui/queuemodel.h"
#include "ui/theme.h"

#include <QDropEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QMimeData>
#include <QProgressBar>
#include <QStackedLayout>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace bitlens::ui {

namespace {

constexpr int kSteps = 1000;

} // namespace

struct QueuePanel::Private {
    QueuePanel *q = nullptr;
    QueueModel *model = nullptr;
    QTreeView *view = nullptr;
    QLabel *empty = nullptr;
    QStackedLayout *pages = nullptr;
    QToolButton *addPictures = nullptr;
    QToolButton *addFolder = nullptr;
    QToolButton *start = nullptr;
    QToolButton *cancel = nullptr;
    QToolButton *retry = nullptr;
    QToolButton *remove = nullptr;
    QToolButton *clear = nullptr;
    QueueOptionsEdit *options = nullptr;
    QLabel *summary = nullptr;
    QProgressBar *bar = nullptr;
    QString holdReason;
    Activity activity = Activity::Idle;
    double secondsLeft = -1.0;

    QToolButton *button(const QString &name, Icon symbol, const QString &text, const QString &help) const;
    void buildList();
    QHBoxLayout *buildButtons();
    void connectButtons();
    void showState();
    QString summaryText() const;
};

QToolButton *QueuePanel::Private::button(const QString &name, Icon symbol, const QString &text,
                                         const QString &help) const
{
    auto *made = new QToolButton(q);
    made->setObjectName(name);
    made->setIcon(icon(symbol));
    made->setText(text);
    made->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    made->setToolTip(help);
    made->setFocusPolicy(Qt::StrongFocus);
    return made;
}

void QueuePanel::Private::buildList()
{
    model = new QueueModel(q);
    view = new QTreeView(q);
    view->setObjectName(QStringLiteral("queueView"));
    view->setModel(model);
    view->setItemDelegate(new QueueDelegate(view));
    view->setRootIsDecorated(false);
    view->setUniformRowHeights(true);
    view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    view->setTextElideMode(Qt::ElideMiddle);
    view->setAccessibleName(tr("Pictures to enlarge"));
    view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    view->header()->setSectionsMovable(false);
    view->header()->setStretchLastSection(false);
    view->header()->setSectionResizeMode(QHeaderView::Interactive);
    view->header()->setSectionResizeMode(QueueModel::StateColumn, QHeaderView::Stretch);
    view->header()->resizeSection(QueueModel::PictureColumn, 26 * kGrid);
    view->header()->resizeSection(QueueModel::TimeColumn, 12 * kGrid);
    view->header()->resizeSection(QueueModel::RecipeColumn, 13 * kGrid);
    view->header()->resizeSection(QueueModel::OutputColumn, 26 * kGrid);
    view->installEventFilter(q);

    empty = new QLabel(tr("Drop pictures or a folder here to enlarge them one after the other."), q);
    empty->setObjectName(QStringLiteral("queueEmpty"));
    empty->setAlignment(Qt::AlignCenter);
    empty->setWordWrap(true);
    pages = new QStackedLayout;
    pages->addWidget(empty);
    pages->addWidget(view);
}

QHBoxLayout *QueuePanel::Private::buildButtons()
{
    addPictures = button(QStringLiteral("queueAdd"), Icon::Add, tr("Pictures…"), tr("Add pictures to the queue"));
    addFolder = button(QStringLiteral("queueAddFolder"), Icon::Open, tr("Folder…"), tr("Add all pictures of a folder"));
    start = button(QStringLiteral("queueStart"), Icon::Play, tr("Start"), {});
    cancel = button(QStringLiteral("queueCancel"), Icon::Cancel, tr("Cancel"),
                    tr("Stop the selected pictures, or all of them when none is selected"));
    retry = button(QStringLiteral("queueRetry"), Icon::Reset, tr("Retry"),
                   tr("Make failed and cancelled pictures again: the selected ones, or all"));
    remove = button(QStringLiteral("queueRemove"), Icon::Remove, tr("Remove"),
                    tr("Take the selected pictures off the list (Del); files stay"));
    clear = button(QStringLiteral("queueClear"), Icon::Close, tr("Clear finished"),
                   tr("Take all pictures that are done off the list; files stay"));
    summary = new QLabel(q);
    summary->setObjectName(QStringLiteral("queueSummary"));
    summary->setFont(numberFont(TextSize::Body));
    summary->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    bar = new QProgressBar(q);
    bar->setObjectName(QStringLiteral("queueProgress"));
    bar->setRange(0, kSteps);
    bar->setTextVisible(false);
    bar->setFixedWidth(14 * kGrid);
    bar->setAccessibleName(tr("Progress of the queue"));
    QSizePolicy keepsRoom = bar->sizePolicy();
    keepsRoom.setRetainSizeWhenHidden(true);
    bar->setSizePolicy(keepsRoom);

    auto *row = new QHBoxLayout;
    row->setContentsMargins(kGrid, kHalfGrid, kGrid + kHalfGrid, 0);
    row->setSpacing(2);
    for (QToolButton *tool : {start, cancel, retry, addPictures, addFolder, remove, clear}) {
        row->addWidget(tool);
        if (tool == retry || tool == addFolder)
            row->addSpacing(2 * kGrid);
    }
    row->addStretch();
    row->addWidget(summary);
    row->addSpacing(kGrid);
    row->addWidget(bar);
    return row;
}

void QueuePanel::Private::connectButtons()
{
    connect(addPictures, &QToolButton::clicked, q, &QueuePanel::picturesRequested);
    connect(addFolder, &QToolButton::clicked, q, &QueuePanel::folderRequested);
    connect(start, &QToolButton::clicked, q, [this] {
        if (activity == Activity::Running)
            emit q->pauseRequested();
        else
            emit q->startRequested();
    });
    connect(cancel, &QToolButton::clicked, q, [this] { emit q->cancelRequested(q->selection()); });
    connect(retry, &QToolButton::clicked, q, [this] { emit q->retryRequested(q->selection()); });
    connect(remove, &QToolButton::clicked, q, [this] { emit q->removeRequested(q->selection()); });
    connect(clear, &QToolButton::clicked, q, &QueuePanel::clearFinishedRequested);
    connect(view, &QTreeView::doubleClicked, q,
            [this](const QModelIndex &index) { emit q->openRequested(index.data(QueueModel::IdRole).toULongLong()); });
    connect(view->selectionModel(), &QItemSelectionModel::selectionChanged, q, [this] { showState(); });
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(model, signal, q, [this] { showState(); });
    connect(model, &QAbstractItemModel::dataChanged, q, [this] { showState(); });
    connect(options, &QueueOptionsEdit::optionsChanged, q, &QueuePanel::optionsChanged);
    connect(options, &QueueOptionsEdit::targetRequested, q, &QueuePanel::targetRequested);
}

QString QueuePanel::Private::summaryText() const
{
    const int all = static_cast<int>(model->items().size());
    if (all == 0)
        return {};
    QStringList parts{tr("%1 of %2 done").arg(model->countOf(QueueItem::State::Done)).arg(all)};
    if (const int failed = model->countOf(QueueItem::State::Failed); failed > 0)
        parts << tr("%1 failed").arg(failed);
    switch (activity) {
    case Activity::Idle:
        break;
    case Activity::Running:
        if (!holdReason.isEmpty())
            parts << holdReason;
        else if (secondsLeft >= 0.0)
            parts << tr("%1 left").arg(formatDuration(secondsLeft));
        break;
    case Activity::Pausing:
        parts << tr("pausing…");
        break;
    case Activity::Paused:
        parts << tr("paused");
        break;
    }
    return parts.join(QStringLiteral("  ·  "));
}

void QueuePanel::Private::showState()
{
    using State = QueueItem::State;
    const bool active = activity != Activity::Idle;
    const int waiting = model->countOf(State::Waiting);
    const int open = waiting + model->countOf(State::Running);
    const int unfinished = model->countOf(State::Failed) + model->countOf(State::Cancelled);
    const bool running = activity == Activity::Running;
    pages->setCurrentIndex(model->items().isEmpty() ? 0 : 1);
    start->setIcon(icon(running ? Icon::Pause : Icon::Play));
    start->setText(running ? tr("Pause") : active ? tr("Continue") : tr("Start"));
    start->setToolTip(running ? tr("Stop after the part that is being computed; nothing is lost")
                              : tr("Enlarge the waiting pictures one after the other"));
    start->setEnabled(open > 0);
    cancel->setEnabled(open > 0);
    retry->setEnabled(unfinished > 0);
    remove->setEnabled(view->selectionModel()->hasSelection());
    clear->setEnabled(model->countOf(State::Done) > 0);
    summary->setText(summaryText());
    bar->setVisible(active);
}

QueuePanel::QueuePanel(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    setAcceptDrops(true);
    setAccessibleName(tr("Queue"));
    d->buildList();
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kHalfGrid);
    layout->addLayout(d->buildButtons());
    d->options = new QueueOptionsEdit(this);
    layout->addWidget(d->options);
    auto *list = new QHBoxLayout;
    list->setContentsMargins(kHalfGrid, 0, kHalfGrid, 0); // the texts have the rest themselves
    list->addLayout(d->pages);
    layout->addLayout(list, 1);
    d->connectButtons();
    setFocusProxy(d->start);
    d->showState();
}

QueuePanel::~QueuePanel() = default;

QueueModel *QueuePanel::model() const { return d->model; }

QTreeView *QueuePanel::view() const { return d->view; }

NamePatternEdit *QueuePanel::naming() const { return d->options->naming(); }

QueueOptions QueuePanel::options() const { return d->options->options(); }

QueuePanel::Activity QueuePanel::activity() const { return d->activity; }

QList<quint64> QueuePanel::selection() const
{
    QList<quint64> ids;
    for (const QModelIndex &index : d->view->selectionModel()->selectedRows())
        ids << index.data(QueueModel::IdRole).toULongLong();
    return ids;
}

QSize QueuePanel::sizeHint() const { return {110 * kGrid, 28 * kGrid}; }

void QueuePanel::setOptions(const QueueOptions &options) { d->options->setOptions(options); }

void QueuePanel::setFormats(const QStringList &formats) { d->options->setFormats(formats); }

void QueuePanel::setPlanName(const QString &name) { d->options->setPlanName(name); }

void QueuePanel::setActivity(Activity activity)
{
    d->activity = activity;
    if (activity == Activity::Idle)
        d->secondsLeft = -1.0;
    d->showState();
}

void QueuePanel::setOverall(double fraction, double secondsLeft)
{
    d->bar->setValue(static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * kSteps)));
    d->secondsLeft = secondsLeft;
    d->summary->setText(d->summaryText());
}

void QueuePanel::setHoldReason(const QString &reason)
{
    if (reason == d->holdReason)
        return;
    d->holdReason = reason;
    d->summary->setText(d->summaryText());
}

void QueuePanel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        QPalette quiet = palette();
        quiet.setColor(QPalette::WindowText, tone(Tone::Secondary, palette()));
        d->empty->setPalette(quiet);
        d->summary->setPalette(quiet);
    }
}

void QueuePanel::dragEnterEvent(QDragEnterEvent *event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void QueuePanel::dropEvent(QDropEvent *event)
{
    emit filesDropped(event->mimeData()->urls());
    event->acceptProposedAction();
}

bool QueuePanel::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == d->view && event->type() == QEvent::KeyPress
        && static_cast<QKeyEvent *>(event)->key() == Qt::Key_Delete && d->remove->isEnabled()) {
        emit removeRequested(selection());
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace bitlens::ui
