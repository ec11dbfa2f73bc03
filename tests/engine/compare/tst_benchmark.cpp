// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/benchmark.h"

#include "engine/base/error.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>
#include <nlohmann/json.hpp>

using namespace bitlens;

class TestBenchmark : public QObject {
    Q_OBJECT
    base::ThreadPool m_pool{2};

    compare::BenchmarkRequest makeRequest() const
    {
        test::SrganShape shape;
        shape.blocks = 1;
        shape.channels = 8;
        shape.outerKernel = 3;
        compare::BenchmarkRequest request;
        request.generator = test::syntheticGenerator(shape);
        request.plan = quant::planFromArgument("*=8/8,tail=fp32/fp32", *request.generator);
        request.size = {24, 16};
        request.runs = 3;
        request.layers = true;
        return request;
    }

private slots:
    void measuresBothSides()
    {
        const compare::BenchmarkRequest request = makeRequest();
        const compare::Benchmark benchmark = compare::benchmark(request, m_pool, {});
        QCOMPARE(benchmark.fp32.seconds.size(), std::size_t{3});
        QCOMPARE(benchmark.quantized.seconds.size(), std::size_t{3});
        QVERIFY(benchmark.fp32.minimum() > 0.0);
        QVERIFY(benchmark.fp32.minimum() <= benchmark.fp32.median());
        QVERIFY(benchmark.fp32.median() <= benchmark.fp32.maximum());
        QCOMPARE(benchmark.threads, 2);
        QCOMPARE(benchmark.speedup(), benchmark.fp32.median() / benchmark.quantized.median());
        QCOMPARE(benchmark.layers.size(), request.generator->layers.size());
        QVERIFY(benchmark.layers.front().integer);
        QVERIFY(!benchmark.layers.back().integer); // a float layer must say so
        QVERIFY(benchmark.layers.front().macs > 0.0);
    }

    /// FP32 and quantized take turns, so that neither has the quiet half of a busy machine.
    void theSidesTakeTurns()
    {
        std::vector<std::string> runs;
        double before = 0.0;
        base::Job job;
        job.progress = [&](double fraction, const std::string &what) {
            QVERIFY(fraction >= before);
            before = fraction;
            if (what.find(", run ") != std::string::npos)
                runs.push_back(what);
        };
        compare::benchmark(makeRequest(), m_pool, job);
        const std::vector<std::string> expected{"FP32, run 1 of 3", "quantized, run 1 of 3",
                                                "FP32, run 2 of 3", "quantized, run 2 of 3",
                                                "FP32, run 3 of 3", "quantized, run 3 of 3"};
        QVERIFY(runs == expected);
    }

    void theQuantizedSideAloneRunsNoFp32()
    {
        compare::BenchmarkRequest request = makeRequest();
        request.runFloat = false;
        const compare::Benchmark benchmark = compare::benchmark(request, m_pool, {});
        QVERIFY(benchmark.fp32.seconds.empty());
        QCOMPARE(benchmark.layers.size(), request.generator->layers.size());
        for (const compare::BenchmarkLayer &layer : benchmark.layers) {
            QVERIFY(!layer.fp32Seconds);
            QVERIFY(layer.macs > 0.0);
        }
        QVERIFY(nlohmann::json::parse(benchmark.toJson())["layers"][0]["fp32_seconds"].is_null());
    }

    void jsonHasTheNamesThatScriptsRelyOn()
    {
        const nlohmann::json json = nlohmann::json::parse(compare::benchmark(makeRequest(), m_pool, {}).toJson());
        for (const char *name : {"schema", "cpu", "threads", "size", "fp32", "quantized", "speedup", "layers"})
            QVERIFY2(json.contains(name), name);
        for (const char *side : {"fp32", "quantized"})
            for (const char *name : {"median_s", "min_s", "max_s", "backend", "peak_bytes"})
                QVERIFY2(json[side].contains(name), name);
        for (const char *name : {"name", "kernel", "integer", "seconds", "macs", "weight_bits", "activation_bits"})
            QVERIFY2(json["layers"][0].contains(name), name);
    }

    void medianOfEvenAndOddCounts()
    {
        compare::BenchmarkSide side;
        QCOMPARE(side.median(), 0.0);
        side.seconds = {3.0, 1.0, 2.0};
        QCOMPARE(side.median(), 2.0);
        side.seconds = {4.0, 1.0, 2.0, 3.0};
        QCOMPARE(side.median(), 2.5);
        QCOMPARE(side.minimum(), 1.0);
        QCOMPARE(side.maximum(), 4.0);
    }

    void refusesNonsense()
    {
        compare::BenchmarkRequest request = makeRequest();
        request.size = {0, 5};
        QVERIFY_EXCEPTION_THROWN(compare::benchmark(request, m_pool, {}), base::Error);
        request = makeRequest();
        request.runs = 0;
        QVERIFY_EXCEPTION_THROWN(compare::benchmark(request, m_pool, {}), base::Error);
    }
};

QTEST_GUILESS_MAIN(TestBenchmark)
#include "tst_benchmark.moc"
