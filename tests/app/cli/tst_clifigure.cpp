// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/figure.h"

#include "engine/image/resample.h"
#include "tests/engine/compare/testpictures.h"

#include <QImage>
#include <QTest>

using namespace bitlens;

namespace {

cli::FigureContent makeContent(image::Size input, int channels = 3)
{
    cli::FigureContent content;
    content.input = test::patternPicture(input, channels);
    content.fp32 = image::resizeBicubic(content.input, {input.width * 4, input.height * 4});
    content.quantized = content.fp32;
    // One place that is visibly worse.
    std::fill_n(content.quantized.mutableBytes() + content.quantized.bytesPerLine() * input.height, 30,
                std::uint8_t{255});
    content.report.input = "/somewhere/pattern.png";
    content.report.model = "tiny";
    content.report.plan = "int8";
    content.report.inputSize = input;
    content.report.outputSize = content.fp32.size();
    content.report.fp32.bytes = 1000;
    content.report.fp32.seconds = 1.0;
    content.report.quantized.bytes = 250;
    content.report.quantized.seconds = 0.5;
    content.report.quantized.psnrFp32.value = 42.0;
    content.rules = "*=8/8";
    return content;
}

bool contains(const QImage &figure, const QColor &colour)
{
    for (int y = 0; y < figure.height(); ++y)
        for (int x = 0; x < figure.width(); ++x)
            if (figure.pixelColor(x, y) == colour)
                return true;
    return false;
}

} // namespace

class TestCliFigure : public QObject {
    Q_OBJECT
private slots:
    void showsPanelsInTheIdentityColours_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("channels");
        QTest::newRow("usual") << 120 << 80 << 3;
        QTest::newRow("tiny") << 6 << 6 << 3;
        QTest::newRow("wide") << 300 << 10 << 3;
        QTest::newRow("tall") << 10 << 200 << 3;
        QTest::newRow("gray") << 60 << 60 << 1;
        QTest::newRow("alpha") << 60 << 60 << 4;
        QTest::newRow("large") << 500 << 300 << 3;
    }

    void showsPanelsInTheIdentityColours()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, channels);
        cli::FigureContent content = makeContent({width, height}, channels);
        const QImage without = cli::drawFigure(content);
        QVERIFY(contains(without, QColor(0x00, 0x72, 0xB2)));
        QVERIFY(contains(without, QColor(0xD5, 0x5E, 0x00)));
        // Margins on all sides.
        for (int x = 0; x < without.width(); ++x)
            QCOMPARE(without.pixelColor(x, 10), without.pixelColor(0, 0));
        content.reference = content.fp32;
        QVERIFY(cli::drawFigure(content).width() > without.width());
    }
};

QTEST_MAIN(TestCliFigure)
#include "tst_clifigure.moc"
