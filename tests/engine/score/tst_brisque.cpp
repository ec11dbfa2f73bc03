// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/brisque.h"
#include "tests/engine/score/pictures.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace bitlens;
using namespace bitlens::score;
using bitlens::test::flat;
using bitlens::test::synthetic;

class TestBrisque : public QObject {
    Q_OBJECT

private slots:
    void missingModelIsAReason()
    {
        const QTemporaryDir empty;
        const Metric result = brisque(synthetic(100, 100, 1), empty.path().toStdString());
        QVERIFY(!result.value);
        QVERIFY(result.reason.find("opencv-data") != std::string::npos);
    }

    void damagedModelIsAReason()
    {
        const QTemporaryDir folder;
        for (const char *name : {"brisque_model_live.yml", "brisque_range_live.yml"}) {
            QFile file(folder.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write("%YAML:1.0\n---\nnothing: 1\n");
        }
        QVERIFY(!brisque(synthetic(100, 100, 1), folder.path().toStdString()).value);
    }

    void aValueInRangeThatRepeats()
    {
        const image::Image image = synthetic(256, 256, 1);
        const Metric result = brisque(image);
        if (!result.value && result.reason.find("not installed") != std::string::npos)
            QSKIP("opencv-data is not installed");
        QVERIFY(result.value && *result.value >= 0 && *result.value <= 100);
        QVERIFY(*brisque(image).value == *result.value);
    }

    void oddPicturesHaveAValueOrAReason()
    {
        for (const image::Image &image :
             {image::Image(), flat(1, 1, 3, 9), flat(20, 2000, 3, 9), flat(64, 64, 3, 9), flat(64, 64, 4, 9),
              flat(64, 64, 1, 900, image::SampleType::U16), synthetic(32, 32, 1), synthetic(33, 2000, 1)}) {
            const Metric result = brisque(image);
            QVERIFY(result.value.has_value() != !result.reason.empty());
            QVERIFY(!result.value || std::isfinite(*result.value));
        }
        image::Image line = flat(64, 64, 3, 9); // flat but for one sample
        line.mutableBytes()[6000] = 200;
        const Metric result = brisque(line);
        QVERIFY(!result.value || std::isfinite(*result.value));
    }
};

QTEST_APPLESS_MAIN(TestBrisque)
#include "tst_brisque.moc"
