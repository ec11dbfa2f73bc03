// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/figure/figurepage.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFontComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

namespace bitlens::ui {

namespace {

constexpr double kMillimetresPerInch = 25.4;
constexpr int kMostColumns = 12;
constexpr double kSmallestFont = 4.0;
constexpr double kLargestFont = 36.0;

} // namespace

struct FigurePage::Private {
    FigurePage *q = nullptr;
    QComboBox *overview = nullptr;
    QSpinBox *columns = nullptr;
    QDoubleSpinBox *width = nullptr;
    QComboBox *unit = nullptr;
    QSpinBox *dpi = nullptr;
    QLabel *size = nullptr;
    QFontComboBox *font = nullptr;
    QDoubleSpinBox *fontSize = nullptr;
    QCheckBox *title = nullptr;
    QCheckBox *metrics = nullptr;
    QCheckBox *plan = nullptr;
    QLineEdit *words = nullptr;
    FigureUnit shownUnit = FigureUnit::Millimetres;

    QLabel *heading(const QString &text) const;
    void buildPage(QVBoxLayout *column);
    void buildText(QVBoxLayout *column);
    void changeUnit();
    void setUnitLimits(FigureUnit now);
};

QLabel *FigurePage::Private::heading(const QString &text) const
{
    auto *label = new QLabel(text, q);
    label->setFont(strongFont(TextSize::Body));
    return label;
}

void FigurePage::Private::buildPage(QVBoxLayout *column)
{
    column->addWidget(heading(tr("Page")));
    auto *form = new QFormLayout;
    overview = new QComboBox(q);
    overview->addItem(tr("Beside the parts"), static_cast<int>(FigureOverview::Beside));
    overview->addItem(tr("Above the parts"), static_cast<int>(FigureOverview::Above));
    overview->addItem(tr("Not shown"), static_cast<int>(FigureOverview::None));
    form->addRow(tr("&Whole picture:"), overview);
    columns = new QSpinBox(q);
    columns->setRange(0, kMostColumns);
    columns->setSpecialValueText(tr("Automatic"));
    form->addRow(tr("&Columns:"), columns);
    auto *row = new QHBoxLayout;
    width = new QDoubleSpinBox(q);
    width->setMinimumWidth(11 * kGrid);
    width->setAccessibleName(tr("Width of the figure"));
    unit = new QComboBox(q);
    unit->addItem(tr("mm"), static_cast<int>(FigureUnit::Millimetres));
    unit->addItem(tr("px"), static_cast<int>(FigureUnit::Pixels));
    unit->setAccessibleName(tr("Unit of the width"));
    row->addWidget(width, 1);
    row->addWidget(unit);
    auto *widthLabel = new QLabel(tr("Wid&th:"), q);
    widthLabel->setBuddy(width);
    form->addRow(widthLabel, row);
    dpi = new QSpinBox(q);
    dpi->setRange(kLowestFigureDpi, kHighestFigureDpi);
    dpi->setSuffix(tr(" dpi"));
    form->addRow(tr("&Resolution:"), dpi);
    size = new QLabel(q);
    size->setWordWrap(true);
    size->setFont(textFont(TextSize::Small));
    size->setForegroundRole(QPalette::PlaceholderText);
    size->setAccessibleName(tr("Size of the figure"));
    form->addRow(QString(), size);
    column->addLayout(form);
}

void FigurePage::Private::buildText(QVBoxLayout *column)
{
    column->addWidget(heading(tr("Text")));
    auto *form = new QFormLayout;
    font = new QFontComboBox(q);
    font->setFontFilters(QFontComboBox::ScalableFonts);
    font->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    form->addRow(tr("F&ont:"), font);
    fontSize = new QDoubleSpinBox(q);
    fontSize->setRange(kSmallestFont, kLargestFont);
    fontSize->setSingleStep(0.5);
    fontSize->setDecimals(1);
    fontSize->setSuffix(tr(" pt"));
    form->addRow(tr("&Size:"), fontSize);
    words = new QLineEdit(q);
    words->setPlaceholderText(tr("Your own words, before the rest"));
    form->addRow(tr("C&aption:"), words);
    column->addLayout(form);
    title = new QCheckBox(tr("&Name of the picture above"), q);
    metrics = new QCheckBox(tr("N&umbers"), q);
    plan = new QCheckBox(tr("Bits of each plan"), q);
    for (QCheckBox *box : {title, metrics, plan})
        column->addWidget(box);
}

/// The width stays what it is, in the other unit.
void FigurePage::Private::changeUnit()
{
    const auto now = static_cast<FigureUnit>(unit->currentData().toInt());
    if (now == shownUnit)
        return;
    const double perMillimetre = dpi->value() / kMillimetresPerInch;
    const double value = now == FigureUnit::Pixels ? width->value() * perMillimetre : width->value() / perMillimetre;
    {
        const QSignalBlocker blocker(q);
        setUnitLimits(now);
        width->setValue(value);
    }
    emit q->changed();
}

void FigurePage::Private::setUnitLimits(FigureUnit now)
{
    shownUnit = now;
    const bool pixels = now == FigureUnit::Pixels;
    width->setDecimals(pixels ? 0 : 1);
    width->setRange(pixels ? kFewestFigurePixels : kNarrowestFigure, pixels ? kMostFigurePixels : kWidestFigure);
    width->setSingleStep(pixels ? 10 : 1);
}

FigurePage::FigurePage(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kGrid);
    d->buildPage(column);
    column->addSpacing(kGrid);
    d->buildText(column);

    connect(d->overview, &QComboBox::currentIndexChanged, this, &FigurePage::changed);
    connect(d->unit, &QComboBox::currentIndexChanged, this, [this] { d->changeUnit(); });
    for (QSpinBox *box : {d->columns, d->dpi})
        connect(box, &QSpinBox::valueChanged, this, &FigurePage::changed);
    for (QDoubleSpinBox *box : {d->width, d->fontSize})
        connect(box, &QDoubleSpinBox::valueChanged, this, &FigurePage::changed);
    connect(d->font, &QFontComboBox::currentFontChanged, this, &FigurePage::changed);
    for (QCheckBox *box : {d->title, d->metrics, d->plan})
        connect(box, &QCheckBox::toggled, this, &FigurePage::changed);
    connect(d->words, &QLineEdit::textChanged, this, &FigurePage::changed);
}

FigurePage::~FigurePage() = default;

void FigurePage::setSettings(const FigureSettings &settings)
{
    const QSignalBlocker blocker(this);
    d->overview->setCurrentIndex(d->overview->findData(static_cast<int>(settings.overview)));
    d->columns->setValue(settings.columns);
    d->dpi->setValue(settings.dpi);
    d->setUnitLimits(settings.unit);
    d->unit->setCurrentIndex(d->unit->findData(static_cast<int>(settings.unit)));
    d->width->setValue(settings.width);
    d->font->setCurrentFont(QFont(settings.fontFamily.isEmpty() ? QStringLiteral("DejaVu Sans") : settings.fontFamily));
    d->fontSize->setValue(settings.fontPoints);
    d->title->setChecked(settings.title);
    d->metrics->setChecked(settings.caption.metrics);
    d->plan->setChecked(settings.caption.plan);
    d->words->setText(settings.caption.text);
}

void FigurePage::read(FigureSettings *settings) const
{
    settings->overview = static_cast<FigureOverview>(d->overview->currentData().toInt());
    settings->columns = d->columns->value();
    settings->unit = d->shownUnit;
    settings->width = d->width->value();
    settings->dpi = d->dpi->value();
    settings->fontFamily = d->font->currentFont().family();
    settings->fontPoints = d->fontSize->value();
    settings->title = d->title->isChecked();
    settings->caption = {d->metrics->isChecked(), d->plan->isChecked(), d->words->text()};
}

void FigurePage::setDrawnSize(QSize pixels, double dpi)
{
    const double perPixel = dpi > 0.0 ? kMillimetresPerInch / dpi : 0.0;
    d->size->setText(tr("%1 px, %2 × %3 mm")
                         .arg(formatPixels(pixels.width(), pixels.height()))
                         .arg(pixels.width() * perPixel, 0, 'f', 1)
                         .arg(pixels.height() * perPixel, 0, 'f', 1));
}

} // namespace bitlens::ui
