// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/figure/figurecontents.h"

#include "ui/figure/orderedlist.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitlens::ui {

namespace {

constexpr int kPlanRows = 4;
constexpr FigureColumn kColumns[] = {FigureColumn::LowResolution, FigureColumn::Bicubic,   FigureColumn::Fp32,
                                     FigureColumn::Quantized,     FigureColumn::Reference, FigureColumn::Difference};
constexpr int kColumnRole = Qt::UserRole;

using State = FigurePlanRow::State;

QString nameOf(FigureColumn column)
{
    switch (column) {
    case FigureColumn::LowResolution:
        return FigureContents::tr("LR, nearest");
    case FigureColumn::Bicubic:
        return FigureContents::tr("LR, bicubic");
    case FigureColumn::Fp32:
        return FigureContents::tr("FP32");
    case FigureColumn::Quantized:
        return FigureContents::tr("Plans");
    case FigureColumn::Reference:
        return FigureContents::tr("HR original");
    case FigureColumn::Difference:
        return FigureContents::tr("Difference");
    }
    return {};
}

QString textOf(const FigurePlanRow &plan)
{
    switch (plan.state) {
    case State::Shown:
        return FigureContents::tr("%1 (in the window)").arg(plan.name);
    case State::Ready:
        return plan.name;
    case State::Missing:
        return FigureContents::tr("%1 – not computed").arg(plan.name);
    case State::Waiting:
        return FigureContents::tr("%1 – waits").arg(plan.name);
    case State::Running:
        return FigureContents::tr("%1 – %2\u00A0%").arg(plan.name).arg(std::lround(plan.fraction * 100.0));
    case State::Failed:
        return FigureContents::tr("%1 – failed").arg(plan.name);
    }
    return plan.name;
}

} // namespace

struct FigureContents::Private {
    FigureContents *q = nullptr;
    OrderedList *pictures = nullptr;
    OrderedList *plans = nullptr;
    QPushButton *add = nullptr;
    QPushButton *keep = nullptr;
    QPushButton *remove = nullptr;
    QPushButton *compute = nullptr;
    QList<FigurePlanRow> rows;
    QList<FigurePlanChoice> choices;
    bool hasReference = true;
    bool isShowing = false;

    QVBoxLayout *build();
    void movePicture(int from, int to);
    void showReference();
    void fillMenu();
    void updateButtons();
    int count(State state) const
    {
        return static_cast<int>(std::count_if(rows.cbegin(), rows.cend(),
                                              [state](const FigurePlanRow &row) { return row.state == state; }));
    }
    bool isComputing() const { return count(State::Running) + count(State::Waiting) > 0; }
};

QVBoxLayout *FigureContents::Private::build()
{
    auto *column = new QVBoxLayout;
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kGrid);
    const auto heading = [this](const QString &text) {
        auto *label = new QLabel(text, q);
        label->setFont(strongFont(TextSize::Body));
        return label;
    };
    column->addWidget(heading(FigureContents::tr("Pictures, from the left")));
    pictures = new OrderedList(FigureContents::tr("Pictures in the figure"), static_cast<int>(std::size(kColumns)), q);
    pictures->setToolTip(FigureContents::tr("Drag a row, or press Ctrl+↑ or Ctrl+↓, to change the order"));
    column->addWidget(pictures);
    column->addWidget(heading(FigureContents::tr("Plans")));
    plans = new OrderedList(FigureContents::tr("Plans in the figure"), kPlanRows, q);
    column->addWidget(plans);

    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    add = new QPushButton(FigureContents::tr("Add p&lan"), q);
    add->setToolTip(FigureContents::tr("Compute the picture of another plan and show it beside this one"));
    add->setMenu(new QMenu(add));
    keep = new QPushButton(FigureContents::tr("&Keep this"), q);
    keep->setToolTip(FigureContents::tr("The plan stays in the figure when you go on to another one in the window"));
    remove = new QPushButton(FigureContents::tr("Remove"), q);
    remove->setAccessibleName(FigureContents::tr("Remove the selected plan"));
    for (QPushButton *button : {add, keep, remove}) {
        button->setAutoDefault(false);
        row->addWidget(button);
    }
    row->addStretch();
    column->addLayout(row);
    compute = new QPushButton(q);
    compute->setAutoDefault(false);
    compute->setObjectName(QStringLiteral("computePlans"));
    column->addWidget(compute);
    return column;
}

void FigureContents::Private::movePicture(int from, int to)
{
    const bool before = std::exchange(isShowing, true);
    pictures->insertItem(to, pictures->takeItem(from));
    pictures->setCurrentRow(to);
    isShowing = before;
    emit q->changed();
}

void FigureContents::Private::showReference()
{
    const bool before = std::exchange(isShowing, true);
    for (int row = 0; row < pictures->count(); ++row) {
        QListWidgetItem *item = pictures->item(row);
        if (static_cast<FigureColumn>(item->data(kColumnRole).toInt()) != FigureColumn::Reference)
            continue;
        item->setFlags(item->flags().setFlag(Qt::ItemIsEnabled, hasReference));
        item->setToolTip(hasReference ? QString() : FigureContents::tr("Open the original in high resolution first"));
    }
    isShowing = before;
}

void FigureContents::Private::fillMenu()
{
    QMenu *menu = add->menu();
    menu->clear();
    for (const bool tried : {false, true}) {
        bool any = false;
        for (const FigurePlanChoice &choice : choices) {
            if (choice.tried != tried)
                continue;
            if (!std::exchange(any, true))
                menu->addSection(tried ? FigureContents::tr("Tried in this session") : FigureContents::tr("Presets"));
            menu->addAction(choice.name, q, [this, choice] { emit q->planAdded(choice.argument); });
        }
    }
}

void FigureContents::Private::updateButtons()
{
    const int current = plans->currentRow();
    remove->setEnabled(current >= 0 && current < rows.size() && rows.at(current).state != State::Shown);
    const int missing = count(State::Missing) + count(State::Failed);
    const bool computing = isComputing();
    compute->setVisible(computing || missing > 0);
    compute->setText(computing      ? FigureContents::tr("Stop computing plans")
                     : missing == 1 ? FigureContents::tr("Compute the missing plan")
                                    : FigureContents::tr("Compute %1 missing plans").arg(missing));
}

FigureContents::FigureContents(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    setLayout(d->build());
    connect(d->pictures, &QListWidget::itemChanged, this, [this] {
        if (!d->isShowing)
            emit changed();
    });
    connect(d->pictures, &OrderedList::moveRequested, this, [this](int from, int to) { d->movePicture(from, to); });
    connect(d->plans, &OrderedList::moveRequested, this, [this](int from, int to) {
        emit planMoved(from, to);
        d->plans->setCurrentRow(to);
    });
    const auto removeRow = [this](int row) {
        if (row >= 0 && row < d->rows.size() && d->rows.at(row).state != State::Shown)
            emit planRemoved(row);
    };
    connect(d->plans, &OrderedList::removeRequested, this, removeRow);
    connect(d->plans, &QListWidget::currentRowChanged, this, [this] { d->updateButtons(); });
    connect(d->remove, &QPushButton::clicked, this, [this, removeRow] { removeRow(d->plans->currentRow()); });
    connect(d->add->menu(), &QMenu::aboutToShow, this, [this] { d->fillMenu(); });
    connect(d->keep, &QPushButton::clicked, this, &FigureContents::keepPlanRequested);
    connect(d->compute, &QPushButton::clicked, this, [this] {
        if (d->isComputing())
            emit plansCancelled();
        else
            emit plansWanted();
    });
    d->updateButtons();
}

FigureContents::~FigureContents() = default;

void FigureContents::setSettings(const FigureSettings &settings)
{
    d->isShowing = true;
    QList<FigureColumn> order;
    for (const FigureColumn column : settings.pictures)
        if (!order.contains(column))
            order << column;
    const qsizetype chosen = order.size();
    for (const FigureColumn column : kColumns)
        if (!order.contains(column))
            order << column;
    d->pictures->clear();
    for (qsizetype i = 0; i < order.size(); ++i) {
        auto *item = new QListWidgetItem(nameOf(order.at(i)), d->pictures);
        item->setSizeHint({0, d->pictures->rowHeight()});
        item->setData(kColumnRole, static_cast<int>(order.at(i)));
        item->setFlags((item->flags() | Qt::ItemIsUserCheckable) & ~Qt::ItemIsDropEnabled);
        item->setCheckState(i < chosen ? Qt::Checked : Qt::Unchecked);
    }
    d->isShowing = false;
    d->showReference();
}

void FigureContents::read(FigureSettings *settings) const
{
    settings->pictures.clear();
    for (int row = 0; row < d->pictures->count(); ++row)
        if (const QListWidgetItem *item = d->pictures->item(row); item->checkState() == Qt::Checked)
            settings->pictures << static_cast<FigureColumn>(item->data(kColumnRole).toInt());
}

void FigureContents::setReferenceAvailable(bool available)
{
    d->hasReference = available;
    d->showReference();
}

void FigureContents::setPlans(const QList<FigurePlanRow> &plans)
{
    d->rows = plans;
    const QSignalBlocker blocker(d->plans);
    while (d->plans->count() > plans.size())
        delete d->plans->takeItem(d->plans->count() - 1);
    for (int row = 0; row < plans.size(); ++row) {
        if (row >= d->plans->count())
            d->plans->addItem(QString());
        QListWidgetItem *item = d->plans->item(row);
        item->setSizeHint({0, d->plans->rowHeight()});
        item->setText(textOf(plans.at(row)));
        item->setToolTip(plans.at(row).error.isEmpty() ? plans.at(row).rules : plans.at(row).error);
        item->setFlags(item->flags() & ~Qt::ItemIsDropEnabled);
    }
    d->updateButtons();
}

void FigureContents::setPlanChoices(const QList<FigurePlanChoice> &choices)
{
    d->choices = choices; // the menu takes them when it opens, never while it is open
    d->add->setEnabled(!choices.isEmpty());
}

} // namespace bitlens::ui
