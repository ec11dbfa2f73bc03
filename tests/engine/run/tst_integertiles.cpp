// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/integerrunner.h"
#include "engine/run/tiles.h"
#include "tests/engine/quant/syntheticcalibration.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace bitlens;

namespace {

image::Planes wavyPicture(int height, int width)
{
    image::Planes picture(3, height, width);
    float *sample = picture.mutableData();
    for (int c = 0; c < 3; ++c)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                *sample++ = 0.5F + 0.3F * std::sin(0.37F * float(x) + float(c)) * std::cos(0.23F * float(y))
                            + 0.15F * float((x * 7 + y * 13) % 5 - 2) / 2.0F;
    return picture;
}

bool sameBits(const image::Planes &a, const image::Planes &b)
{
    return a.size() == b.size() && std::equal(a.data(), a.data() + a.count(), b.data());
}

} // namespace

/// The integer runner on tiles: where the overlap covers the receptive field, the picture is that of one piece, bit for
/// bit.
class TestIntegerTiles : public QObject {
    Q_OBJECT

private slots:
    void tiledEqualsWhole_data()
    {
        QTest::addColumn<bool>("rrdb");
        QTest::addColumn<QString>("rules");
        QTest::newRow("SRGAN, int8") << false << "*=8/8";
        QTest::newRow("SRGAN, mixed") << false << "*=8/8,up2=8/12,tail=16/16,body/block1=4/8";
        QTest::newRow("SRGAN, one float stage") << false << "*=8/8,up1=fp32/fp32";
        QTest::newRow("RRDBNet, int8") << true << "*=8/8";
    }

    void tiledEqualsWhole()
    {
        QFETCH(bool, rrdb);
        QFETCH(QString, rules);
        const model::GeneratorPtr generator =
            rrdb ? test::syntheticGenerator(test::RrdbShape{}) : test::syntheticGenerator(test::SrganShape{});
        const base::ThreadPool pool(2);
        run::IntegerRunner runner(quant::quantize(generator, quant::BitPlan::fromRules(rules.toStdString(), *generator),
                                                  test::syntheticCalibration(*generator)),
                                  pool);
        const int radius = generator->receptiveRadius();
        const image::Planes picture = wavyPicture(2 * radius + 57, 2 * radius + 90);
        const image::Planes whole = runner.run(picture, {});
        const run::TileOptions options{.overlapLimit = radius, .maximumTile = 2 * radius + 40};
        const run::TilePlan plan = run::planTiles(runner, picture.size(), options);
        QVERIFY(plan.exact);
        QVERIFY(plan.tiles.size() > 1);
        QVERIFY(sameBits(run::runTiled(runner, picture, options, {}), whole));
        // With too little context the same comparison notices it.
        const run::TileOptions tooLittle{.overlap = 1, .maximumTile = options.maximumTile};
        QVERIFY(!sameBits(run::runTiled(runner, picture, tooLittle, {}), whole));
    }
};

QTEST_APPLESS_MAIN(TestIntegerTiles)
#include "tst_integertiles.moc"
