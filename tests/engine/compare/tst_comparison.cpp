// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/comparison.h"

#include "engine/base/error.h"
#include "engine/compare/enlargement.h"
#include "engine/image/resample.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"
#include "tests/engine/compare/testpictures.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>
#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

using namespace bitlens;
using compare::Side;

namespace {

model::GeneratorPtr smallGenerator()
{
    test::SrganShape shape;
    shape.blocks = 1;
    shape.channels = 8;
    shape.outerKernel = 5;
    return test::syntheticGenerator(shape);
}

compare::Request makeRequest(const model::GeneratorPtr &generator, const std::string &plan = "int8")
{
    compare::Request request;
    request.input = test::patternPicture({40, 30});
    request.inputName = "pattern";
    request.generator = generator;
    request.plan = quant::planFromArgument(plan, *generator);
    request.planName = plan;
    return request;
}

/// How often a side was run, told by the progress texts: "FP32, colour", "quantized, colour".
struct RunCounter {
    int fp32 = 0;
    int quantized = 0;
    int calibrations = 0;
    base::Job job()
    {
        return {{}, [this](double fraction, const std::string &what) {
                    // Each pass begins by reporting its own start.
                    const bool begins = what != last;
                    last = what;
                    if (begins && what == "FP32, colour")
                        ++fp32;
                    if (begins && what == "quantized, colour")
                        ++quantized;
                    if (begins && what == "calibrating")
                        ++calibrations;
                    QVERIFY(fraction >= 0.0 && fraction <= 1.0);
                }};
    }
    std::string last;
};

} // namespace

class TestComparison : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{2};

private slots:
    void fillsTheReport()
    {
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        request.reference = image::resizeBicubic(request.input, {160, 120});
        const compare::Result result = comparison.run(request, {});
        const compare::Report &report = result.report;
        QVERIFY(result.fp32.size() == (image::Size{160, 120}));
        QVERIFY(result.quantized.size() == (image::Size{160, 120}));
        QVERIFY(report.outputSize == (image::Size{160, 120}));
        QCOMPARE(report.input, std::string("pattern"));
        QCOMPARE(report.plan, std::string("int8"));
        QVERIFY(report.fp32.seconds > 0.0 && report.quantized.seconds > 0.0);
        QCOMPARE(report.fp32.bytes, quant::floatBytes(*request.generator));
        QCOMPARE(report.quantized.bytes, quant::packedBytes(*result.model));
        QCOMPARE(quant::pack(*result.model).size(), report.quantized.bytes);
        QVERIFY(*report.sizeChange() < 0.0);
        QVERIFY(report.timeChange().has_value());
        QVERIFY(report.quantized.psnrFp32.value && *report.quantized.psnrFp32.value > 20.0);
        QVERIFY(report.quantized.ssimFp32.value && report.fp32.psnrHr.value && report.quantized.ssimHr.value);
        QVERIFY(!report.fp32.psnrFp32.value && !report.fp32.psnrFp32.reason.empty());
        QVERIFY(!report.fp32.ma.value && !report.fp32.ma.reason.empty());
        QVERIFY(!report.fp32.backend.empty() && !report.quantized.backend.empty());
        QVERIFY(result.calibration != nullptr);
    }

    void givesWhatTheRunnersGive()
    {
        compare::Comparison comparison(m_pool);
        const compare::Request request = makeRequest(smallGenerator());
        const compare::Result result = comparison.run(request, {});
        run::FloatRunner floatRunner(request.generator, m_pool.threads());
        QVERIFY(result.fp32.samePixels(image::fromPlanes(floatRunner.run(image::toPlanes(request.input), {}))));
        run::IntegerRunner integerRunner(quant::quantize(request.generator, request.plan, *result.calibration), m_pool);
        QVERIFY(result.quantized.samePixels(image::fromPlanes(integerRunner.run(image::toPlanes(request.input), {}))));
    }

    void runsOnlyWhatChanged()
    {
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        RunCounter first;
        const compare::Result before = comparison.run(request, first.job());
        QCOMPARE(first.fp32, 1);
        QCOMPARE(first.quantized, 1);
        QCOMPARE(first.calibrations, 1);

        request.plan = quant::planFromArgument("w4", *request.generator);
        RunCounter second;
        const compare::Result changed = comparison.run(request, second.job());
        QCOMPARE(second.fp32, 0);
        QCOMPARE(second.quantized, 1);
        QCOMPARE(second.calibrations, 0);
        QVERIFY(changed.fp32.samePixels(before.fp32));
        QCOMPARE(changed.report.fp32.seconds, before.report.fp32.seconds);
        QVERIFY(!changed.quantized.samePixels(before.quantized));

        request.plan = quant::planFromArgument("int8", *request.generator);
        RunCounter back;
        const compare::Result again = comparison.run(request, back.job());
        QCOMPARE(back.fp32 + back.quantized + back.calibrations, 0);
        QVERIFY(again.quantized.samePixels(before.quantized));
        QCOMPARE(again.report.quantized.seconds, before.report.quantized.seconds);
        QCOMPARE(again.report.quantized.psnrFp32.value, before.report.quantized.psnrFp32.value);
    }

    void otherInputsAreNotTakenFromTheCache_data()
    {
        QTest::addColumn<QString>("change");
        for (const char *change : {"one pixel", "profile", "generator", "budget"})
            QTest::newRow(change) << change;
    }

    void otherInputsAreNotTakenFromTheCache()
    {
        QFETCH(QString, change);
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        comparison.run(request, {});
        if (change == "one pixel")
            request.input.mutableBytes()[100] ^= 64;
        else if (change == "profile")
            request.input.setIccProfile({1, 2, 3});
        else if (change == "generator")
            request.generator = smallGenerator();
        else
            request.memoryBudget = std::size_t{1} << 30;
        RunCounter counter;
        comparison.run(request, counter.job());
        QCOMPARE(counter.fp32, 1);
        QCOMPARE(counter.quantized, 1);
    }

    void copiesOfThePixelsAreTheSameInput()
    {
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        comparison.run(request, {});
        request.input = test::patternPicture({40, 30}); // equal, elsewhere in memory
        RunCounter counter;
        comparison.run(request, counter.job());
        QCOMPARE(counter.fp32 + counter.quantized, 0);
    }

    void anotherCalibrationMakesAnotherModel()
    {
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        const compare::Result own = comparison.run(request, {});
        auto wide = std::make_shared<quant::Calibration>(*own.calibration);
        for (quant::Range &range : wide->ranges) {
            range.low *= 8.0F;
            range.high *= 8.0F;
            for (float &low : range.channelLow)
                low *= 8.0F;
            for (float &high : range.channelHigh)
                high *= 8.0F;
        }
        request.calibration = wide;
        const compare::Result other = comparison.run(request, {});
        QVERIFY(other.calibration == request.calibration);
        QVERIFY(*other.report.quantized.psnrFp32.value < *own.report.quantized.psnrFp32.value - 3.0);
    }

    void allFloatIsIdentical()
    {
        compare::Comparison comparison(m_pool);
        const compare::Result result = comparison.run(makeRequest(smallGenerator(), "fp32"), {});
        // Both sum in float32, in different orders: at most a rounding here and there.
        QVERIFY(*result.report.quantized.psnrFp32.value > 70.0);
    }

    void sidesCanBeLeftOut()
    {
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        request.runFloat = false;
        compare::Result result = comparison.run(request, {});
        QVERIFY(result.fp32.isNull() && !result.quantized.isNull());
        QCOMPARE(result.report.fp32.seconds, 0.0);
        QVERIFY(!result.report.quantized.psnrFp32.value);
        QVERIFY(nlohmann::json::parse(result.report.toJson())["fp32"]["seconds"].is_null());
        request.runFloat = true;
        request.runQuantized = false;
        result = comparison.run(request, {});
        QVERIFY(!result.fp32.isNull() && result.quantized.isNull());
        QVERIFY(!result.model);
    }

    void partsShowTheFocusFirstAndCoverBothSides()
    {
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        request.focus = {30, 20, 6, 6};
        std::vector<compare::Part> parts;
        comparison.run(request, {}, [&](const compare::Part &part) { parts.push_back(part); });
        QVERIFY(parts.size() >= 4);
        QVERIFY(parts[0].side == Side::Fp32 && parts[1].side == Side::Quantized);
        QVERIFY(parts[0].where == (image::Rect{120, 80, 24, 24}) && parts[1].where == parts[0].where);
        for (const Side side : {Side::Fp32, Side::Quantized}) {
            std::set<std::pair<int, int>> covered;
            for (const compare::Part &part : parts) {
                QVERIFY(part.pixels.size() == (image::Size{part.where.width, part.where.height}));
                for (int y = part.where.y; part.side == side && y < part.where.bottom(); ++y)
                    for (int x = part.where.x; x < part.where.right(); ++x)
                        covered.insert({x, y});
            }
            QCOMPARE(covered.size(), std::size_t{160 * 120});
        }
        // What is known already is shown at once, as a whole.
        parts.clear();
        comparison.run(request, {}, [&](const compare::Part &part) { parts.push_back(part); });
        QCOMPARE(parts.size(), std::size_t{2});
        QVERIFY(parts[0].where == (image::Rect{0, 0, 160, 120}));
    }

    void sidesAreToldAsSoonAsTheyAreKnown()
    {
        compare::Comparison comparison(m_pool);
        std::vector<Side> order;
        bool quality = false;
        comparison.run(makeRequest(smallGenerator()), {}, {}, [&](Side side, const compare::SideReport &report) {
            order.push_back(side);
            QVERIFY(report.seconds > 0.0 && report.bytes > 0);
            quality = quality || report.psnrFp32.value.has_value();
        });
        QVERIFY(order.size() >= 4);
        QVERIFY(order[0] == Side::Fp32 && order[1] == Side::Quantized);
        QVERIFY(quality);
    }

    void progressRisesToOne()
    {
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        request.focus = {30, 20, 6, 6};
        double last = 0.0;
        base::Job job;
        job.progress = [&last](double fraction, const std::string &what) {
            QVERIFY2(fraction >= last, what.c_str());
            last = fraction;
        };
        comparison.run(request, job, [](const compare::Part &) {});
        QCOMPARE(last, 1.0);
    }

    void keptActivationsChangeNothing()
    {
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        request.focus = {30, 20, 6, 6};
        const auto watched = [&] { return comparison.run(request, {}, [](const compare::Part &) {}); };
        const compare::Result first = watched();
        request.calibration = first.calibration;
        for (const char *plan : {"*=8/8,tail=4/8", "*=8/8,head=4/8", "*=8/8,trunk=8/12", "*=8/8,tail=fp32/fp32"}) {
            request.plan = quant::planFromArgument(plan, *request.generator);
            const compare::Result kept = watched();
            compare::Comparison fresh(m_pool);
            QVERIFY(kept.quantized.samePixels(fresh.run(request, {}).quantized));
            QVERIFY(!kept.quantized.samePixels(first.quantized));
            QVERIFY(kept.report.quantized.seconds > 0.0);
        }
    }

    void cancelledAtAnyMomentItWorksAgain()
    {
        compare::Comparison fresh(m_pool);
        const model::GeneratorPtr generator = smallGenerator();
        const compare::Request request = makeRequest(generator);
        const compare::Result expected = fresh.run(request, {});
        compare::Comparison comparison(m_pool);
        int reports = 0;
        for (int stopAt = 1;; ++stopAt) {
            base::Job job;
            reports = 0;
            job.progress = [&](double, const std::string &) {
                if (++reports == stopAt)
                    job.cancel.cancel();
            };
            try {
                comparison.run(request, job);
                QVERIFY2(reports < stopAt || stopAt > 3, "a run went on although it was cancelled");
                break;
            } catch (const base::Cancelled &) {
            }
            QVERIFY(stopAt < 100);
        }
        const compare::Result result = comparison.run(request, {});
        QVERIFY(result.fp32.samePixels(expected.fp32));
        QVERIFY(result.quantized.samePixels(expected.quantized));
    }

    void refusesWhatDoesNotFit()
    {
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        request.plan = quant::BitPlan(3, {});
        QVERIFY_EXCEPTION_THROWN(comparison.run(request, {}), base::Error);
        request = makeRequest(smallGenerator());
        request.generator = nullptr;
        QVERIFY_EXCEPTION_THROWN(comparison.run(request, {}), base::Error);
        request = makeRequest(smallGenerator());
        request.input = {};
        try {
            comparison.run(request, {});
            QFAIL("an empty picture was accepted");
        } catch (const base::Error &error) {
            QCOMPARE(error.file(), std::string("pattern"));
        }
    }

    void aReferenceOfAnotherSizeIsAReasonNotAFailure()
    {
        compare::Comparison comparison(m_pool);
        compare::Request request = makeRequest(smallGenerator());
        request.reference = test::patternPicture({100, 100});
        compare::Result result = comparison.run(request, {});
        QVERIFY(!result.report.fp32.psnrHr.value);
        QVERIFY(result.report.fp32.psnrHr.reason.find("100 x 100") != std::string::npos);
        // Originals whose sides are no multiple of the scale are a few pixels larger.
        request.reference = test::patternPicture({162, 123});
        result = comparison.run(request, {});
        QVERIFY(result.report.fp32.psnrHr.value.has_value());
    }

    void jsonHasTheNamesThatScriptsRelyOn()
    {
        compare::Comparison comparison(m_pool);
        const nlohmann::json json =
            nlohmann::json::parse(comparison.run(makeRequest(smallGenerator()), {}).report.toJson());
        QCOMPARE(json["schema"].get<int>(), 1);
        for (const char *name : {"input", "model", "plan", "fp32", "quantized", "size_change", "time_change"})
            QVERIFY2(json.contains(name), name);
        for (const char *name : {"seconds", "bytes", "psnr_hr", "ssim_hr", "niqe", "ma", "pi"}) {
            QVERIFY2(json["fp32"].contains(name), name);
            QVERIFY2(json["quantized"].contains(name), name);
        }
        for (const char *name : {"psnr_fp32", "ssim_fp32"}) {
            QVERIFY2(json["quantized"][name].is_number(), name);
            QVERIFY(!json["fp32"].contains(name));
        }
        QVERIFY(json["fp32"]["psnr_hr"].is_null());
        QVERIFY(json["fp32"]["ma"].is_null());
    }

    void infinityIsNullAndIdentical()
    {
        compare::Report report;
        report.quantized.psnrFp32.value = std::numeric_limits<double>::infinity();
        const nlohmann::json json = nlohmann::json::parse(report.toJson());
        QVERIFY(json["quantized"]["psnr_fp32"].is_null());
        QCOMPARE(json["quantized"]["identical"].get<bool>(), true);
        QVERIFY(json["size_change"].is_null());
    }

    void aPackedModelIsTakenAsItIs()
    {
        compare::Comparison comparison(m_pool);
        const compare::Request request = makeRequest(smallGenerator(), "w4");
        const compare::Result original = comparison.run(request, {});
        const quant::QuantizedModelPtr packed = quant::unpack(quant::pack(*original.model), "packed");
        compare::Request second = request;
        second.generator = packed->generator;
        second.plan = packed->plan;
        second.packed = packed;
        compare::Comparison other(m_pool);
        const compare::Result result = other.run(second, {});
        QVERIFY(result.model == packed);
        QVERIFY(result.quantized.samePixels(original.quantized));
    }
};

QTEST_GUILESS_MAIN(TestComparison)
#include "tst_comparison.moc"
