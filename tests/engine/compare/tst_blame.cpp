// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/compare/blame.h"
#include "engine/compare/comparison.h"
#include "engine/run/fakequantrunner.h"
#include "engine/run/floatrunner.h"
#include "tests/engine/compare/testpictures.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

using namespace bitlens;
using compare::Blame;
using compare::BlameEntry;
using compare::BlameRequest;

namespace {

constexpr int kThreads = 2;
/// A crop with the whole receptive field gives the whole picture's numbers but for float sums over parts of other
/// shape: a few units in the last place of values near 255.
constexpr double kLevelRounding = 1e-3;

quant::QuantizedModelPtr quantizedModel(const model::GeneratorPtr &generator, const image::Image &picture,
                                        const std::string &rules)
{
    run::FloatRunner runner(generator, kThreads);
    const quant::Calibration calibration =
        quant::calibrateMinMax(*generator, run::floatForward(runner, {}), std::array{image::toPlanes(picture)}, {});
    return quant::quantize(generator, quant::BitPlan::fromRules(rules, *generator), calibration);
}

/// Root mean square of what a plan changes in a region, in levels, run on the whole picture.
double errorInRegion(const quant::QuantizedModelPtr &model, const image::Image &picture, const image::Rect &region)
{
    const image::Planes input = image::toPlanes(picture);
    const image::Planes fp32 = run::FloatRunner(model->generator, kThreads).run(input, {}).cropped(region);
    const image::Planes now =
        run::FakeQuantRunner(model, kThreads, {.exact = false}).runObserved(input, {}, {}).cropped(region);
    double sum = 0.0;
    for (std::size_t i = 0; i < fp32.count(); ++i) {
        const auto level = [i](const image::Planes &planes) {
            return 255.0 * static_cast<double>(std::clamp(planes.data()[i], 0.0F, 1.0F));
        };
        sum += std::pow(level(now) - level(fp32), 2.0);
    }
    return std::sqrt(sum / static_cast<double>(fp32.count()));
}

} // namespace

class TestBlame : public QObject {
    Q_OBJECT

    const image::Image m_picture = test::patternPicture({40, 32});
    const model::GeneratorPtr m_generator = test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 8});
    const base::ThreadPool m_pool{kThreads};

private slots:
    void theCoarsestLayerIsNamedFirst_data()
    {
        QTest::addColumn<QString>("guilty");
        for (const char *path : {"head", "body/block2/conv1", "up1", "tail"})
            QTest::newRow(path) << path;
    }

    void theCoarsestLayerIsNamedFirst()
    {
        QFETCH(QString, guilty);
        const auto model = quantizedModel(m_generator, m_picture, "*=10/12," + guilty.toStdString() + "=2/4");
        const Blame found = compare::blame({m_picture, "picture", model, {60, 50, 12, 9}}, m_pool, {});
        QCOMPARE(found.layers.size(), m_generator->layers.size());
        QVERIFY2(found.layers.front().path.starts_with(guilty.toStdString()), found.layers.front().path.c_str());
        QCOMPARE(found.layers.front().bits.weight, 2);
        QVERIFY(found.layers.front().ownError > 4.0 * found.layers[1].ownError);
        QVERIFY(found.layers.front().part > 0.8 && found.layers.front().part < 1.2);
        QCOMPARE(found.region, (image::Rect{60, 50, 12, 9}));
    }

    void numbersAreThoseOfTheWholePicture()
    {
        // The crop has the whole receptive field (or ends where the picture ends).
        QVERIFY(m_generator->receptiveRadius() <= compare::kBlameContext);
        const auto model = quantizedModel(m_generator, m_picture, "*=5/6");
        for (const image::Rect &region :
             {image::Rect{77, 60, 1, 1}, image::Rect{0, 0, 8, 8}, image::Rect{150, 120, 40, 40}}) {
            const Blame found = compare::blame({m_picture, "picture", model, region}, m_pool, {});
            const double expected = errorInRegion(model, m_picture, found.region);
            QVERIFY2(std::abs(found.error - expected) < kLevelRounding,
                     qPrintable(QStringLiteral("%1 %2").arg(found.error).arg(expected)));
            for (const BlameEntry &entry : {found.layers.front(), found.layers.back()}) {
                quant::BitPlan plan(m_generator->layers.size(), {quant::kFloatBits, quant::kFloatBits});
                plan.set(static_cast<std::size_t>(entry.layer), entry.bits);
                const auto alone = quant::quantize(m_generator, plan, model->calibration);
                QVERIFY(std::abs(entry.ownError - errorInRegion(alone, m_picture, found.region)) < kLevelRounding);
            }
        }
    }

    void stagesComeFirstAndEachLayerOnce()
    {
        const auto model = quantizedModel(m_generator, m_picture, "*=6/8");
        std::vector<BlameEntry> seen;
        const Blame found = compare::blame({m_picture, "picture", model, {10, 10, 4, 4}}, m_pool, {},
                                           [&](const BlameEntry &entry, double error) {
                                               QVERIFY(error > 0.0);
                                               seen.push_back(entry);
                                           });
        std::set<int> layers;
        std::size_t position = 0;
        for (; position < m_generator->stages.size(); ++position)
            QCOMPARE(seen[position].stage, position);
        for (const BlameEntry &entry : seen)
            if (entry.layer >= 0)
                QVERIFY2(layers.insert(entry.layer).second, entry.path.c_str());
            else
                QCOMPARE(entry.path, m_generator->stages[entry.stage].name);
        QCOMPARE(layers.size(), m_generator->layers.size());
        QVERIFY(std::is_sorted(found.layers.begin(), found.layers.end(),
                               [](const BlameEntry &a, const BlameEntry &b) { return a.ownError > b.ownError; }));
    }

    void floatLayersAreInnocent()
    {
        const auto model = quantizedModel(m_generator, m_picture, "*=fp32/fp32,tail=4/6");
        const Blame found = compare::blame({m_picture, "picture", model, {10, 10, 4, 4}}, m_pool, {});
        QCOMPARE(found.layers.size(), std::size_t{1});
        QCOMPARE(found.layers.front().ownError, found.error);
        QCOMPARE(found.explained, 1.0);
        const auto none = quantizedModel(m_generator, m_picture, "*=fp32/fp32");
        QVERIFY(compare::blame({m_picture, "picture", none, {10, 10, 4, 4}}, m_pool, {}).layers.empty());
    }

    void largeRegionsAreLookedAtInTheMiddle()
    {
        const image::Image large = test::patternPicture({160, 120});
        const auto model = quantizedModel(m_generator, m_picture, "*=fp32/fp32,tail=4/6");
        const Blame found = compare::blame({large, "picture", model, {-50, -50, 2000, 2000}}, m_pool, {});
        const int side = compare::kLargestBlamedSide * m_generator->scale;
        QCOMPARE(found.region, (image::Rect{(640 - side) / 2, (480 - side) / 2, side, side}));
    }

    void unshuffledInputsKeepTheirGrid()
    {
        const auto generator =
            test::syntheticGenerator(test::RrdbShape{.blocks = 1, .channels = 8, .growth = 4, .unshuffle = 2});
        const auto model = quantizedModel(generator, m_picture, "*=5/6");
        const image::Rect region{61, 43, 5, 3};
        const Blame found = compare::blame({m_picture, "picture", model, region}, m_pool, {});
        QVERIFY(found.error > 0.0);
        QVERIFY(std::abs(found.error - errorInRegion(model, m_picture, region)) < kLevelRounding);
    }

    void wrongRequestsAreErrors()
    {
        const auto model = quantizedModel(m_generator, m_picture, "*=6/8");
        QVERIFY_EXCEPTION_THROWN(compare::blame({m_picture, "p", model, {161, 10, 4, 4}}, m_pool, {}), base::Error);
        QVERIFY_EXCEPTION_THROWN(compare::blame({m_picture, "p", model, {10, 10, 0, 4}}, m_pool, {}), base::Error);
        QVERIFY_EXCEPTION_THROWN(compare::blame({{}, "p", model, {1, 1, 1, 1}}, m_pool, {}), base::Error);
        QVERIFY_EXCEPTION_THROWN(compare::blame({m_picture, "p", nullptr, {1, 1, 1, 1}}, m_pool, {}), base::Error);
    }

    void cancelIsNoticedBetweenLayers()
    {
        const auto model = quantizedModel(m_generator, m_picture, "*=6/8");
        base::Job job;
        int seen = 0;
        QVERIFY_EXCEPTION_THROWN(compare::blame({m_picture, "p", model, {10, 10, 4, 4}}, m_pool, job,
                                                [&](const BlameEntry &, double) {
                                                    ++seen;
                                                    job.cancel.cancel();
                                                }),
                                 base::Cancelled);
        QCOMPARE(seen, 1);
    }

    void jsonHasTheStableNames()
    {
        const auto model = quantizedModel(m_generator, m_picture, "*=6/8,tail=4/6");
        const BlameRequest request{m_picture, "picture.png", model, {10, 10, 4, 4}};
        double progress = 0.0;
        const base::Job job{{}, [&](double fraction, const std::string &) {
                                QVERIFY(fraction >= progress && fraction <= 1.0);
                                progress = fraction;
                            }};
        const auto json = nlohmann::json::parse(compare::blame(request, m_pool, job).toJson(request));
        QCOMPARE(progress, 1.0);
        QCOMPARE(json["schema"].get<int>(), 1);
        QCOMPARE(json["input"].get<std::string>(), std::string("picture.png"));
        QVERIFY((json["region"].get<std::vector<int>>() == std::vector<int>{10, 10, 4, 4}));
        QCOMPARE(json["layers"].size(), m_generator->layers.size());
        for (const char *name : {"stage", "layer", "weight_bits", "activation_bits", "error_levels", "part"})
            QVERIFY2(json["layers"][0].contains(name), name);
        QVERIFY(json["error_levels"].get<double>() > 0.0 && json["explained"].is_number());
    }
};

QTEST_APPLESS_MAIN(TestBlame)
#include "tst_blame.moc"
