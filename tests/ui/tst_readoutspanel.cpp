// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/ui/uifixtures.h"
#include "ui/explainlabel.h"
#include "ui/readoutspanel.h"
#include "ui/sharebar.h"
#include "ui/theme.h"

#include <QAbstractButton>
#include <QApplication>
#include <QCheckBox>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QWhatsThis>

using namespace bitlens;
using namespace bitlens::ui;

class ReadoutsPanelTest : public QObject {
    Q_OBJECT

private slots:
    void init();
    void showsBothSidesAndTheChange();
    void colourAndSignSayBetterOrWorse();
    void missingNumbersSayWhy();
    void referenceRowsAreShownWithAReference();
    void recomputingDimsAndKeepsTheNumber();
    void numbersAreRightAligned();
    void identicalPicturesAreInfinitelyClose();
    void followsThePalette();
    void maAndPiComeLaterAndKeepTheirPlace();
    void aMissingMaModelHasAButton();
    void thePartHasItsOwnLabelledScores();
    void latencyWithItsSpread();
    void stagesShareTimeAndSize();
    void sharesDimWithTheirNumbers();
    void aClickExplains();
    void aMissingNumberSaysWhyWhenItIsAsked();
    void aWarningStandsAboveTheNumbers();

private:
    QLabel *label(const char *name) const
    {
        auto *found = m_panel->findChild<QLabel *>(QLatin1String(name));
        Q_ASSERT(found);
        return found;
    }
    QString text(const char *name) const { return label(name)->text().replace(QChar(0x00A0), QLatin1Char(' ')); }
    QColor color(const char *name) const { return label(name)->palette().color(QPalette::WindowText); }

    std::unique_ptr<ReadoutsPanel> m_panel;
};

void ReadoutsPanelTest::init()
{
    m_panel = std::make_unique<ReadoutsPanel>();
    m_panel->show();
}

void ReadoutsPanelTest::aMissingNumberSaysWhyWhenItIsAsked()
{
    compare::Report report = test::exampleReport();
    report.quantized.niqe.value.reset();
    report.quantized.niqe.reason = "the picture is too small";
    report.fp32.niqe.value = 3.25;
    m_panel->setReport(report);
    QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
    QLabel *missing = label("niqe.quantized");
    const auto takesTab = [](const QWidget *widget) { return (widget->focusPolicy() & Qt::TabFocus) == Qt::TabFocus; };
    const auto said = [] {
        for (QWidget *widget : QApplication::topLevelWidgets())
            if (widget->isVisible() && widget->inherits("QWhatsThat"))
                return true;
        return false;
    };
    QCOMPARE(missing->text(), QStringLiteral("n/a"));
    QVERIFY(takesTab(missing));
    QCOMPARE(missing->whatsThis(), QStringLiteral("the picture is too small"));
    QCOMPARE(missing->accessibleDescription(), QStringLiteral("the picture is too small"));
    QTest::mouseClick(missing, Qt::LeftButton);
    QVERIFY(said());
    QWhatsThis::hideText();
    QTRY_VERIFY(!said());
    QTest::keyClick(missing, Qt::Key_Return);
    QVERIFY(said());
    QWhatsThis::hideText();
    QTRY_VERIFY(!said());
    // A number that is there has nothing to explain and can be copied.
    QLabel *there = label("niqe.fp32");
    QTest::mouseClick(there, Qt::LeftButton);
    QVERIFY(!said());
    QVERIFY(there->textInteractionFlags().testFlag(Qt::TextSelectableByMouse));
    report.quantized.niqe.value = 3.5;
    m_panel->setReport(report);
    QVERIFY(missing->whatsThis().isEmpty() && !takesTab(missing));
}

void ReadoutsPanelTest::aWarningStandsAboveTheNumbers()
{
    m_panel->setReport(test::exampleReport());
    auto *warning = m_panel->findChild<QLabel *>("readoutsWarning");
    QVERIFY(!warning->isVisible());
    m_panel->setWarning("White is clipped");
    QVERIFY(warning->isVisible());
    QCOMPARE(warning->text(), QStringLiteral("White is clipped"));
    QTRY_VERIFY(warning->geometry().bottom() <= label("size.fp32")->geometry().top());
    QCOMPARE(warning->palette().color(QPalette::Window), tone(Tone::WarningBack, m_panel->palette()));
    m_panel->clear(); // another picture
    QVERIFY(!warning->isVisible());
}

void ReadoutsPanelTest::showsBothSidesAndTheChange()
{
    QCOMPARE(text("size.fp32"), QStringLiteral("–"));
    m_panel->setReport(test::exampleReport());
    QCOMPARE(text("size.fp32"), QStringLiteral("6.20 MB"));
    QCOMPARE(text("size.quantized"), QStringLiteral("1.57 MB"));
    QCOMPARE(text("size.change"), QChar(0x2212) + QStringLiteral("74.6 %"));
    QCOMPARE(text("time.fp32"), QStringLiteral("1.21 s"));
    QCOMPARE(text("time.quantized"), QStringLiteral("0.204 s"));
    QCOMPARE(text("time.change"), QChar(0x2212) + QStringLiteral("83.1 %"));
    QCOMPARE(text("psnrFp32.quantized"), QStringLiteral("53.14 dB"));
    QCOMPARE(text("ssimFp32.quantized"), QStringLiteral("0.9987"));
    QVERIFY(text("kernels").contains(QStringLiteral("integer (AVX2)")));
    m_panel->clear();
    QCOMPARE(text("size.fp32"), QStringLiteral("–"));
    QCOMPARE(text("size.change"), QString());
}

void ReadoutsPanelTest::colourAndSignSayBetterOrWorse()
{
    compare::Report report = test::exampleReport();
    m_panel->setReferenceAvailable(true);
    m_panel->setReport(report);
    const QPalette palette = m_panel->palette();
    QCOMPARE(color("size.change"), tone(Tone::Better, palette));  // smaller is better
    QCOMPARE(color("psnrHr.change"), tone(Tone::Worse, palette)); // lower is worse
    QVERIFY(text("psnrHr.change").startsWith(QChar(0x2212)));
    QCOMPARE(color("niqe.change"), tone(Tone::Better, palette)); // lower is better
    report.quantized.bytes = report.fp32.bytes * 2;
    report.quantized.seconds = report.fp32.seconds;
    m_panel->setReport(report);
    QCOMPARE(color("size.change"), tone(Tone::Worse, palette));
    QVERIFY(text("size.change").startsWith(QLatin1Char('+')));
    QCOMPARE(color("time.change"), tone(Tone::Secondary, palette));
    QVERIFY(text("time.change").startsWith(QChar(0x00B1)));
}

void ReadoutsPanelTest::missingNumbersSayWhy()
{
    QVERIFY(!label("ma.fp32")->isVisible()); // nobody has measured it, nobody said why not
    m_panel->setReport(test::exampleReport());
    QVERIFY(label("ma.fp32")->isVisible());
    QCOMPARE(text("ma.fp32"), QStringLiteral("n/a"));
    QCOMPARE(label("ma.fp32")->toolTip(), QStringLiteral("the Ma model is not installed"));
    QVERIFY(label("size.fp32")->toolTip().contains(QStringLiteral("better")));
}

void ReadoutsPanelTest::referenceRowsAreShownWithAReference()
{
    m_panel->setReport(test::exampleReport());
    QVERIFY(!label("psnrHr.fp32")->isVisible());
    m_panel->setReferenceAvailable(true);
    QVERIFY(label("psnrHr.fp32")->isVisible());
    QCOMPARE(text("psnrHr.fp32"), QStringLiteral("30.66 dB"));
}

void ReadoutsPanelTest::recomputingDimsAndKeepsTheNumber()
{
    const compare::Report report = test::exampleReport();
    m_panel->setReport(report);
    QCOMPARE(color("size.quantized").alpha(), 255);
    m_panel->setRecomputing(compare::Side::Quantized, true);
    QVERIFY(color("size.quantized").alpha() < 200);
    QVERIFY(color("psnrFp32.quantized").alpha() < 200);
    QCOMPARE(color("size.fp32").alpha(), 255);
    QCOMPARE(text("size.quantized"), QStringLiteral("1.57 MB"));
    compare::SideReport side = report.quantized;
    side.bytes = 2000000;
    m_panel->setSideReport(compare::Side::Quantized, side);
    QCOMPARE(text("size.quantized"), QStringLiteral("2.00 MB"));
    QCOMPARE(color("size.quantized").alpha(), 255);
    QCOMPARE(text("size.fp32"), QStringLiteral("6.20 MB"));
}

void ReadoutsPanelTest::numbersAreRightAligned()
{
    m_panel->setReport(test::exampleReport());
    for (const char *name : {"size.fp32", "size.quantized", "time.change", "psnrFp32.quantized"})
        QVERIFY(label(name)->alignment().testFlag(Qt::AlignRight));
    QCOMPARE(label("size.quantized")->mapToGlobal(label("size.quantized")->rect().topRight()).x(),
             label("psnrFp32.quantized")->mapToGlobal(label("psnrFp32.quantized")->rect().topRight()).x());
}

void ReadoutsPanelTest::identicalPicturesAreInfinitelyClose()
{
    compare::Report report = test::exampleReport();
    report.quantized.psnrFp32.value = std::numeric_limits<double>::infinity();
    m_panel->setReport(report);
    QCOMPARE(text("psnrFp32.quantized"), QString(QChar(0x221E)) + QStringLiteral(" dB"));
}

void ReadoutsPanelTest::followsThePalette()
{
    m_panel->setReport(test::exampleReport());
    m_panel->setPalette(darkPalette());
    QCOMPARE(color("size.change"), tone(Tone::Better, darkPalette()));
    m_panel->setPalette(lightPalette());
    QCOMPARE(color("size.change"), tone(Tone::Better, lightPalette()));
}

void ReadoutsPanelTest::maAndPiComeLaterAndKeepTheirPlace()
{
    using compare::Metric;
    compare::Report report = test::exampleReport();
    m_panel->setReport(report);
    m_panel->setPerceptual(compare::Side::Quantized, {}, {}, true);
    QCOMPARE(text("ma.quantized"), QStringLiteral("–")); // nothing to keep yet, and no longer "n/a"
    m_panel->setPerceptual(compare::Side::Quantized, Metric::of(8.5), Metric::of(2.31), false);
    m_panel->setPerceptual(compare::Side::Fp32, Metric::of(8.6), Metric::of(2.25), false);
    QCOMPARE(text("pi.quantized"), QStringLiteral("2.31"));
    QCOMPARE(text("pi.change"), QStringLiteral("+0.06"));
    QCOMPARE(color("pi.change"), tone(Tone::Worse, m_panel->palette()));
    QCOMPARE(color("pi.quantized").alpha(), 255);
    // The next result comes without them: the old ones stay, dimmed, until the new ones are there.
    m_panel->setReport(report);
    m_panel->setPerceptual(compare::Side::Quantized, {}, {}, true);
    QCOMPARE(text("pi.quantized"), QStringLiteral("2.31"));
    QVERIFY(color("pi.quantized").alpha() < 200);
    QCOMPARE(color("niqe.quantized").alpha(), 255);
    m_panel->setPerceptual(compare::Side::Quantized, Metric::notAvailable("flat image"),
                           Metric::notAvailable("flat image"), false);
    QCOMPARE(text("ma.quantized"), QStringLiteral("n/a"));
    QCOMPARE(label("pi.quantized")->toolTip(), QStringLiteral("flat image"));
    m_panel->clear();
    m_panel->setPerceptual(compare::Side::Fp32, {}, {}, true);
    QCOMPARE(text("pi.fp32"), QStringLiteral("–"));
}

void ReadoutsPanelTest::aMissingMaModelHasAButton()
{
    auto *install = m_panel->findChild<QAbstractButton *>(QStringLiteral("installMa"));
    m_panel->setReport(test::exampleReport());
    QVERIFY(!install->isVisible());
    m_panel->setMaModelInstalled(false);
    QVERIFY(install->isVisible());
    QSignalSpy requested(m_panel.get(), &ReadoutsPanel::maModelRequested);
    QTest::mouseClick(install, Qt::LeftButton);
    QCOMPARE(requested.count(), 1);
    m_panel->setMaModelInstalled(true);
    QVERIFY(!install->isVisible());
}

void ReadoutsPanelTest::thePartHasItsOwnLabelledScores()
{
    m_panel->setReport(test::exampleReport());
    auto *box = m_panel->findChild<QCheckBox *>(QStringLiteral("regionScores"));
    QVERIFY(!label("region.title")->isVisible());
    QSignalSpy toggled(m_panel.get(), &ReadoutsPanel::regionToggled);
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Space);
    QCOMPARE(toggled.count(), 1);
    QVERIFY(label("region.title")->isVisible());
    compare::SideReport fp32, quantized;
    fp32.niqe.value = 4.0;
    quantized.niqe.value = 4.5;
    quantized.psnrFp32.value = 48.125;
    fp32.ma.reason = "Ma model not installed";
    m_panel->setRegionScores({16, 8, 320, 240}, fp32, quantized);
    const QString title = text("region.title");
    QVERIFY2(title.contains("320") && title.contains("240") && title.contains("16, 8"), qPrintable(title));
    QCOMPARE(text("region.niqe.change"), QStringLiteral("+0.50"));
    QVERIFY(text("region.psnrFp32.quantized").startsWith("48.1"));
    QCOMPARE(text("region.ma.fp32"), QStringLiteral("n/a"));
    QVERIFY(text("niqe.fp32") != text("region.niqe.fp32")); // the whole picture keeps its own
    m_panel->setRegionPending(true);
    QVERIFY(color("region.niqe.fp32").alpha() < 200);
}

void ReadoutsPanelTest::latencyWithItsSpread()
{
    m_panel->setReport(test::exampleReport());
    auto *measure = m_panel->findChild<QAbstractButton *>(QStringLiteral("measureLatency"));
    QSignalSpy requested(m_panel.get(), &ReadoutsPanel::measureRequested);
    QSignalSpy cancelled(m_panel.get(), &ReadoutsPanel::measureCancelled);
    QVERIFY(!label("latency.fp32")->isVisible());
    QTest::mouseClick(measure, Qt::LeftButton);
    m_panel->setMeasuring(true);
    QTest::mouseClick(measure, Qt::LeftButton);
    m_panel->setMeasuring(false);
    QCOMPARE(requested.count(), 1);
    QCOMPARE(cancelled.count(), 1);
    m_panel->setLatency(Latency{{1.0, 0.98, 1.06}, {0.2, 0.19, 0.23}, 5, {64, 64}});
    QCOMPARE(text("latency.fp32"), QStringLiteral("1.00 s"));
    QCOMPARE(text("latency.quantized"), QStringLiteral("0.200 s"));
    QCOMPARE(text("latencySpread.fp32"), QChar(0x00B1) + QStringLiteral("40.0 ms"));
    QCOMPARE(text("latency.change"), QChar(0x2212) + QStringLiteral("80.0 %"));
    QVERIFY(label("latency.fp32")->toolTip().contains("5 runs"));
    m_panel->setLatency({});
    QVERIFY(!label("latency.fp32")->isVisible());
}

void ReadoutsPanelTest::stagesShareTimeAndSize()
{
    auto *sizes = m_panel->findChild<ShareBar *>(QStringLiteral("sizeShares"));
    auto *times = m_panel->findChild<ShareBar *>(QStringLiteral("timeShares"));
    QVERIFY(!sizes->isVisible());
    m_panel->setStageShares({{"head", 100, 0.0}, {"body", 300, 0.0}});
    QVERIFY(sizes->isVisible() && !times->isVisible()); // times are not measured
    QCOMPARE(sizes->fraction(1), 0.75);
    QVERIFY(sizes->accessibleDescription().contains("body: 75.0 %"));
    m_panel->setStageShares({{"head", 100, 0.03}, {"body", 300, 0.01}});
    QVERIFY(times->isVisible());
    QCOMPARE(times->fraction(0), 0.75);
    QSignalSpy clicked(m_panel.get(), &ReadoutsPanel::stageClicked);
    QTest::mouseClick(times, Qt::LeftButton, {}, {times->width() - 4, 4});
    QCOMPARE(clicked.count(), 1);
    QCOMPARE(clicked.at(0).at(0).toString(), QStringLiteral("body"));
}

void ReadoutsPanelTest::sharesDimWithTheirNumbers()
{
    auto *sizes = m_panel->findChild<ShareBar *>(QStringLiteral("sizeShares"));
    auto *times = m_panel->findChild<ShareBar *>(QStringLiteral("timeShares"));
    m_panel->setReport(test::exampleReport());
    m_panel->setStageShares({{"head", 100, 0.03}, {"body", 300, 0.01}});
    m_panel->setLatency(Latency{{1.0, 0.9, 1.1}, {0.2, 0.1, 0.3}, 5, {64, 64}});
    const QColor ground = m_panel->palette().color(QPalette::Window);
    // How far the first part of a bar stands out from what is behind it.
    const auto strength = [&](ShareBar *bar) {
        const QColor shown = bar->grab().toImage().pixelColor(1, 1);
        return std::abs(shown.red() - ground.red()) + std::abs(shown.green() - ground.green())
               + std::abs(shown.blue() - ground.blue());
    };
    const int full = strength(times);
    QCOMPARE(strength(sizes), full);
    m_panel->setLatencyStale(true);
    QVERIFY2(strength(times) < 0.6 * full && strength(times) > 0.2 * full,
             qPrintable(QString::number(strength(times))));
    QCOMPARE(strength(sizes), full);
    m_panel->setMeasuring(true);
    m_panel->setLatency(Latency{{1.0, 0.9, 1.1}, {0.2, 0.1, 0.3}, 5, {64, 64}});
    QVERIFY(strength(times) < 0.6 * full);
    m_panel->setMeasuring(false);
    QCOMPARE(strength(times), full);
    m_panel->setRecomputing(compare::Side::Quantized, true);
    QVERIFY(strength(sizes) < 0.6 * full);
    m_panel->setRecomputing(compare::Side::Quantized, false);
    QCOMPARE(strength(sizes), full);
}

void ReadoutsPanelTest::aClickExplains()
{
    m_panel->setReport(test::exampleReport());
    ExplainLabel *niqe = nullptr;
    for (ExplainLabel *candidate : m_panel->findChildren<ExplainLabel *>())
        if (candidate->text() == QStringLiteral("NIQE") && candidate->isVisible())
            niqe = candidate;
    QVERIFY(niqe);
    QVERIFY(niqe->whatsThis().contains("2013") && niqe->whatsThis().contains("Lower is better"));
    const auto bubbles = [] {
        int count = 0;
        for (const QWidget *widget : QApplication::topLevelWidgets())
            count += widget->inherits("QWhatsThat") && widget->isVisible() ? 1 : 0;
        return count;
    };
    QTest::mouseClick(niqe, Qt::LeftButton);
    QCOMPARE(bubbles(), 1);
}

QTEST_MAIN(ReadoutsPanelTest)
#include "tst_readoutspanel.moc"
