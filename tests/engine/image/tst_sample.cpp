// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/codec.h"
#include "engine/image/resample.h"

#include <QFileInfo>
#include <QTest>

using namespace bitlens;
using image::Image;

namespace {

/// Both pictures together: small enough to come with the program.
constexpr qint64 kLargestBytes = 400'000;

QString sampleFile(const QString &name) { return QStringLiteral(BITLENS_SOURCE_DIR "/resources/sample/") + name; }

Image low(const Image &high) { return image::resizeBicubic(high, {high.width() / 4, high.height() / 4}); }

} // namespace

/// The pair that comes with the program. With BITLENS_WRITE_SAMPLE=1 the low resolution picture is made anew.
class TestSample : public QObject {
    Q_OBJECT
private slots:
    void lowIsMadeFromHigh()
    {
        const Image high = image::readImage(sampleFile("chelsea_hr.png").toStdString());
        QCOMPARE(high.channels(), 3);
        QCOMPARE(high.type(), image::SampleType::U8);
        QCOMPARE(high.width() % 4, 0);
        QCOMPARE(high.height() % 4, 0);
        const std::string path = sampleFile("chelsea_lr.png").toStdString();
        if (qEnvironmentVariableIntValue("BITLENS_WRITE_SAMPLE") == 1)
            image::writeImage(low(high), path);
        QVERIFY(image::readImage(path).samePixels(low(high)));
    }

    void isSmallAndCredited()
    {
        const qint64 bytes =
            QFileInfo(sampleFile("chelsea_hr.png")).size() + QFileInfo(sampleFile("chelsea_lr.png")).size();
        QVERIFY2(bytes < kLargestBytes, qPrintable(QString::number(bytes)));
        QVERIFY(QFileInfo(sampleFile("CREDITS.md")).size() > 0);
    }
};

QTEST_GUILESS_MAIN(TestSample)
#include "tst_sample.moc"
