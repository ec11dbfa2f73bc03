// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/settingsdialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

namespace bitlens::ui {

namespace {

constexpr int kMostThreads = 256;
constexpr int kSmallestMemory = 256; // megabytes
constexpr int kMemoryStep = 256;
constexpr int kLargestMemory = 1 << 20;

} // namespace

struct SettingsDialog::Private {
    SettingsDialog *q = nullptr;
    QSpinBox *threads = nullptr;
    QSpinBox *memory = nullptr;
    QComboBox *model = nullptr;
    QComboBox *plan = nullptr;
    QComboBox *appearance = nullptr;
    QCheckBox *restore = nullptr;

    QLabel *heading(const QString &text) const;
    QLabel *remark(const QString &text) const;
    void show(const SettingsValues &values);
    void addModel(const QString &argument);
};

QLabel *SettingsDialog::Private::heading(const QString &text) const
{
    auto *label = new QLabel(text, q);
    label->setFont(strongFont(TextSize::Body));
    label->setContentsMargins(0, kGrid, 0, 0);
    return label;
}

QLabel *SettingsDialog::Private::remark(const QString &text) const
{
    auto *label = new QLabel(text, q);
    label->setFont(textFont(TextSize::Small));
    label->setWordWrap(true);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

void SettingsDialog::Private::addModel(const QString &argument)
{
    if (model->findData(argument) < 0)
        model->addItem(QFileInfo(argument).fileName(), argument);
}

void SettingsDialog::Private::show(const SettingsValues &values)
{
    const QSignalBlocker blockThreads(threads);
    const QSignalBlocker blockMemory(memory);
    const QSignalBlocker blockModel(model);
    const QSignalBlocker blockPlan(plan);
    const QSignalBlocker blockAppearance(appearance);
    const QSignalBlocker blockRestore(restore);
    threads->setValue(values.threads);
    memory->setValue(values.memoryMegabytes);
    if (!values.startModel.isEmpty())
        addModel(values.startModel);
    model->setCurrentIndex(std::max(0, model->findData(values.startModel)));
    plan->setCurrentIndex(std::max(0, plan->findData(values.firstPlan)));
    appearance->setCurrentIndex(appearance->findData(static_cast<int>(values.appearance)));
    restore->setChecked(values.restoreSession);
}

SettingsDialog::SettingsDialog(const Choices &choices, const SettingsValues &values, QWidget *parent)
    : QDialog(parent), d(std::make_unique<Private>())
{
    d->q = this;
    setWindowTitle(tr("Settings"));
    d->appearance = new QComboBox(this);
    d->appearance->setObjectName(QStringLiteral("settingsAppearance"));
    d->appearance->addItem(tr("As the desktop"), static_cast<int>(Appearance::System));
    d->appearance->addItem(tr("Light"), static_cast<int>(Appearance::Light));
    d->appearance->addItem(tr("Dark"), static_cast<int>(Appearance::Dark));
    d->restore = new QCheckBox(tr("Open the last session"), this);
    d->restore->setObjectName(QStringLiteral("settingsRestore"));
    d->model = new QComboBox(this);
    d->model->setObjectName(QStringLiteral("settingsModel"));
    d->model->addItem(tr("The one that was open last"), QString());
    for (const QString &name : choices.models)
        d->addModel(name);
    d->plan = new QComboBox(this);
    d->plan->setObjectName(QStringLiteral("settingsPlan"));
    d->plan->addItem(tr("The usual one (%1)").arg(choices.usualPlan), QString());
    for (const QString &name : choices.plans)
        d->plan->addItem(name, name);
    d->threads = new QSpinBox(this);
    d->threads->setObjectName(QStringLiteral("settingsThreads"));
    d->threads->setRange(0, kMostThreads);
    d->threads->setSpecialValueText(tr("All processors (%1)").arg(choices.processors));
    d->memory = new QSpinBox(this);
    d->memory->setObjectName(QStringLiteral("settingsMemory"));
    d->memory->setRange(0, kLargestMemory);
    d->memory->setSingleStep(kMemoryStep);
    d->memory->setSuffix(tr(" MB"));
    d->memory->setSpecialValueText(tr("Half of what is free"));

    auto *form = new QFormLayout;
    form->setHorizontalSpacing(2 * kGrid);
    form->setVerticalSpacing(kGrid);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(d->heading(tr("Window")));
    form->addRow(tr("&Colours"), d->appearance);
    form->addRow(d->heading(tr("At the start of the program")));
    form->addRow(QString(), d->restore);
    form->addRow(tr("&Model"), d->model);
    form->addRow(tr("Bit &plan"), d->plan);
    form->addRow(d->heading(tr("Computing")));
    form->addRow(tr("&Threads"), d->threads);
    form->addRow(tr("Memory of a &run"), d->memory);
    form->addRow(QString(),
                 d->remark(tr("A picture is cut into tiles as large as this memory allows, without seams. Both "
                              "hold from the next run on.")));
    if (!choices.dataFolder.isEmpty()) {
        auto *folder = new QPushButton(tr("Show folder"), this);
        folder->setObjectName(QStringLiteral("settingsDataFolder"));
        folder->setAccessibleName(tr("Show the folder of models, queue and sessions"));
        connect(folder, &QPushButton::clicked, this, &SettingsDialog::dataFolderRequested);
        form->addRow(d->heading(tr("Files")));
        form->addRow(tr("&Data"), folder);
        form->addRow(QString(),
                     d->remark(tr("Models, queue and sessions lie in %1 (BITLENS_DATA_DIR names another place).")
                                   .arg(QDir::toNativeSeparators(choices.dataFolder))));
    }
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close | QDialogButtonBox::RestoreDefaults, this);
    // Return in a field ends its editing; it must not press one of these.
    for (QAbstractButton *button : buttons->buttons())
        if (auto *push = qobject_cast<QPushButton *>(button))
            push->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(buttons->button(QDialogButtonBox::RestoreDefaults), &QPushButton::clicked, this, [this] {
        setValues({});
        emit valuesChanged({});
    });
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * kGrid, kGrid, 2 * kGrid, 2 * kGrid);
    layout->addLayout(form);
    layout->addStretch();
    layout->addSpacing(kGrid);
    layout->addWidget(buttons);
    setMinimumWidth(60 * kGrid);
    d->show(values);

    const auto changed = [this] { emit valuesChanged(this->values()); };
    for (QComboBox *box : {d->appearance, d->model, d->plan})
        connect(box, &QComboBox::activated, this, changed);
    connect(d->restore, &QCheckBox::toggled, this, changed);
    connect(d->threads, &QSpinBox::valueChanged, this, changed);
    connect(d->memory, &QSpinBox::valueChanged, this, changed);
}

SettingsDialog::~SettingsDialog() = default;

SettingsValues SettingsDialog::values() const
{
    SettingsValues values;
    values.threads = d->threads->value();
    values.memoryMegabytes = d->memory->value() == 0 ? 0 : std::max(kSmallestMemory, d->memory->value());
    values.startModel = d->model->currentData().toString();
    values.firstPlan = d->plan->currentData().toString();
    values.appearance = static_cast<Appearance>(d->appearance->currentData().toInt());
    values.restoreSession = d->restore->isChecked();
    return values;
}

void SettingsDialog::setValues(const SettingsValues &values) { d->show(values); }

} // namespace bitlens::ui
