// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/replay.h"
#include "engine/model/generatorjson.h"
#include "engine/run/tiles.h"
#include "tests/engine/compare/testpictures.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace bitlens;
using nlohmann::json;

namespace {

const compare::Versions kVersions{{"bitlens", "1"}, {"threads", "2"}};

test::SrganShape smallShape(std::uint64_t seed = 1, int blocks = 1)
{
    test::SrganShape shape;
    shape.blocks = blocks;
    shape.channels = 8;
    shape.outerKernel = 5;
    shape.seed = seed;
    return shape;
}

} // namespace

/// Comparisons whose pixels depend on more than picture, model and plan are made again exactly.
class TestBundleReplay : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{2};
    QTemporaryDir m_folder;

    std::string written(const QString &name, const compare::Request &request, const compare::Result &result) const
    {
        compare::BundleOptions options;
        options.versions = kVersions;
        const std::string path = m_folder.filePath(name).toStdString();
        compare::writeBundle(request, result, options, path, {});
        return path;
    }

    compare::Replay replayed(const std::string &path) const
    {
        compare::Comparison comparison(m_pool);
        return compare::replayBundle(compare::readBundle(path, {}), kVersions, comparison, {});
    }

private slots:
    /// A tuned model: packed weights that are not the FP32 side rounded, and the FP32 side as it was.
    void theFp32SideOfATunedModelIsItsOwn()
    {
        compare::Request request;
        request.generator = test::syntheticGenerator(smallShape());
        request.input = test::patternPicture({40, 30}, 3);
        request.plan = quant::planFromArgument("*=6/8,tail=8/12", *request.generator);
        compare::Comparison comparison(m_pool);
        const compare::Result untuned = comparison.run(request, {});
        auto tuned = std::make_shared<quant::QuantizedModel>(*untuned.model);
        for (float &bias : tuned->layers.back().bias)
            bias += 0.05F;
        request.packed = tuned;
        const compare::Result result = comparison.run(request, {});
        QCOMPARE(result.model, quant::QuantizedModelPtr(tuned));
        QVERIFY(result.fp32.samePixels(untuned.fp32));
        QVERIFY(!result.quantized.samePixels(untuned.quantized));
        const std::string path = written("tuned", request, result);
        const compare::Replay replay = replayed(path);
        QVERIFY2(replay.isIdentical(), replay.differences.empty() ? "" : replay.differences[0].c_str());

        // Other FP32 weights are noticed, and those of another structure refused.
        base::writeFileAtomically(path + "/generator.safetensors",
                                  model::exportGenerator(*test::syntheticGenerator(smallShape(2))));
        const compare::Replay other = replayed(path);
        QVERIFY(!other.isIdentical());
        QVERIFY(std::any_of(other.differences.begin(), other.differences.end(),
                            [](const auto &text) { return text.starts_with("model: the FP32 weights"); }));
        base::writeFileAtomically(path + "/generator.safetensors",
                                  model::exportGenerator(*test::syntheticGenerator(smallShape(2, 2))));
        QVERIFY_EXCEPTION_THROWN((void)compare::readBundle(path, {}), base::Error);
    }

    /// Where tiles do not see as far as the network, the pixels depend on how the picture was cut.
    void deepModelsAreCutAsTheyWere()
    {
        compare::Request request;
        request.input = test::patternPicture({240, 24}, 3, image::SampleType::U16); // each rounding counts
        request.generator = test::syntheticGenerator(test::RrdbShape{.blocks = 5, .channels = 4, .growth = 2});
        QVERIFY(request.generator->receptiveRadius() > run::kDefaultOverlapLimit);
        request.plan = quant::planFromArgument("*=6/8", *request.generator);
        request.measureQuality = false;
        request.maximumTiles = {180, 170}; // as a focus or little memory would
        compare::Comparison comparison(m_pool);
        const compare::Result result = comparison.run(request, {});
        QVERIFY(result.tiles == request.maximumTiles);
        request.maximumTiles = {};
        // What this test is about: other tiles give other pixels.
        const compare::Result whole = comparison.run(request, {});
        QVERIFY(whole.tiles.fp32 > result.tiles.fp32);
        QVERIFY(!whole.fp32.samePixels(result.fp32) || !whole.quantized.samePixels(result.quantized));
        const std::string path = written("deep", request, result);
        const compare::Replay replay = replayed(path);
        QVERIFY2(replay.isIdentical(), replay.differences.empty() ? "" : replay.differences[0].c_str());
        QVERIFY(replay.notes.empty());
        const auto bytes = base::readFile(path + "/bundle.json");
        json manifest = json::parse(bytes.begin(), bytes.end());
        manifest["tile"] = {{"fp32", 240}, {"quantized", 240}};
        base::writeFileAtomically(path + "/bundle.json", manifest.dump());
        QVERIFY(!replayed(path).isIdentical());
    }
};

QTEST_APPLESS_MAIN(TestBundleReplay)
#include "tst_bundlereplay.moc"
