// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/views/welcomeview.h"

#include "ui/icons.h"
#include "ui/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace bitlens::ui {

namespace {

constexpr int kSymbolSize = 8 * kGrid;
constexpr QSize kFrame(58 * kGrid, 42 * kGrid);

} // namespace

WelcomeView::WelcomeView(QWidget *parent) : QWidget(parent)
{
    m_symbol = new QLabel(this);
    m_symbol->setAlignment(Qt::AlignCenter);
    m_title = new QLabel(tr("Drop an image here"), this);
    m_title->setObjectName(QStringLiteral("welcomeTitle"));
    m_title->setFont(strongFont(TextSize::Title));
    m_title->setAlignment(Qt::AlignCenter);
    m_text = new QLabel(
        tr("It comes back enlarged twice: by the FP32 model and by its quantized twin, with a divider between "
           "them. Several images or a folder become a queue; a model, a plan or a session can be dropped, too."),
        this);
    m_text->setObjectName(QStringLiteral("welcomeText"));
    m_text->setAlignment(Qt::AlignCenter);
    m_text->setWordWrap(true);
    m_open = new QPushButton(tr("Open…"), this);
    m_open->setObjectName(QStringLiteral("welcomeOpen"));
    m_open->setProperty("prominent", true);
    m_open->setToolTip(tr("Choose a picture: PNG, JPEG, TIFF, WebP or BMP"));
    m_sample = new QPushButton(tr("Try the sample"), this);
    m_sample->setObjectName(QStringLiteral("welcomeSample"));
    m_sample->setToolTip(tr("Open the picture that comes with the program"));

    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(kGrid);
    buttons->addStretch();
    buttons->addWidget(m_open);
    buttons->addWidget(m_sample);
    buttons->addStretch();
    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(kGrid);
    layout->addStretch();
    layout->addWidget(m_symbol);
    layout->addSpacing(kGrid);
    layout->addWidget(m_title);
    layout->addWidget(m_text);
    layout->addSpacing(2 * kGrid);
    layout->addLayout(buttons);
    layout->addStretch();

    connect(m_open, &QPushButton::clicked, this, &WelcomeView::openRequested);
    connect(m_sample, &QPushButton::clicked, this, &WelcomeView::sampleRequested);
    applyPalette();
}

void WelcomeView::setHighlighted(bool highlighted)
{
    m_highlighted = highlighted;
    applyPalette();
    update();
}

QRect WelcomeView::frame() const
{
    const QSize size(std::min(kFrame.width(), width() - 4 * kGrid), std::min(kFrame.height(), height() - 4 * kGrid));
    return {QPoint((width() - size.width()) / 2, (height() - size.height()) / 2), size};
}

void WelcomeView::applyPalette()
{
    const QColor quiet = tone(Tone::Secondary, palette());
    const QColor symbol = m_highlighted ? palette().color(QPalette::WindowText) : quiet;
    m_symbol->setPixmap(icon(Icon::Picture, symbol).pixmap(QSize(kSymbolSize, kSymbolSize), devicePixelRatioF()));
    QPalette text = palette();
    text.setColor(QPalette::WindowText, quiet);
    m_text->setPalette(text);
}

void WelcomeView::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyPalette();
}

void WelcomeView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const int margin = std::max(2 * kGrid, frame().left() + 5 * kGrid);
    layout()->setContentsMargins(margin, 0, margin, 0);
}

void WelcomeView::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), palette().color(QPalette::Window));
    QPen pen(m_highlighted ? palette().color(QPalette::WindowText) : tone(Tone::Secondary, palette()), 1.5);
    pen.setDashPattern({4.0, 4.0});
    QColor ground = palette().color(QPalette::WindowText);
    ground.setAlpha(m_highlighted ? 24 : 8);
    painter.setPen(pen);
    painter.setBrush(ground);
    painter.drawRoundedRect(QRectF(frame()), 2 * kGrid, 2 * kGrid);
}

} // namespace bitlens::ui
