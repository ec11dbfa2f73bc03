// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/bitplanpanel.h"

#include "ui/bitplanmodel.h"
#include "ui/bitplanview.h"
#include "ui/elidedlabel.h"
#include "ui/icons.h"
#include "ui/layerdetailline.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <vector>

namespace bitlens::ui {

namespace {

constexpr int kPanelWidth = 44 * kGrid; // a dozen stops of a slider lie wide enough apart for the mouse
constexpr int kPreviewMs = 100;
/// Up to so many stages the tree opens by itself.
constexpr int kStagesOpened = 12;

QString customName() { return BitPlanPanel::tr("custom"); }

} // namespace

struct BitPlanPanel::Private {
    struct NamedPlan {
        QString name;
        QString description;
        quant::BitPlan plan;
    };

    BitPlanPanel *q;
    QComboBox *presets = nullptr;
    QToolButton *reset = nullptr;
    QLabel *description = nullptr;
    BitPlanView *view = nullptr;
    BitPlanModel *model = nullptr;
    LayerDetailLine *details = nullptr;
    std::vector<LayerDetail> layerDetails;
    quant::BitPlan detailedPlan; ///< which the details are of
    int selected = -1;
    QTimer preview; ///< running: a preview has just been sent
    std::vector<NamedPlan> named;
    QString chosenPreset = QString::fromLatin1(quant::kDefaultPreset);
    quant::BitPlan beforeDrag;
    QString dragLabel;
    bool dragging = false;
    bool previewWaits = false;

    const NamedPlan *find(const QString &name) const;
    const NamedPlan *matching() const;
    void planChanged(const quant::BitPlan &plan, const QString &label);
    void finishDrag(bool accepted);
    void sendPreview();
    void showPlan();
    void showDetails();
    void selectCurrent();
    void setRow(const QModelIndex &index, quant::LayerBits bits, const QString &label);
    void showMenu(const QPoint &position);
};

const BitPlanPanel::Private::NamedPlan *BitPlanPanel::Private::find(const QString &name) const
{
    for (const NamedPlan &candidate : named) {
        if (candidate.name == name)
            return &candidate;
    }
    return nullptr;
}

const BitPlanPanel::Private::NamedPlan *BitPlanPanel::Private::matching() const
{
    const NamedPlan *chosen = find(chosenPreset); // several presets may be the same plan for a small generator
    if (chosen && chosen->plan == model->plan())
        return chosen;
    for (const NamedPlan &candidate : named) {
        if (candidate.plan == model->plan())
            return &candidate;
    }
    return nullptr;
}

void BitPlanPanel::Private::planChanged(const quant::BitPlan &plan, const QString &label)
{
    showPlan();
    if (!dragging) {
        emit q->planEdited(plan, label);
        return;
    }
    dragLabel = label;
    if (preview.isActive()) {
        previewWaits = true;
    } else {
        sendPreview();
    }
}

void BitPlanPanel::Private::sendPreview()
{
    previewWaits = false;
    preview.start();
    emit q->planPreviewed(model->plan());
}

void BitPlanPanel::Private::finishDrag(bool accepted)
{
    dragging = false;
    preview.stop();
    previewWaits = false;
    if (!accepted) {
        const bool wasPreviewed = model->plan() != beforeDrag;
        model->setPlan(beforeDrag);
        showPlan();
        if (wasPreviewed)
            emit q->planPreviewed(beforeDrag);
        return;
    }
    // Also when the slider is back where it was: what was previewed in between has to go.
    if (!dragLabel.isEmpty())
        emit q->planEdited(model->plan(), dragLabel);
}

void BitPlanPanel::Private::showPlan()
{
    details->setOutdated(!layerDetails.empty() && detailedPlan != model->plan());
    const NamedPlan *preset = matching();
    const QSignalBlocker blocker(presets);
    presets->setCurrentIndex(preset ? presets->findText(preset->name) : -1);
    const bool loaded = model->generator() != nullptr;
    presets->setEnabled(loaded);
    reset->setEnabled(loaded && (!preset || preset->name != chosenPreset));
    QString text;
    if (preset)
        text = preset->description;
    else if (loaded)
        text = QString::fromStdString(model->plan().toRules(*model->generator()));
    description->setToolTip(text);
    // Two lines of room, so that the tree does not jump when the plan becomes a custom one.
    description->setText(text.isEmpty() ? BitPlanPanel::tr("Load a model to choose the bits of its layers.") : text);
    QPalette palette = q->palette();
    palette.setColor(QPalette::WindowText, tone(Tone::Secondary, q->palette()));
    description->setPalette(palette);
}

void BitPlanPanel::Private::showDetails()
{
    const QModelIndex current = view->currentIndex();
    std::vector<LayerDetail> below;
    for (const int layer : current.data(BitPlanModel::LayersRole).value<QList<int>>())
        if (static_cast<std::size_t>(layer) < layerDetails.size())
            below.push_back(layerDetails[static_cast<std::size_t>(layer)]);
    details->setOutdated(!layerDetails.empty() && detailedPlan != model->plan());
    details->setDetails(current.data(BitPlanModel::PathRole).toString(), below);
}

void BitPlanPanel::Private::selectCurrent()
{
    showDetails();
    const QList<int> layers = view->currentIndex().data(BitPlanModel::LayersRole).value<QList<int>>();
    const int layer = layers.isEmpty() ? -1 : layers.first();
    if (layer == selected)
        return;
    selected = layer;
    emit q->layerSelected(layer);
}

/// Both widths of a row at once: one edit.
void BitPlanPanel::Private::setRow(const QModelIndex &index, quant::LayerBits bits, const QString &label)
{
    quant::BitPlan plan = model->plan();
    for (const int layer : index.data(BitPlanModel::LayersRole).value<QList<int>>())
        plan.set(static_cast<std::size_t>(layer), bits);
    if (plan == model->plan())
        return;
    model->setPlan(plan);
    showPlan();
    emit q->planEdited(plan, label);
}

void BitPlanPanel::Private::showMenu(const QPoint &position)
{
    const QModelIndex index = view->indexAt(position);
    if (!index.isValid())
        return;
    view->setCurrentIndex(index);
    auto *menu = new QMenu(view);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const QString path = index.data(BitPlanModel::PathRole).toString();
    menu->addAction(BitPlanPanel::tr("Only %1 quantized").arg(path), q, &BitPlanPanel::quantizeOnlyCurrent);
    const auto offer = [&](const QString &label, quant::LayerBits bits) {
        menu->addAction(label, q,
                        [this, index = QPersistentModelIndex(index), bits, label] { setRow(index, bits, label); });
    };
    offer(BitPlanPanel::tr("%1 in FP32").arg(path), {quant::kFloatBits, quant::kFloatBits});
    offer(BitPlanPanel::tr("%1 in W8 A8").arg(path), {8, 8});
    menu->popup(view->viewport()->mapToGlobal(position));
}

BitPlanPanel::BitPlanPanel(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    d->presets = new QComboBox(this);
    d->presets->setObjectName(QStringLiteral("presets"));
    d->presets->setPlaceholderText(customName());
    d->presets->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    d->presets->setToolTip(tr("Ready-made plans"));
    d->presets->setAccessibleName(tr("Preset"));
    d->reset = new QToolButton(this);
    d->reset->setObjectName(QStringLiteral("resetPlan"));
    d->reset->setIcon(icon(Icon::Reset));
    d->reset->setToolTip(tr("Back to the preset that was chosen last"));
    d->reset->setAccessibleName(tr("Reset plan"));
    d->description = new ElidedLabel(this);
    d->description->setObjectName(QStringLiteral("planText"));
    d->description->setFont(textFont(TextSize::Small));
    d->description->setWordWrap(true);
    d->description->setTextFormat(Qt::PlainText);
    d->description->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    d->description->setFixedHeight(3 * QFontMetrics(d->description->font()).lineSpacing() + 2);
    d->model = new BitPlanModel(this);
    d->view = new BitPlanView(this);
    d->view->setModel(d->model);
    d->preview.setSingleShot(true);
    d->preview.setInterval(kPreviewMs);

    auto *top = new QHBoxLayout;
    top->setContentsMargins(kGrid + kHalfGrid, kGrid, kGrid, 0);
    top->setSpacing(kHalfGrid);
    top->addWidget(d->presets, 1);
    top->addWidget(d->reset);
    auto *middle = new QHBoxLayout;
    middle->setContentsMargins(kGrid + kHalfGrid, kHalfGrid, kGrid + kHalfGrid, kHalfGrid);
    middle->addWidget(d->description);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addLayout(middle);
    auto *bottom = new QHBoxLayout;
    bottom->setContentsMargins(kGrid, 0, kHalfGrid, 0);
    bottom->addWidget(d->view);
    layout->addLayout(bottom, 1);
    d->details = new LayerDetailLine(this);
    layout->addWidget(d->details);
    setAccessibleName(tr("Bit plan"));

    connect(d->presets, &QComboBox::textActivated, this, &BitPlanPanel::applyPreset);
    connect(d->reset, &QToolButton::clicked, this, &BitPlanPanel::resetPlan);
    connect(d->model, &BitPlanModel::planChanged, this,
            [this](const quant::BitPlan &plan, const QString &label) { d->planChanged(plan, label); });
    connect(d->view, &BitPlanView::dragStarted, this, [this] {
        d->dragging = true;
        d->beforeDrag = d->model->plan();
        d->dragLabel.clear();
    });
    connect(d->view, &BitPlanView::dragFinished, this, [this](bool accepted) { d->finishDrag(accepted); });
    connect(d->view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this] { d->selectCurrent(); });
    d->view->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(d->view, &QTreeView::customContextMenuRequested, this,
            [this](const QPoint &position) { d->showMenu(position); });
    connect(&d->preview, &QTimer::timeout, this, [this] {
        if (d->previewWaits)
            d->sendPreview();
    });
    d->showPlan();
}

BitPlanPanel::~BitPlanPanel() = default;

const quant::BitPlan &BitPlanPanel::plan() const { return d->model->plan(); }

QString BitPlanPanel::planName() const
{
    const Private::NamedPlan *preset = d->matching();
    return preset ? preset->name : customName();
}

int BitPlanPanel::selectedLayer() const { return d->selected; }

void BitPlanPanel::selectLayer(int layer)
{
    const QModelIndex index = d->model->indexOfLayer(layer);
    if (!index.isValid())
        return;
    for (QModelIndex above = index.parent(); above.isValid(); above = above.parent())
        d->view->expand(above);
    const int column = std::max<int>(d->view->currentIndex().column(), BitPlanModel::WeightColumn);
    d->view->setCurrentIndex(index.siblingAtColumn(column));
    d->view->scrollTo(index);
}

void BitPlanPanel::selectPath(const QString &path)
{
    const QModelIndex index = d->model->indexOfPath(path);
    if (!index.isValid())
        return;
    d->view->setCurrentIndex(index.siblingAtColumn(BitPlanModel::WeightColumn));
    d->view->scrollTo(index);
}

void BitPlanPanel::quantizeOnlyCurrent()
{
    const QModelIndex current = d->view->currentIndex();
    const QList<int> layers = current.data(BitPlanModel::LayersRole).value<QList<int>>();
    if (layers.isEmpty())
        return;
    const quant::BitPlan before = d->model->plan();
    quant::BitPlan plan(before.size(), {quant::kFloatBits, quant::kFloatBits});
    for (const int layer : layers) {
        const quant::LayerBits bits = before.at(static_cast<std::size_t>(layer));
        plan.set(static_cast<std::size_t>(layer), bits.isFloat() ? quant::LayerBits{} : bits);
    }
    if (plan == before)
        return;
    d->model->setPlan(plan);
    d->showPlan();
    emit planEdited(plan, tr("only %1 quantized").arg(current.data(BitPlanModel::PathRole).toString()));
}

void BitPlanPanel::setLayerDetails(const std::vector<LayerDetail> &details)
{
    d->layerDetails = details;
    d->detailedPlan = d->model->plan();
    QList<LayerDetail::Arithmetic> arithmetics;
    for (const LayerDetail &detail : details)
        arithmetics << detail.arithmetic;
    d->model->setArithmetics(arithmetics);
    d->showDetails();
}

BitPlanModel *BitPlanPanel::model() const { return d->model; }

QTreeView *BitPlanPanel::tree() const { return d->view; }

QSize BitPlanPanel::sizeHint() const { return {kPanelWidth, 60 * kGrid}; }

QSize BitPlanPanel::minimumSizeHint() const { return {28 * kGrid, 24 * kGrid}; }

void BitPlanPanel::setGenerator(model::GeneratorPtr generator)
{
    d->named.clear();
    d->layerDetails.clear();
    d->model->setGenerator(generator);
    d->selectCurrent();
    const QSignalBlocker blocker(d->presets);
    d->presets->clear();
    if (generator) {
        for (const quant::Preset &preset : quant::presets()) {
            const QString name = QString::fromStdString(preset.name);
            const QString description = QString::fromStdString(preset.description);
            d->named.push_back({name, description, quant::presetPlan(preset.name, *generator)});
            d->presets->addItem(name);
            d->presets->setItemData(d->presets->count() - 1, description, Qt::ToolTipRole);
        }
        d->chosenPreset = QString::fromLatin1(quant::kDefaultPreset);
        if (const Private::NamedPlan *preset = d->find(d->chosenPreset))
            d->model->setPlan(preset->plan);
        if (d->model->rowCount() <= kStagesOpened)
            expandStages();
    }
    d->showPlan();
}

void BitPlanPanel::setPlan(const quant::BitPlan &plan)
{
    d->model->setPlan(plan);
    d->showPlan();
}

void BitPlanPanel::beginWith(const quant::BitPlan &plan)
{
    d->model->setPlan(plan);
    d->chosenPreset = QString::fromLatin1(quant::kDefaultPreset);
    if (const Private::NamedPlan *preset = d->matching())
        d->chosenPreset = preset->name;
    d->showPlan();
}

void BitPlanPanel::resetPlan() { applyPreset(d->chosenPreset); }

void BitPlanPanel::applyPreset(const QString &name)
{
    const Private::NamedPlan *preset = d->find(name);
    if (!preset)
        return;
    d->chosenPreset = name;
    const bool changed = preset->plan != d->model->plan();
    d->model->setPlan(preset->plan);
    d->showPlan();
    if (changed)
        emit planEdited(d->model->plan(), tr("preset %1").arg(name));
}

void BitPlanPanel::expandStages() { d->view->expandToDepth(0); }

void BitPlanPanel::collapseStages() { d->view->collapseAll(); }

void BitPlanPanel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        d->showPlan();
}

} // namespace bitlens::ui
