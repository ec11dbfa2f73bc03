// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/ui/uifixtures.h"
#include "ui/readoutspanel.h"
#include "ui/theme.h"

#include <QLabel>
#include <QTest>

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

QTEST_MAIN(ReadoutsPanelTest)
#include "tst_readoutspanel.moc"
