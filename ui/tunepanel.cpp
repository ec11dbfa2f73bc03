// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/tunepanel.h"

#include "ui/format.h"
#include "ui/plots/tuningplot.h"
#include "ui/theme.h"

#include <QDoubleSpinBox>
#include <QEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace bitlens::ui {

namespace {

constexpr double kFirstMinutes = 10.0;
constexpr double kMostMinutes = 24.0 * 60.0;
constexpr int kProgressSteps = 1000;
constexpr int kPreviewSide = 18 * kGrid;

} // namespace

struct TunePanel::Private {
    TunePanel *q;
    State state = State::Idle;
    Point last;
    QLabel *subject = nullptr;
    QLineEdit *folder = nullptr;
    QPushButton *browse = nullptr;
    QDoubleSpinBox *minutes = nullptr;
    QPushButton *start = nullptr;
    QPushButton *anew = nullptr;
    QPushButton *pause = nullptr;
    QPushButton *stop = nullptr;
    QProgressBar *progress = nullptr;
    QLabel *message = nullptr;
    QLabel *kept = nullptr;
    TuningPlot *plot = nullptr;
    QLabel *numbers = nullptr;
    QLabel *guide = nullptr;     ///< before there is anything to be seen
    QWidget *pictures = nullptr; ///< with the previews and their titles
    std::array<QLabel *, 3> previews{};
    QPushButton *use = nullptr;
    QPushButton *save = nullptr;

    QPushButton *button(const QString &text, const char *name, const QString &help) const;
    QHBoxLayout *buildChoices();
    QHBoxLayout *buildButtons();
    void buildPreviews();
    void update();
    void showNumbers();
};

QPushButton *TunePanel::Private::button(const QString &text, const char *name, const QString &help) const
{
    auto *made = new QPushButton(text, q);
    made->setObjectName(QLatin1String(name));
    made->setToolTip(help);
    made->setAutoDefault(false);
    return made;
}

QHBoxLayout *TunePanel::Private::buildChoices()
{
    folder = new QLineEdit(q);
    folder->setObjectName(QStringLiteral("tuneFolder"));
    folder->setPlaceholderText(TunePanel::tr("Folder with photographs"));
    folder->setAccessibleName(TunePanel::tr("Folder with photographs"));
    folder->setToolTip(TunePanel::tr("Crops of these photographs are what is learned from. Some are kept apart to "
                                     "measure on."));
    browse = button(TunePanel::tr("Choose…"), "tuneBrowse", TunePanel::tr("Choose the folder"));
    minutes = new QDoubleSpinBox(q);
    minutes->setObjectName(QStringLiteral("tuneMinutes"));
    minutes->setRange(0.1, kMostMinutes);
    minutes->setDecimals(1);
    minutes->setValue(kFirstMinutes);
    minutes->setSuffix(TunePanel::tr(" min"));
    minutes->setAccessibleName(TunePanel::tr("Minutes to train"));
    minutes->setToolTip(TunePanel::tr("How long to train. The best found by then is kept."));
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    row->addWidget(folder, 1);
    row->addWidget(browse);
    row->addWidget(minutes);
    return row;
}

QHBoxLayout *TunePanel::Private::buildButtons()
{
    start = button(TunePanel::tr("Start"), "tuneStart", TunePanel::tr("Train the quantized model to match FP32"));
    anew = button(TunePanel::tr("Start anew"), "tuneAnew", TunePanel::tr("Forget the earlier run and begin at step 0"));
    pause = button(TunePanel::tr("Pause"), "tunePause", TunePanel::tr("Stop for now; it can go on where it was"));
    stop = button(TunePanel::tr("Stop"), "tuneStop", TunePanel::tr("End now and keep the best so far"));
    progress = new QProgressBar(q);
    progress->setObjectName(QStringLiteral("tuneProgress"));
    progress->setRange(0, kProgressSteps);
    progress->setTextVisible(false);
    progress->setAccessibleName(TunePanel::tr("Progress of training"));
    QSizePolicy place = progress->sizePolicy(); // or the buttons would take its room
    place.setRetainSizeWhenHidden(true);
    progress->setSizePolicy(place);
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    row->addWidget(start);
    row->addWidget(anew);
    row->addWidget(pause);
    row->addWidget(stop);
    row->addWidget(progress, 1);
    return row;
}

void TunePanel::Private::buildPreviews()
{
    guide =
        new QLabel(TunePanel::tr("Tuning teaches the quantized model to do what the FP32 model does. Choose a folder "
                                 "with photographs, and Start: before and after are shown here, and the best that "
                                 "was found is kept."),
                   q);
    guide->setObjectName(QStringLiteral("tuneGuide"));
    guide->setWordWrap(true);
    guide->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    pictures = new QWidget(q);
    auto *row = new QHBoxLayout(pictures);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kGrid);
    const std::array<QString, 3> names{TunePanel::tr("FP32"), TunePanel::tr("Before"), TunePanel::tr("Best so far")};
    const std::array<const char *, 3> objects{"tunePreviewFp32", "tunePreviewBefore", "tunePreviewAfter"};
    for (std::size_t i = 0; i < previews.size(); ++i) {
        auto *column = new QVBoxLayout;
        column->setSpacing(kHalfGrid);
        previews[i] = new QLabel(q);
        previews[i]->setObjectName(QLatin1String(objects[i]));
        previews[i]->setFixedSize(kPreviewSide, kPreviewSide);
        previews[i]->setAlignment(Qt::AlignCenter);
        previews[i]->setAutoFillBackground(true);
        previews[i]->setAccessibleName(TunePanel::tr("Preview: %1").arg(names[i]));
        auto *title = new QLabel(names[i], q);
        title->setFont(textFont(TextSize::Small));
        column->addWidget(title);
        column->addWidget(previews[i]);
        row->addLayout(column);
    }
    row->addStretch(1);
    QSizePolicy place = pictures->sizePolicy(); // nothing jumps when they come
    place.setRetainSizeWhenHidden(true);
    pictures->setSizePolicy(place);
}

TunePanel::TunePanel(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    d->subject = new QLabel(this);
    d->subject->setFont(strongFont(TextSize::Body));
    d->message = new QLabel(this);
    d->message->setObjectName(QStringLiteral("tuneMessage"));
    d->message->setWordWrap(true);
    d->message->setFont(textFont(TextSize::Small));
    d->kept = new QLabel(this);
    d->kept->setObjectName(QStringLiteral("tuneKept"));
    d->kept->setWordWrap(true);
    d->kept->setFont(textFont(TextSize::Small));
    d->numbers = new QLabel(this);
    d->numbers->setObjectName(QStringLiteral("tuneNumbers"));
    d->numbers->setFont(numberFont(TextSize::Body));
    d->numbers->setTextInteractionFlags(Qt::TextSelectableByMouse);
    d->plot = new TuningPlot(this);
    d->use = d->button(tr("Use result"), "tuneUse", tr("Show the tuned model in place of the current quantized one"));
    d->save = d->button(tr("Save…"), "tuneSave", tr("Write the tuned model as a packed file"));

    auto *results = new QHBoxLayout;
    results->setSpacing(kGrid);
    results->addWidget(d->numbers, 1);
    results->addWidget(d->use);
    results->addWidget(d->save);
    auto *left = new QVBoxLayout;
    left->setSpacing(kGrid);
    left->addWidget(d->subject);
    left->addLayout(d->buildChoices());
    left->addLayout(d->buildButtons());
    left->addWidget(d->kept);
    left->addWidget(d->message);
    d->buildPreviews();
    left->addWidget(d->guide);
    left->addStretch(1);
    left->addWidget(d->pictures);
    auto *right = new QVBoxLayout;
    right->setSpacing(kGrid);
    right->addWidget(d->plot, 1);
    right->addLayout(results);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    layout->setSpacing(2 * kGrid);
    layout->addLayout(left, 1);
    layout->addLayout(right, 1);

    connect(d->browse, &QPushButton::clicked, this, &TunePanel::folderRequested);
    connect(d->start, &QPushButton::clicked, this, &TunePanel::startRequested);
    connect(d->anew, &QPushButton::clicked, this, &TunePanel::startAnewRequested);
    connect(d->pause, &QPushButton::clicked, this, &TunePanel::pauseRequested);
    connect(d->stop, &QPushButton::clicked, this, &TunePanel::stopRequested);
    connect(d->use, &QPushButton::clicked, this, &TunePanel::useRequested);
    connect(d->save, &QPushButton::clicked, this, &TunePanel::saveRequested);
    connect(d->folder, &QLineEdit::textChanged, this, [this] {
        d->update();
        emit photoFolderChanged();
    });
    d->update();
}

TunePanel::~TunePanel() = default;

QString TunePanel::photoFolder() const { return d->folder->text().trimmed(); }

double TunePanel::minutes() const { return d->minutes->value(); }

TunePanel::State TunePanel::state() const { return d->state; }

bool TunePanel::hasGain() const { return d->last.best > d->last.before; }

QSize TunePanel::sizeHint() const { return {120 * kGrid, 40 * kGrid}; }

void TunePanel::setPhotoFolder(const QString &folder) { d->folder->setText(folder); }

void TunePanel::setMinutes(double minutes) { d->minutes->setValue(minutes); }

void TunePanel::setState(State state, const QString &reason)
{
    d->state = state;
    d->message->setText(reason);
    d->update();
}

void TunePanel::setSubject(const QString &subject) { d->subject->setText(subject); }

void TunePanel::setKept(const QString &what)
{
    d->kept->setText(what);
    d->update();
}

void TunePanel::setProgress(double fraction, const QString &what)
{
    d->progress->setValue(static_cast<int>(std::clamp(fraction, 0.0, 1.0) * kProgressSteps));
    if (d->state == State::Preparing || d->state == State::Running)
        d->message->setText(what);
}

void TunePanel::clearCourse()
{
    d->last = {};
    d->plot->clear();
    for (QLabel *preview : d->previews)
        preview->clear();
    d->update();
}

void TunePanel::addPoint(const Point &point)
{
    d->last = point;
    d->plot->setBefore(point.before);
    d->plot->addPoint(point.step, point.loss, point.psnr);
    d->update();
}

void TunePanel::setPreview(const QImage &fp32, const QImage &before, const QImage &after)
{
    const std::array<const QImage *, 3> pictures{&fp32, &before, &after};
    for (std::size_t i = 0; i < pictures.size(); ++i)
        if (!pictures[i]->isNull())
            d->previews[i]->setPixmap(QPixmap::fromImage(
                pictures[i]->scaled(kPreviewSide, kPreviewSide, Qt::KeepAspectRatio, Qt::SmoothTransformation)));
    d->update();
}

void TunePanel::Private::showNumbers()
{
    if (last.before <= 0.0) {
        numbers->clear();
        return;
    }
    const double gain = last.best - last.before;
    numbers->setText(TunePanel::tr("To FP32: before %1 · best %2 (%3 dB)")
                         .arg(formatDecibels(last.before), formatDecibels(last.best), formatDifference(gain, 2)));
}

void TunePanel::Private::update()
{
    const bool rests = state == State::Idle || state == State::Paused || state == State::Finished;
    const bool runs = state == State::Preparing || state == State::Running;
    const bool isFresh = state == State::Idle || state == State::Finished;
    folder->setEnabled(isFresh);
    browse->setEnabled(isFresh);
    minutes->setEnabled(isFresh);
    start->setEnabled(rests && !q->photoFolder().isEmpty());
    const bool continues = state == State::Paused || (isFresh && !kept->text().isEmpty());
    start->setText(continues ? TunePanel::tr("Continue") : TunePanel::tr("Start"));
    const bool offersBoth = isFresh && continues;
    anew->setVisible(offersBoth);
    anew->setEnabled(start->isEnabled());
    kept->setVisible(offersBoth);
    pause->setEnabled(state == State::Running);
    stop->setEnabled(runs || state == State::Paused);
    progress->setVisible(runs || state == State::Pausing || state == State::Paused);
    const bool hasResult = (state == State::Paused || state == State::Finished) && q->hasGain();
    use->setEnabled(hasResult);
    save->setEnabled(hasResult);
    const bool hasPictures = !previews.front()->pixmap().isNull();
    pictures->setVisible(hasPictures);
    guide->setVisible(!hasPictures && isFresh && !offersBoth);
    QPalette quiet = q->palette();
    quiet.setColor(QPalette::WindowText, tone(Tone::Secondary, q->palette()));
    guide->setPalette(quiet);
    showNumbers();
}

void TunePanel::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::FontChange || event->type() == QEvent::PaletteChange)
        d->update();
    QWidget::changeEvent(event);
}

} // namespace bitlens::ui
