// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/readoutspanel.h"

#include "ui/chip.h"
#include "ui/explainlabel.h"
#include "ui/latencyreadouts.h"
#include "ui/noticelabel.h"
#include "ui/readoutrows.h"
#include "ui/regionreadouts.h"
#include "ui/stagereadouts.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <map>

namespace bitlens::ui {

namespace {

constexpr int kPanelWidth = 27 * kGrid;
/// Share of the text's strength that a number keeps while it is out of date.
constexpr double kDimmed = 0.45;

/// A thin line between groups.
class GroupLine : public QWidget {
public:
    explicit GroupLine(QWidget *parent) : QWidget(parent) { setFixedHeight(kGrid + 1); }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter(this).fillRect(0, kHalfGrid, width(), 1, tone(Tone::Separator, palette()));
    }
};

} // namespace

struct ReadoutsPanel::Private {
    struct Row {
        ExplainLabel *name = nullptr;
        ExplainLabel *fp32 = nullptr;
        ExplainLabel *quantized = nullptr;
        ExplainLabel *change = nullptr; ///< null for readouts that have none
    };

    ReadoutsPanel *q;
    QWidget *content = nullptr;
    QGridLayout *grid = nullptr;
    std::map<Readout, Row> rows;
    QWidget *referenceLine = nullptr;
    QWidget *perceptualLine = nullptr;
    QLabel *changeHead = nullptr;
    QWidget *kernelsLine = nullptr;
    QLabel *kernels = nullptr;
    compare::SideReport fp32, quantized;
    bool recomputingFp32 = false;
    bool recomputingQuantized = false;
    bool reference = false;
    compare::SideReport shownFp32, shownQuantized; ///< the last Ma and PI that were computed
    bool pendingFp32 = false;                      ///< Ma and PI are being computed
    bool pendingQuantized = false;
    bool maInstalled = true; ///< until somebody knows better
    QPushButton *installMa = nullptr;
    QCheckBox *regionBox = nullptr;
    RegionReadouts *region = nullptr;
    LatencyReadouts *latency = nullptr;
    QWidget *sharesLine = nullptr;
    StageReadouts *shares = nullptr;
    NoticeLabel *warning = nullptr;

    ExplainLabel *makeNumber(Readout readout, const char *part, bool strong) const;
    QWidget *addLine();
    void addRow(Readout readout);
    void setColor(QLabel *label, const QColor &color, bool dimmed) const;
    void showValue(Readout readout, ExplainLabel *label, const compare::SideReport &report, bool dimmed) const;
    void addPerceptual();
    void refresh();
    void refreshPerceptual();
    void alignColumns() const;
    void refreshKernels();
};

ExplainLabel *ReadoutsPanel::Private::makeNumber(Readout readout, const char *part, bool strong) const
{
    auto *label = new ExplainLabel({}, content);
    label->setObjectName(readoutKey(readout) + QLatin1Char('.') + QLatin1String(part));
    QFont font = numberFont(strong ? TextSize::Small : TextSize::Body);
    font.setWeight(strong ? QFont::DemiBold : QFont::Normal);
    label->setFont(font);
    label->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    label->setTextFormat(Qt::PlainText);
    label->setExplanation({});
    return label;
}

QWidget *ReadoutsPanel::Private::addLine()
{
    auto *line = new GroupLine(content);
    grid->addWidget(line, grid->rowCount(), 0, 1, 3);
    return line;
}

void ReadoutsPanel::Private::addRow(Readout readout)
{
    Row row;
    row.name = new ExplainLabel(readoutName(readout), content);
    row.name->setFont(textFont(TextSize::Small));
    row.name->setContentsMargins(0, kHalfGrid, 0, 0);
    row.name->setToolTip(readoutHelp(readout));
    row.name->setWhatsThis(readoutHelp(readout));
    row.quantized = makeNumber(readout, "quantized", false);
    const int line = grid->rowCount();
    grid->addWidget(row.name, line, 0, 1, 3, Qt::AlignLeft);
    grid->addWidget(row.quantized, line + 1, 1);
    if (!isFidelity(readout)) {
        row.fp32 = makeNumber(readout, "fp32", false);
        row.change = makeNumber(readout, "change", true);
        grid->addWidget(row.fp32, line + 1, 0);
        grid->addWidget(row.change, line + 1, 2);
    }
    rows[readout] = row;
}

void ReadoutsPanel::Private::setColor(QLabel *label, const QColor &color, bool dimmed) const
{
    QColor shown = color;
    if (dimmed)
        shown.setAlphaF(static_cast<float>(kDimmed));
    QPalette palette = q->palette();
    palette.setColor(QPalette::WindowText, shown);
    label->setPalette(palette);
}

void ReadoutsPanel::Private::showValue(Readout readout, ExplainLabel *label, const compare::SideReport &report,
                                       bool dimmed) const
{
    const ReadoutValue value = readoutValue(readout, report);
    label->setText(value.text);
    label->setExplanation(value.reason);
    label->setToolTip(value.reason.isEmpty() ? readoutHelp(readout) : value.reason);
    label->setAccessibleName(readoutName(readout) + QLatin1Char(' ') + value.text);
    const QColor color = value.number ? q->palette().color(QPalette::WindowText) : tone(Tone::Secondary, q->palette());
    setColor(label, color, dimmed && value.number);
}

void ReadoutsPanel::Private::refresh()
{
    shares->setDimmed(recomputingQuantized, latency->isDimmed());
    const bool dimmed = recomputingFp32 || recomputingQuantized;
    bool perceptual = false;
    for (const Readout readout : kReadouts) {
        Row &row = rows[readout];
        bool visible = !needsReference(readout) || reference;
        if (isPerceptual(readout)) { // only once somebody has measured them, or says why not
            const ReadoutValue first = readoutValue(readout, fp32);
            const ReadoutValue second = readoutValue(readout, quantized);
            visible = first.number || second.number || !first.reason.isEmpty() || !second.reason.isEmpty()
                      || (readout != Readout::Niqe && (pendingFp32 || pendingQuantized));
            perceptual = perceptual || visible;
        }
        setColor(row.name, tone(Tone::Secondary, q->palette()), false);
        const bool late = readout == Readout::Ma || readout == Readout::Pi;
        if (row.fp32)
            showValue(readout, row.fp32, fp32, recomputingFp32 || (late && pendingFp32));
        showValue(readout, row.quantized, quantized,
                  isFidelity(readout) ? dimmed : recomputingQuantized || (late && pendingQuantized));
        if (row.change) {
            const ReadoutChange change = readoutChange(readout, fp32, quantized);
            const bool better = change.verdict == ReadoutChange::Verdict::Better;
            const Tone meaning = change.verdict == ReadoutChange::Verdict::Same ? Tone::Secondary
                                 : better                                       ? Tone::Better
                                                                                : Tone::Worse;
            row.change->setText(change.text);
            row.change->setToolTip(change.text.isEmpty() ? QString() : ReadoutsPanel::tr("From FP32 to quantized"));
            setColor(row.change, tone(meaning, q->palette()), dimmed || (late && (pendingFp32 || pendingQuantized)));
        }
        for (ExplainLabel *label : {row.name, row.fp32, row.quantized, row.change}) {
            if (label)
                label->setVisible(visible);
        }
    }
    referenceLine->setVisible(reference);
    perceptualLine->setVisible(perceptual);
    setColor(changeHead, tone(Tone::Secondary, q->palette()), false);
    refreshPerceptual();
    if (q->isVisible())
        alignColumns();
    latency->setVisible(fp32.seconds > 0.0 || quantized.seconds > 0.0);
    refreshKernels();
}

void ReadoutsPanel::Private::refreshPerceptual()
{
    const bool known = fp32.niqe.value || quantized.niqe.value || !fp32.niqe.reason.empty();
    installMa->setVisible(known && !maInstalled);
    regionBox->setVisible(known);
    region->setVisible(known && regionBox->isChecked());
}

/// The columns of the parts stand below those of the panel.
void ReadoutsPanel::Private::alignColumns() const
{
    grid->activate();
    std::array<int, 3> widths{};
    for (int column = 0; column < 3; ++column)
        widths[static_cast<std::size_t>(column)] = std::max(1, grid->cellRect(0, column).width());
    latency->setColumnWidths(widths);
    region->setColumnWidths(widths);
}

void ReadoutsPanel::Private::addPerceptual()
{
    installMa = new QPushButton(content);
    installMa->setObjectName(QStringLiteral("installMa"));
    installMa->setFont(textFont(TextSize::Small));
    installMa->setText(ReadoutsPanel::tr("Install Ma model…"));
    installMa->setToolTip(ReadoutsPanel::tr("Ma and PI need a model that its authors publish: download it, or name the "
                                            "file model.mat. NIQE works without it."));
    installMa->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    grid->addWidget(installMa, grid->rowCount(), 0, 1, 3);
    regionBox = new QCheckBox(content);
    regionBox->setObjectName(QStringLiteral("regionScores"));
    regionBox->setFont(textFont(TextSize::Small));
    q->setRegionSelected(false);
    grid->addWidget(regionBox, grid->rowCount(), 0, 1, 3);
    region = new RegionReadouts(content);
    grid->addWidget(region, grid->rowCount(), 0, 1, 3);
    QObject::connect(installMa, &QPushButton::clicked, q,
                     [this] { emit q->maModelRequested(installMa->mapToGlobal(installMa->rect().bottomLeft())); });
    QObject::connect(regionBox, &QCheckBox::toggled, q, [this](bool wanted) {
        refreshPerceptual();
        emit q->regionToggled(wanted);
    });
}

void ReadoutsPanel::Private::refreshKernels()
{
    QStringList texts;
    if (!fp32.backend.empty())
        texts << ReadoutsPanel::tr("FP32: %1").arg(QString::fromStdString(fp32.backend));
    if (!quantized.backend.empty())
        texts << ReadoutsPanel::tr("Quantized: %1").arg(QString::fromStdString(quantized.backend));
    kernels->setText(texts.join(QLatin1Char('\n')));
    kernels->setVisible(!texts.isEmpty());
    kernelsLine->setVisible(!texts.isEmpty());
    setColor(kernels, tone(Tone::Secondary, q->palette()), false);
}

ReadoutsPanel::ReadoutsPanel(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    auto *scroll = new QScrollArea(this);
    scroll->setAccessibleName(tr("Readouts"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    d->content = new QWidget(scroll);
    d->grid = new QGridLayout(d->content);
    d->grid->setContentsMargins(kGrid + kHalfGrid, kHalfGrid, kGrid, kGrid);
    d->grid->setHorizontalSpacing(kHalfGrid);
    d->grid->setVerticalSpacing(1);
    for (int columnNumber = 0; columnNumber < 3; ++columnNumber)
        d->grid->setColumnStretch(columnNumber, 1);
    auto *fp32 = new Chip(tr("FP32"), kFp32Color, d->content);
    fp32->setToolTip(tr("The original model, computed in 32-bit floating point"));
    auto *quantized = new Chip(tr("Quantized"), kQuantizedColor, d->content);
    quantized->setToolTip(tr("The same model with the bit widths of the plan, computed in integers"));
    d->changeHead = new QLabel(tr("Change"), d->content);
    d->changeHead->setFont(textFont(TextSize::Small));
    d->changeHead->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    d->grid->addWidget(fp32, 0, 0, Qt::AlignRight);
    d->grid->addWidget(quantized, 0, 1, Qt::AlignRight);
    d->grid->addWidget(d->changeHead, 0, 2);
    d->addLine();
    d->warning = new NoticeLabel(d->content);
    d->warning->setObjectName(QStringLiteral("readoutsWarning"));
    d->warning->setFont(textFont(TextSize::Small));
    d->warning->setContentsMargins(kHalfGrid, kHalfGrid, kHalfGrid, kHalfGrid);
    d->grid->addWidget(d->warning, d->grid->rowCount(), 0, 1, 3);
    d->addRow(Readout::Size);
    d->addRow(Readout::Time);
    d->latency = new LatencyReadouts(d->content);
    d->grid->addWidget(d->latency, d->grid->rowCount(), 0, 1, 3);
    connect(d->latency, &LatencyReadouts::measureRequested, this, &ReadoutsPanel::measureRequested);
    connect(d->latency, &LatencyReadouts::measureCancelled, this, &ReadoutsPanel::measureCancelled);
    connect(d->latency, &LatencyReadouts::dimmedChanged, this, [this] { d->refresh(); });
    d->addLine();
    d->addRow(Readout::PsnrFp32);
    d->addRow(Readout::SsimFp32);
    d->referenceLine = d->addLine();
    d->addRow(Readout::PsnrHr);
    d->addRow(Readout::SsimHr);
    d->perceptualLine = d->addLine();
    d->addRow(Readout::Niqe);
    d->addRow(Readout::Ma);
    d->addRow(Readout::Pi);
    d->addPerceptual();
    d->sharesLine = d->addLine();
    d->shares = new StageReadouts(d->content);
    d->grid->addWidget(d->shares, d->grid->rowCount(), 0, 1, 3);
    connect(d->shares, &StageReadouts::stageClicked, this, &ReadoutsPanel::stageClicked);
    d->kernelsLine = d->addLine();
    d->kernels = new QLabel(d->content);
    d->kernels->setObjectName(QStringLiteral("kernels"));
    d->kernels->setFont(textFont(TextSize::Small));
    d->kernels->setWordWrap(true);
    d->kernels->setTextFormat(Qt::PlainText);
    d->kernels->setToolTip(
        tr("What computed each side. A layer that ran through float arithmetic counts as simulated, and "
           "its time does not count as that of an integer kernel."));
    d->grid->addWidget(d->kernels, d->grid->rowCount(), 0, 1, 3);
    d->grid->setRowStretch(d->grid->rowCount(), 1);
    scroll->setWidget(d->content);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(scroll);
    setAccessibleName(tr("Readouts"));
    setStageShares({});
    d->refresh();
}

ReadoutsPanel::~ReadoutsPanel() = default;

QSize ReadoutsPanel::sizeHint() const { return {kPanelWidth, 50 * kGrid}; }

QSize ReadoutsPanel::minimumSizeHint() const { return {d->content->minimumSizeHint().width(), 12 * kGrid}; }

void ReadoutsPanel::clear()
{
    d->fp32 = {};
    d->quantized = {};
    d->recomputingFp32 = false;
    d->recomputingQuantized = false;
    d->pendingFp32 = d->pendingQuantized = false;
    d->shownFp32 = d->shownQuantized = {};
    d->latency->setLatency({});
    d->region->setScores({}, false, {}, {});
    setStageShares({});
    setWarning({});
    d->refresh();
}

void ReadoutsPanel::setReport(const compare::Report &report)
{
    d->fp32 = report.fp32;
    d->quantized = report.quantized;
    d->recomputingFp32 = false;
    d->recomputingQuantized = false;
    d->refresh();
}

void ReadoutsPanel::setSideReport(compare::Side side, const compare::SideReport &report)
{
    (side == compare::Side::Fp32 ? d->fp32 : d->quantized) = report;
    (side == compare::Side::Fp32 ? d->recomputingFp32 : d->recomputingQuantized) = false;
    d->refresh();
}

void ReadoutsPanel::setRecomputing(compare::Side side, bool recomputing)
{
    (side == compare::Side::Fp32 ? d->recomputingFp32 : d->recomputingQuantized) = recomputing;
    d->refresh();
}

void ReadoutsPanel::setReferenceAvailable(bool available)
{
    d->reference = available;
    d->refresh();
}

void ReadoutsPanel::setPerceptual(compare::Side side, const compare::Metric &ma, const compare::Metric &pi,
                                  bool pending)
{
    compare::SideReport &report = side == compare::Side::Fp32 ? d->fp32 : d->quantized;
    compare::SideReport &shown = side == compare::Side::Fp32 ? d->shownFp32 : d->shownQuantized;
    const bool isEmpty = !ma.value && ma.reason.empty();
    if (pending && isEmpty) { // a result came before its scores: what was shown stays
        report.ma = shown.ma;
        report.pi = shown.pi;
    } else {
        report.ma = shown.ma = ma;
        report.pi = shown.pi = pi;
    }
    (side == compare::Side::Fp32 ? d->pendingFp32 : d->pendingQuantized) = pending;
    d->refresh();
}

void ReadoutsPanel::setMaModelInstalled(bool installed)
{
    d->maInstalled = installed;
    d->refreshPerceptual();
}

void ReadoutsPanel::setRegionWanted(bool wanted) { d->regionBox->setChecked(wanted); }

void ReadoutsPanel::setRegionSelected(bool selected)
{
    d->regionBox->setText(selected ? tr("Selected region too") : tr("Visible part too"));
    d->regionBox->setToolTip(
        selected ? tr("Scores of the region that is selected on the picture, beside those of the whole")
                 : tr("Scores of what the view shows, beside those of the whole picture. Analyse > Select region "
                      "chooses another part."));
}

void ReadoutsPanel::setRegionScores(const QRect &part, const compare::SideReport &fp32,
                                    const compare::SideReport &quantized, bool selected)
{
    d->region->setScores(part, selected, fp32, quantized);
}

void ReadoutsPanel::setRegionPending(bool pending) { d->region->setPending(pending); }

void ReadoutsPanel::setLatency(const std::optional<Latency> &latency) { d->latency->setLatency(latency); }

void ReadoutsPanel::setLatencyStale(bool stale) { d->latency->setStale(stale); }

void ReadoutsPanel::setMeasuring(bool measuring) { d->latency->setMeasuring(measuring); }

void ReadoutsPanel::setStageShares(const QList<StageShare> &shares)
{
    d->shares->setShares(shares);
    d->sharesLine->setVisible(!shares.isEmpty());
}

void ReadoutsPanel::setWarning(const QString &warning) { d->warning->setNotice(warning); }

void ReadoutsPanel::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    d->alignColumns();
}

void ReadoutsPanel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        d->refresh();
}

} // namespace bitlens::ui
