// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/activationspanel.h"
#include "ui/plots/histogramplot.h"
#include "ui/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QImage>
#include <QLabel>
#include <QSignalSpy>
#include <QTabBar>
#include <QTest>
#include <QToolButton>

#include <cmath>

using namespace bitlens;
using namespace bitlens::ui;

namespace {

compare::ValueStatistics bell(double centre, int levels)
{
    compare::ValueStatistics values;
    values.fp32 = compare::Histogram(-2.0, 2.0, 64);
    values.quantized = values.fp32;
    values.error = compare::Histogram(-0.1, 0.1, 63);
    for (int i = -300; i <= 300; ++i) {
        const double x = i / 100.0;
        values.fp32.add(centre + x * std::abs(x) / 9.0);
        values.quantized.add(centre + x * std::abs(x) / 9.0 * 0.95);
        values.error.add(x / 40.0);
    }
    values.levels = levels;
    values.levelsUsed = levels * 3 / 4;
    values.clippedShare = 0.0123;
    values.errorDeviation = 0.02;
    values.sqnr = 31.25;
    return values;
}

compare::LayerActivations example()
{
    compare::LayerActivations layer;
    layer.layer = 3;
    layer.path = "body/block1/conv2";
    layer.bits = {8, 6};
    layer.region = {10, 10, 64, 48};
    layer.inputs.push_back({3, "body/block1/conv1", {-1.5F, 1.75F}, false, bell(0.0, 64)});
    layer.inputs.push_back({0, "input", {-0.5F, 1.0F}, true, bell(0.3, 64)});
    layer.weights = bell(0.1, 255);
    return layer;
}

/// How many pixels of a picture are nearer to a colour than to gray.
int pixelsLike(const QImage &picture, const QColor &color)
{
    int count = 0;
    for (int y = 0; y < picture.height(); ++y)
        for (int x = 0; x < picture.width(); ++x) {
            const QColor pixel = picture.pixelColor(x, y);
            const int away = std::abs(pixel.red() - color.red()) + std::abs(pixel.green() - color.green())
                             + std::abs(pixel.blue() - color.blue());
            count += away < 30 ? 1 : 0;
        }
    return count;
}

} // namespace

class ActivationsPanelTest : public QObject {
    Q_OBJECT

    std::unique_ptr<ActivationsPanel> m_panel;

    template <typename Widget>
    Widget *part(const char *name) const
    {
        auto *widget = m_panel->findChild<Widget *>(QLatin1String(name));
        if (!widget)
            qFatal("no %s", name);
        return widget;
    }
    QWidget *canvas() const { return m_panel->plot()->findChild<QWidget *>(); }
    void dragMarker(double from, double to, bool escape = false) const
    {
        const HistogramPlot *plot = m_panel->plot();
        const int y = plot->height() / 3;
        const QPoint start(static_cast<int>(std::lround(plot->pixelOf(from))), y);
        const QPoint end(static_cast<int>(std::lround(plot->pixelOf(to))), y);
        QTest::mousePress(canvas(), Qt::LeftButton, {}, start);
        QTest::mouseMove(canvas(), (start + end) / 2);
        QTest::mouseMove(canvas(), end);
        if (escape)
            QTest::keyClick(m_panel->window()->focusWidget(), Qt::Key_Escape); // where the window sends keys
        QTest::mouseRelease(canvas(), Qt::LeftButton, {}, end);
    }

private slots:
    void init()
    {
        m_panel = std::make_unique<ActivationsPanel>();
        m_panel->resize(900, 260);
        m_panel->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
    }

    void withoutALayerItSaysWhatToDo()
    {
        m_panel->clear("Open a picture first");
        QVERIFY(part<QLabel>("activationsAdvice")->isVisible());
        QVERIFY(!m_panel->plot()->isVisible());
        QVERIFY(m_panel->csv().isEmpty());
        QCOMPARE(m_panel->map(), -1);
    }

    void showsBothSidesInTheirColours()
    {
        m_panel->setActivations(example());
        QCOMPARE(part<QLabel>("activationsLayer")->text(), QStringLiteral("body/block1/conv2"));
        const QString figures = part<QLabel>("activationsFigures")->text();
        QVERIFY2(figures.contains("6 bits, 48 of 64 levels") && figures.contains("1.23 %") && figures.contains("31.2"),
                 qPrintable(figures));
        QImage picture(800, 300, QImage::Format_RGB32);
        m_panel->paintOn(&picture, picture.size(), false);
        QVERIFY(pixelsLike(picture, kFp32Color) > 50);
        QVERIFY(pixelsLike(picture, kQuantizedColor) > 50);
        // The error has one curve only.
        m_panel->setPage(ActivationsPanel::Page::Error);
        m_panel->paintOn(&picture, picture.size(), false);
        QCOMPARE(pixelsLike(picture, kFp32Color), 0);
        QVERIFY(!m_panel->plot()->markers());
        m_panel->setPage(ActivationsPanel::Page::Weights);
        QVERIFY(part<QLabel>("activationsFigures")->text().contains("8 bits, 191 of 255 levels"));
        QVERIFY(!part<QComboBox>("activationsInput")->isVisible());
    }

    void aDraggedMarkerIsAnEdit()
    {
        m_panel->setActivations(example());
        QSignalSpy edited(m_panel.get(), &ActivationsPanel::rangeEdited);
        const double pixel = 4.0 / (m_panel->plot()->pixelOf(1.0) - m_panel->plot()->pixelOf(0.0));
        dragMarker(1.75, 0.8);
        QCOMPARE(edited.count(), 1);
        QCOMPARE(edited.at(0).at(0).toInt(), 3);
        QCOMPARE(edited.at(0).at(1).toDouble(), -1.5);
        QVERIFY(std::abs(edited.at(0).at(2).toDouble() - 0.8) < pixel);
        QVERIFY(std::abs(part<QDoubleSpinBox>("rangeHigh")->value() - 0.8) < pixel);
        // A range contains 0 whatever the hand does.
        dragMarker(-1.5, 0.5);
        QCOMPARE(edited.count(), 2);
        QCOMPARE(edited.at(1).at(1).toDouble(), 0.0);
    }

    void escapeGivesADragUp()
    {
        m_panel->setActivations(example());
        QSignalSpy edited(m_panel.get(), &ActivationsPanel::rangeEdited);
        dragMarker(1.75, 0.8, true);
        QCOMPARE(edited.count(), 0);
        QCOMPARE(m_panel->plot()->markers()->high, 1.75);
        QCOMPARE(part<QDoubleSpinBox>("rangeHigh")->value(), 1.75);
    }

    void aRangeIsTypedToo()
    {
        m_panel->setActivations(example());
        QSignalSpy edited(m_panel.get(), &ActivationsPanel::rangeEdited);
        auto *low = part<QDoubleSpinBox>("rangeLow");
        low->setFocus();
        low->selectAll();
        QTest::keyClicks(low, "-0.25");
        QCOMPARE(edited.count(), 0); // not while typing
        QTest::keyClick(low, Qt::Key_Return);
        QCOMPARE(edited.count(), 1);
        QCOMPARE(edited.at(0).at(1).toDouble(), -0.25);
    }

    void eachInputHasItsRange()
    {
        m_panel->setActivations(example());
        QVERIFY(!part<QToolButton>("rangeReset")->isEnabled());
        auto *inputs = part<QComboBox>("activationsInput");
        QCOMPARE(inputs->count(), 2);
        QTest::keyClick(inputs, Qt::Key_Down);
        QCOMPARE(m_panel->map(), 0);
        QCOMPARE(m_panel->plot()->markers()->high, 1.0);
        QSignalSpy reset(m_panel.get(), &ActivationsPanel::rangeReset);
        QTest::mouseClick(part<QToolButton>("rangeReset"), Qt::LeftButton);
        QCOMPARE(reset.count(), 1);
        QCOMPARE(reset.at(0).at(0).toInt(), 0);
        m_panel->setActivations(example()); // measured again: the choice stays
        QCOMPARE(m_panel->map(), 0);
    }

    void logarithmicAndKeptRange()
    {
        m_panel->setActivations(example());
        const double automatic = m_panel->plot()->rangeHigh();
        QTest::mouseClick(part<QCheckBox>("activationsLog"), Qt::LeftButton, {}, {8, 8});
        QVERIFY(m_panel->plot()->isLogarithmic());
        QTest::mouseClick(part<QCheckBox>("activationsFixed"), Qt::LeftButton, {}, {8, 8});
        compare::LayerActivations wide = example();
        wide.inputs[0].range = {-9.0F, 9.0F};
        m_panel->setActivations(wide);
        QCOMPARE(m_panel->plot()->rangeHigh(), automatic);
        QTest::mouseClick(part<QCheckBox>("activationsFixed"), Qt::LeftButton, {}, {8, 8});
        QVERIFY(m_panel->plot()->rangeHigh() > 9.0);
    }

    void aKeptRangeIsOnlyThatOfTheSameValues()
    {
        m_panel->setActivations(example());
        auto *fixed = part<QCheckBox>("activationsFixed");
        fixed->setChecked(true);
        const double activations = m_panel->plot()->rangeHigh();
        m_panel->setPage(ActivationsPanel::Page::Error); // of ±0.1
        const double error = m_panel->plot()->rangeHigh();
        QVERIFY2(error < 0.2, qPrintable(QString::number(error)));
        compare::LayerActivations wide = example();
        for (auto &input : wide.inputs) {
            input.values.error = compare::Histogram(-3.0, 3.0, 63);
            input.range = {-9.0F, 9.0F};
        }
        m_panel->setActivations(wide); // another plan
        QCOMPARE(m_panel->plot()->rangeHigh(), error);
        wide.path = "tail"; // another layer
        m_panel->setActivations(wide);
        QVERIFY(m_panel->plot()->rangeHigh() >= 3.0);
        m_panel->setPage(ActivationsPanel::Page::Activations);
        QVERIFY(m_panel->plot()->rangeHigh() >= 9.0);
        m_panel->setActivations(example());
        QCOMPARE(m_panel->plot()->rangeHigh(), activations);
        QTest::keyClick(part<QComboBox>("activationsInput"), Qt::Key_Down); // another input, whose markers are nearer
        QVERIFY(m_panel->plot()->rangeHigh() > 1.0);
        QVERIFY(fixed->isChecked());
    }

    void aFloatLayerHasNoMarkers()
    {
        compare::LayerActivations layer = example();
        layer.bits = {quant::kFloatBits, quant::kFloatBits};
        layer.inputs[0].values.levels = 0;
        layer.inputs[0].values.sqnr.reset();
        m_panel->setActivations(layer);
        QVERIFY(!m_panel->plot()->markers());
        QVERIFY(!part<QDoubleSpinBox>("rangeLow")->isVisible());
        QVERIFY(part<QLabel>("activationsFigures")->text().contains("FP32"));
    }

    void numbersAsTable()
    {
        m_panel->setActivations(example());
        const QStringList lines = m_panel->csv().split('\n', Qt::SkipEmptyParts);
        const auto head = lines.indexOf("value,fp32,quantized");
        QVERIFY(head > 0);
        QCOMPARE(lines.size() - head - 1, 64);
        QCOMPARE(lines.at(head + 1).count(','), 2);
        QCOMPARE(m_panel->fileName(), QStringLiteral("body-block1-conv2-activations"));
        m_panel->setPage(ActivationsPanel::Page::Error);
        QVERIFY(m_panel->csv().contains("error,count\n"));
    }

    void aWarningIsShownAndGoes()
    {
        m_panel->setActivations(example());
        QVERIFY(!part<QLabel>("activationsWarning")->isVisible());
        m_panel->setWarning("White is clipped");
        QVERIFY(part<QLabel>("activationsWarning")->isVisible());
        m_panel->setWarning({});
        QVERIFY(!part<QLabel>("activationsWarning")->isVisible());
    }
};

QTEST_MAIN(ActivationsPanelTest)
#include "tst_activationspanel.moc"
