// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/cancel.h"
#include "engine/run/activationcache.h"
#include "engine/run/integerrunner.h"
#include "engine/run/restarts.h"
#include "tests/engine/quant/syntheticcalibration.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <cstring>

using namespace bitlens;
using namespace bitlens::run;

namespace {

constexpr std::size_t kPlenty = std::size_t{64} << 20;

model::GeneratorPtr generatorNamed(const QString &name)
{
    if (name == "srgan")
        return test::syntheticGenerator(test::SrganShape{.blocks = 3, .channels = 16, .slopesPerChannel = true});
    if (name == "rrdb")
        return test::syntheticGenerator(test::RrdbShape{.blocks = 2, .channels = 16, .growth = 4});
    if (name == "rrdb x2")
        return test::syntheticGenerator(test::RrdbShape{.blocks = 2, .channels = 8, .growth = 8, .unshuffle = 2});
    return test::syntheticGenerator(test::SrvggShape{});
}

image::Planes pictureOf(int width, int height, float shift = 0.0F)
{
    image::Planes picture(3, height, width);
    float *out = picture.mutableData();
    for (std::size_t i = 0; i < picture.count(); ++i)
        out[i] = static_cast<float>((i * 37 + i / 11) % 101) / 101.0F + shift;
    return picture;
}

bool sameBits(const image::Planes &a, const image::Planes &b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.count() * sizeof(float)) == 0;
}

} // namespace

class TestActivationCache : public QObject {
    Q_OBJECT

    const base::ThreadPool m_pool{2};

    static quant::QuantizedModelPtr modelOf(const model::GeneratorPtr &generator, const quant::BitPlan &plan,
                                            const quant::QuantizedModel *previous = nullptr)
    {
        return quant::quantize(generator, plan, test::syntheticCalibration(*generator), previous);
    }

private slots:
    /// Every stage, then every layer, is changed in turn; each result is that of a runner that knows nothing.
    void changedPlansGiveTheSameBits_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("change");
        for (const char *name : {"srgan", "rrdb", "rrdb x2", "srvgg"})
            for (const char *change : {"6/8", "8/12", "16/16", "fp32/fp32"})
                QTest::addRow("%s to %s", name, change) << name << QByteArray(change);
    }
    void changedPlansGiveTheSameBits()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, change);
        const model::GeneratorPtr generator = generatorNamed(name);
        const image::Planes picture = pictureOf(13, 9);
        const base::CancelToken cancel;
        const quant::BitPlan start = quant::BitPlan::fromRules("*=8/8", *generator);
        quant::QuantizedModelPtr model = modelOf(generator, start);
        ActivationCache cache(kPlenty);
        IntegerRunner runner(model, m_pool);
        runner.setCache(&cache);
        runner.run(picture, cancel);
        QCOMPARE(runner.firstLayerRun(), 0);
        int spared = 0;
        for (const model::ConvLayer &layer : generator->layers) {
            const quant::BitPlan plan =
                quant::BitPlan::fromRules("*=8/8," + layer.path + "=" + change.toStdString(), *generator);
            for (const quant::BitPlan &next : {plan, start}) {
                model = modelOf(generator, next, model.get());
                runner.setModel(model);
                const image::Planes result = runner.run(picture, cancel);
                spared += runner.firstLayerRun();
                IntegerRunner fresh(modelOf(generator, next), m_pool);
                QVERIFY2(sameBits(result, fresh.run(picture, cancel)), layer.path.c_str());
            }
        }
        QVERIFY(spared > 0);
    }

    void lastStageBeginsWithItself()
    {
        const model::GeneratorPtr generator = generatorNamed("srgan");
        const base::CancelToken cancel;
        quant::QuantizedModelPtr model = modelOf(generator, quant::BitPlan::fromRules("*=8/8", *generator));
        ActivationCache cache(kPlenty);
        IntegerRunner runner(model, m_pool);
        runner.setCache(&cache);
        const image::Planes picture = pictureOf(10, 10);
        runner.run(picture, cancel);
        runner.setModel(modelOf(generator, quant::BitPlan::fromRules("*=8/8,tail=4/8", *generator), model.get()));
        runner.run(picture, cancel);
        QCOMPARE(runner.firstLayerRun(), static_cast<int>(generator->layers.size()) - 1);
        // Another picture is another matter; so is the same one under ranges of its own.
        runner.run(pictureOf(10, 10, 0.25F), cancel);
        QCOMPARE(runner.firstLayerRun(), 0);
        quant::Calibration other = test::syntheticCalibration(*generator);
        other.ranges[1].high *= 0.5F;
        runner.setModel(quant::quantize(generator, model->plan, other, model.get()));
        const image::Planes result = runner.run(picture, cancel);
        QVERIFY(runner.firstLayerRun() <= 1);
        IntegerRunner fresh(quant::quantize(generator, model->plan, other), m_pool);
        QVERIFY(sameBits(result, fresh.run(picture, cancel)));
    }

    /// What makes the tests above bite: layers that are wrongly said to be the same give another picture.
    void wrongIdentitiesGiveAnotherPicture()
    {
        const model::GeneratorPtr generator = generatorNamed("srgan");
        const base::CancelToken cancel;
        const image::Planes picture = pictureOf(10, 10);
        const quant::QuantizedModelPtr model = modelOf(generator, quant::BitPlan::fromRules("*=8/8", *generator));
        const quant::BitPlan plan = quant::BitPlan::fromRules("*=8/8,head=2/8", *generator);
        auto lying = std::make_shared<quant::QuantizedModel>(*modelOf(generator, plan, model.get()));
        lying->layers[0].identity = model->layers[0].identity;
        ActivationCache cache(kPlenty);
        IntegerRunner runner(model, m_pool);
        runner.setCache(&cache);
        runner.run(picture, cancel);
        runner.setModel(lying);
        IntegerRunner fresh(modelOf(generator, plan), m_pool);
        QVERIFY(!sameBits(runner.run(picture, cancel), fresh.run(picture, cancel)));
    }

    void unchangedLayersAreSharedByModels()
    {
        const model::GeneratorPtr generator = generatorNamed("rrdb");
        const quant::QuantizedModelPtr first = modelOf(generator, quant::BitPlan::fromRules("*=8/8", *generator));
        const quant::QuantizedModelPtr second =
            modelOf(generator, quant::BitPlan::fromRules("*=8/8,tail=4/8", *generator), first.get());
        for (std::size_t i = 0; i + 1 < first->layers.size(); ++i)
            QVERIFY(first->layers[i].identity && first->layers[i].identity == second->layers[i].identity);
        QVERIFY(first->layers.back().identity != second->layers.back().identity);
        const quant::QuantizedModelPtr other = modelOf(generatorNamed("rrdb"), first->plan, first.get());
        QVERIFY(first->layers[0].identity != other->layers[0].identity); // another generator
        quant::Calibration ranges = test::syntheticCalibration(*generator);
        ranges.ranges[1].high *= 2.0F;
        const quant::QuantizedModelPtr wider = quant::quantize(generator, first->plan, ranges, first.get());
        QVERIFY(first->layers[0].identity == wider->layers[0].identity);
        QVERIFY(first->layers[1].identity != wider->layers[1].identity); // reads map 1
    }

    void memoryIsBounded()
    {
        const model::GeneratorPtr generator = generatorNamed("rrdb");
        const base::CancelToken cancel;
        const quant::QuantizedModelPtr model = modelOf(generator, quant::BitPlan::fromRules("*=8/8", *generator));
        const quant::QuantizedModelPtr tail =
            modelOf(generator, quant::BitPlan::fromRules("*=8/8,tail=4/8", *generator), model.get());
        IntegerRunner fresh(tail, m_pool);
        const image::Planes picture = pictureOf(24, 20);
        const image::Planes expected = fresh.run(picture, cancel);
        std::size_t largest = 0;
        for (const std::size_t limit : {std::size_t{0}, std::size_t{40} << 10, std::size_t{200} << 10, kPlenty}) {
            ActivationCache cache(limit);
            IntegerRunner runner(model, m_pool);
            runner.setCache(&cache);
            runner.run(picture, cancel);
            QVERIFY(cache.bytes() <= limit);
            QVERIFY(cache.bytes() >= largest);
            largest = cache.bytes();
            runner.setModel(tail);
            QVERIFY(sameBits(runner.run(picture, cancel), expected));
        }
        QVERIFY(largest > 0);
    }

    void picturesInUseKeepTheirPlace()
    {
        const model::GeneratorPtr generator = generatorNamed("srgan");
        const base::CancelToken cancel;
        const quant::QuantizedModelPtr model = modelOf(generator, quant::BitPlan::fromRules("*=8/8", *generator));
        ActivationCache cache(kPlenty);
        IntegerRunner runner(model, m_pool);
        runner.setCache(&cache);
        const image::Planes first = pictureOf(12, 12);
        runner.run(first, cancel);
        cache.setLimit(cache.bytes());
        QVERIFY(cache.find(first));
        runner.run(pictureOf(12, 12, 0.5F), cancel); // no room: the first stays
        QVERIFY(cache.find(first));
        for (int pass = 0; pass < 3; ++pass)
            cache.beginPass();
        runner.run(pictureOf(12, 12, 0.5F), cancel); // now the first was long not used
        QVERIFY(!cache.find(first));
        QVERIFY(cache.find(pictureOf(12, 12, 0.5F)));
        cache.setLimit(0);
        QCOMPARE(cache.bytes(), std::size_t{0});
    }

    void cancelledRunsLeaveWhatIsComplete()
    {
        const model::GeneratorPtr generator = generatorNamed("srgan");
        const image::Planes picture = pictureOf(12, 12);
        const quant::QuantizedModelPtr model = modelOf(generator, quant::BitPlan::fromRules("*=8/8", *generator));
        const quant::QuantizedModelPtr changed =
            modelOf(generator, quant::BitPlan::fromRules("*=8/8,body/block2=4/8", *generator), model.get());
        ActivationCache cache(kPlenty);
        IntegerRunner runner(model, m_pool);
        runner.setCache(&cache);
        runner.run(picture, base::CancelToken());
        runner.setModel(changed);
        const base::CancelToken cancelled = base::CancelToken();
        cancelled.cancel();
        QVERIFY_THROWS_EXCEPTION(base::Cancelled, runner.run(picture, cancelled));
        IntegerRunner fresh(changed, m_pool);
        QVERIFY(sameBits(runner.run(picture, base::CancelToken()), fresh.run(picture, base::CancelToken())));
    }

    void restartsNeedEveryMapThatIsReadLater()
    {
        const model::GeneratorPtr generator = generatorNamed("rrdb");
        const int layers = static_cast<int>(generator->layers.size());
        QVERIFY(mapsToGoOnFrom(*generator, 0).empty());
        for (int layer = 1; layer < layers; ++layer) {
            const std::vector<int> maps = mapsToGoOnFrom(*generator, layer);
            QCOMPARE(restartLayer(*generator, layer, maps), layer);
            QVERIFY(!maps.empty());
            for (std::size_t missing = 0; missing < maps.size(); ++missing) {
                std::vector<int> fewer = maps;
                fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(missing));
                QVERIFY(restartLayer(*generator, layer, fewer) < layer);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestActivationCache)
#include "tst_activationcache.moc"
