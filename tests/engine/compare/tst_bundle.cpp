// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/bundlefiles.h"
#include "engine/compare/replay.h"
#include "engine/image/codec.h"
#include "engine/model/generatorjson.h"
#include "tests/engine/compare/testpictures.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <optional>

using namespace bitlens;
using nlohmann::json;

namespace {

compare::Request makeRequest(image::Size size = {40, 30}, int channels = 3)
{
    test::SrganShape shape;
    shape.blocks = 1;
    shape.channels = 8;
    shape.outerKernel = 5;
    compare::Request request;
    request.generator = test::syntheticGenerator(shape);
    request.input = test::patternPicture(size, channels);
    request.inputName = "pattern";
    request.plan = quant::planFromArgument("*=6/8,tail=8/12", *request.generator);
    request.planName = "custom";
    return request;
}

std::optional<base::Error> errorOf(const std::function<void()> &action)
{
    try {
        action();
    } catch (const base::Error &error) {
        return error;
    }
    return std::nullopt;
}

std::string textOf(const std::string &path)
{
    const auto bytes = base::readFile(path);
    return {bytes.begin(), bytes.end()};
}

QStringList entries(const QString &folder)
{
    return QDir(folder).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
}

const compare::Versions kVersions{{"bitlens", "1"}, {"threads", "2"}};

} // namespace

class TestBundle : public QObject {
    Q_OBJECT

    base::ThreadPool m_pool{2};
    QTemporaryDir m_folder;
    compare::Request m_request = makeRequest();
    compare::Result m_result;

    compare::BundleOptions options() const
    {
        compare::BundleOptions options;
        options.versions = kVersions;
        options.figureName = "figure.svg";
        options.figure = {'<', '>'};
        return options;
    }

    /// A bundle in a folder of the test's own.
    std::string written(const QString &name, const compare::BundleOptions &options) const
    {
        const std::string path = m_folder.filePath(name).toStdString();
        compare::writeBundle(m_request, m_result, options, path, {});
        return path;
    }

    compare::Replay replayed(const std::string &path, const compare::BundleReadOptions &options = {}) const
    {
        compare::Comparison comparison(m_pool);
        return compare::replayBundle(compare::readBundle(path, options), kVersions, comparison, {});
    }

    void editManifest(const std::string &folder, const std::function<void(json &)> &edit) const
    {
        json manifest = json::parse(textOf(folder + "/bundle.json"));
        edit(manifest);
        base::writeFileAtomically(folder + "/bundle.json", manifest.dump());
    }

private slots:
    void initTestCase()
    {
        compare::Comparison comparison(m_pool);
        m_result = comparison.run(m_request, {});
    }

    void replaysToTheSamePixels_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("folder") << "plain";
        QTest::newRow("zip archive") << "packed.zip";
        QTest::newRow("zip archive, large letters") << "packed.ZIP";
    }
    void replaysToTheSamePixels()
    {
        QFETCH(QString, name);
        const std::string path = written(name, options());
        const compare::Bundle bundle = compare::readBundle(path, {});
        QVERIFY(bundle.request.input.samePixels(m_request.input));
        QVERIFY(bundle.request.plan == m_request.plan);
        QVERIFY(bundle.request.calibration->ranges == m_result.calibration->ranges);
        QVERIFY(bundle.request.calibration->channelExponents == m_result.calibration->channelExponents);
        QVERIFY(bundle.request.calibration->channelMeans == m_result.calibration->channelMeans);
        const compare::Replay replay = replayed(path);
        QVERIFY2(replay.isIdentical(), replay.differences.empty() ? "" : replay.differences[0].c_str());
        QVERIFY(replay.result.quantized.samePixels(m_result.quantized));
        QVERIFY(replay.result.fp32.samePixels(m_result.fp32));
        QVERIFY(replay.notes.empty());
    }

    void otherKindsOfPicturesAndModels_data()
    {
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("packed");
        QTest::newRow("gray") << 1 << false;
        QTest::newRow("gray and alpha") << 2 << false;
        QTest::newRow("alpha") << 4 << false;
        QTest::newRow("packed model") << 3 << true;
    }
    void otherKindsOfPicturesAndModels()
    {
        QFETCH(int, channels);
        QFETCH(bool, packed);
        compare::Request request = makeRequest({24, 20}, channels);
        compare::Comparison comparison(m_pool);
        if (packed) {
            request.packed = quant::unpack(quant::pack(*m_result.model), "packed");
            request.generator = request.packed->generator;
            request.plan = request.packed->plan;
        }
        const compare::Result result = comparison.run(request, {});
        const std::string path = m_folder.filePath(QString("kind%1%2.zip").arg(channels).arg(packed)).toStdString();
        compare::writeBundle(request, result, options(), path, {});
        const compare::Replay replay = replayed(path);
        QVERIFY2(replay.isIdentical(), replay.differences.empty() ? "" : replay.differences[0].c_str());
    }

    void equalBundlesAreEqualFiles()
    {
        const std::string one = written("one.zip", options());
        const std::string two = written("two.zip", options());
        QVERIFY(base::readFile(one) == base::readFile(two));
    }

    void inputsThatWereNotCopiedAreFoundAndChecked()
    {
        const QString image = m_folder.filePath("outside.png");
        const QString model = m_folder.filePath("outside.safetensors");
        image::writeImage(m_request.input, image.toStdString());
        base::writeFileAtomically(model.toStdString(), model::exportGenerator(*m_request.generator));
        compare::BundleOptions byPath = options();
        byPath.copyImage = false;
        byPath.copyModel = false;
        byPath.imagePath = image.toStdString();
        byPath.modelArgument = model.toStdString();
        const std::string path = written("bypath", byPath);
        QVERIFY(!entries(QString::fromStdString(path)).contains("input.png"));
        QVERIFY(!entries(QString::fromStdString(path)).contains("model.safetensors"));
        QVERIFY(replayed(path).isIdentical());

        image::Image changed = m_request.input;
        changed.mutableBytes()[500] ^= 0x40;
        image::writeImage(changed, image.toStdString());
        const compare::Replay replay = replayed(path);
        QVERIFY(!replay.isIdentical());
        QVERIFY2(replay.differences[0].starts_with("input:"), replay.differences[0].c_str());
        const bool counted = std::any_of(replay.differences.begin(), replay.differences.end(), [](const auto &text) {
            return text.starts_with("quantized:") && text.find("pixels differ, by at most") != std::string::npos;
        });
        QVERIFY(counted);
        std::filesystem::remove(image.toStdString());
        const auto error = errorOf([&] { replayed(path); });
        QVERIFY(error && error->file() == image.toStdString());
        // Another place for the same picture will do.
        compare::BundleReadOptions elsewhere;
        elsewhere.imagePath = m_folder.filePath("elsewhere.png").toStdString();
        image::writeImage(m_request.input, elsewhere.imagePath);
        QVERIFY(replayed(path, elsewhere).isIdentical());
    }

    void saysExactlyWhatDiffers()
    {
        // Another plan than the one whose results are recorded.
        const std::string plan = written("plan", options());
        const auto other = quant::planFromArgument("*=3/6", *m_request.generator);
        base::writeFileAtomically(plan + "/plan.json", other.toJson(*m_request.generator));
        compare::Replay replay = replayed(plan);
        QCOMPARE(replay.differences.size(), std::size_t{2});
        QVERIFY2(replay.differences[0].starts_with("plan: plan.json says *=3/6"), replay.differences[0].c_str());
        QVERIFY2(replay.differences[1].starts_with("quantized: "), replay.differences[1].c_str());

        // Ranges that clip.
        const std::string ranges = written("ranges", options());
        json calibration = json::parse(textOf(ranges + "/ranges.json"));
        for (json &map : calibration["maps"])
            for (json &high : map["channel_high"])
                high = high.get<double>() * 0.25;
        base::writeFileAtomically(ranges + "/ranges.json", calibration.dump());
        replay = replayed(ranges);
        QCOMPARE(replay.differences.size(), std::size_t{1});
        QVERIFY2(replay.differences[0].starts_with("quantized: "), replay.differences[0].c_str());

        // Other weights: one bit of one of them, which may or may not show in the pixels.
        const std::string model = written("model", options());
        auto weights = base::readFile(model + "/model.safetensors");
        weights[weights.size() - 200] ^= 0x20;
        base::writeFileAtomically(model + "/model.safetensors", weights);
        replay = replayed(model);
        QVERIFY(!replay.differences.empty());
        QVERIFY2(replay.differences[0].starts_with("model:"), replay.differences[0].c_str());

        // Another program: said, but no difference.
        compare::Comparison comparison(m_pool);
        const compare::Bundle bundle = compare::readBundle(written("versions", options()), {});
        replay = compare::replayBundle(bundle, {{"bitlens", "2"}}, comparison, {});
        QVERIFY(replay.isIdentical());
        QCOMPARE(replay.notes.size(), std::size_t{1});
        QVERIFY2(replay.notes[0].find("2 here, 1 when it was recorded") != std::string::npos, replay.notes[0].c_str());
    }

    void hostileBundlesAreRefused_data()
    {
        QTest::addColumn<QString>("pointer");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("words");
        QTest::newRow("out of the folder") << "/image/file"
                                           << "\"../outside.png\""
                                           << "no name of a bundle's file";
        QTest::newRow("absolute") << "/model/file"
                                  << "\"/etc/passwd\""
                                  << "no name of a bundle's file";
        QTest::newRow("hidden") << "/plan/file"
                                << "\".plan\""
                                << "no name of a bundle's file";
        QTest::newRow("other separator") << "/plan/file"
                                         << "\"..\\\\plan.json\""
                                         << "no name of a bundle's file";
        QTest::newRow("missing file") << "/ranges/file"
                                      << "\"none.json\""
                                      << "no file none.json";
        QTest::newRow("a link") << "/image/file"
                                << "\"link.png\""
                                << "not a regular file";
        QTest::newRow("a folder") << "/image/file"
                                  << "\"folder.png\""
                                  << "not a regular file";
        QTest::newRow("no hash") << "/image/sha256"
                                 << "\"123\""
                                 << "expected a SHA-256";
        QTest::newRow("a number for a text") << "/model/argument"
                                             << "17"
                                             << "expected a text";
        QTest::newRow("schema of the future") << "/schema"
                                              << "99"
                                              << "schema 1";
        QTest::newRow("another kind") << "/kind"
                                      << "\"else\""
                                      << "expected a bitlens bundle";
        QTest::newRow("results that are not there") << "/results"
                                                    << "null"
                                                    << "expected a SHA-256";
        QTest::newRow("wrong versions") << "/versions"
                                        << "[1]"
                                        << "expected an object";
        QTest::newRow("another picture's hash") << "/results/fp32/file"
                                                << "\"quantized.png\""
                                                << "is not the picture whose hash";
        QTest::newRow("no picture") << "/image/file"
                                    << "\"plan.json\""
                                    << "plan.json";
    }
    void hostileBundlesAreRefused()
    {
        QFETCH(QString, pointer);
        QFETCH(QString, value);
        QFETCH(QString, words);
        const std::string path = written(QString("hostile%1").arg(QTest::currentDataTag()).remove(' '), options());
        std::filesystem::create_symlink("input.png", path + "/link.png");
        std::filesystem::create_directory(path + "/folder.png");
        editManifest(path, [&](json &manifest) {
            manifest[json::json_pointer(pointer.toStdString())] = json::parse(value.toStdString());
        });
        const auto error = errorOf([&] { compare::readBundle(path, {}); });
        QVERIFY(error.has_value());
        QVERIFY2(QString(error->what()).contains(words), error->what());
        QVERIFY2(QString(error->what()).contains(QString::fromStdString(path)), error->what());
        QVERIFY(error->code() != base::ErrorCode::Internal);
    }

    void hostileRangesAreRefused_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("nothing") << "";
        QTest::newRow("no object") << "[]";
        QTest::newRow("no maps") << R"({"schema":1})";
        QTest::newRow("too few maps") << R"({"schema":1,"maps":[]})";
        QTest::newRow("not numbers") << R"({"schema":1,"maps":[1,2,3,4,5,6,7,8,9,10]})";
    }
    void hostileRangesAreRefused()
    {
        QFETCH(QString, text);
        const std::string path = written(QString("badranges%1").arg(QTest::currentDataTag()).remove(' '), options());
        base::writeFileAtomically(path + "/ranges.json", text.toStdString());
        const auto error = errorOf([&] { compare::readBundle(path, {}); });
        QVERIFY(error && error->code() == base::ErrorCode::BrokenFile);
        QVERIFY2(error->file().find("ranges.json") != std::string::npos, error->what());
    }

    void wrongRangesAreRefused()
    {
        const std::string path = written("wrongranges", options());
        const json sound = json::parse(textOf(path + "/ranges.json"));
        const auto refused = [&](const std::function<void(json &)> &edit) {
            json ranges = sound;
            edit(ranges);
            base::writeFileAtomically(path + "/ranges.json", ranges.dump());
            return errorOf([&] { compare::readBundle(path, {}); }).has_value();
        };
        QVERIFY(!refused([](json &) {}));
        QVERIFY(refused([](json &ranges) { ranges["maps"][1]["low"] = 1e300; }));
        QVERIFY(refused([](json &ranges) { ranges["maps"][1]["low"] = 1.0; }));
        QVERIFY(refused([](json &ranges) { ranges["maps"][1]["exponent"] = 2; }));
        QVERIFY(refused([](json &ranges) { ranges["maps"][1]["channel_low"].erase(0); }));
        QVERIFY(refused([](json &ranges) { ranges["maps"][1]["channel_low"][0] = 1e9; }));
        QVERIFY(refused([](json &ranges) { ranges["maps"][1]["channel_high"] = nullptr; }));
    }

    void tooLargeTextsAreRefused()
    {
        const std::string path = written("large", options());
        base::writeFileAtomically(path + "/plan.json", std::string(5'000'000, ' '));
        const auto error = errorOf([&] { compare::readBundle(path, {}); });
        QVERIFY(error && error->code() == base::ErrorCode::TooLarge);
    }

    void whatIsNoBundleIsSaid()
    {
        const std::string path = m_folder.filePath("no.zip").toStdString();
        auto error = errorOf([&] { compare::readBundle(path, {}); });
        QVERIFY(error && error->code() == base::ErrorCode::NotFound);
        base::writeFileAtomically(path, std::string("nonsense"));
        error = errorOf([&] { compare::readBundle(path, {}); });
        QVERIFY(error && error->code() == base::ErrorCode::UnknownFormat);
        const std::string whole = written("whole.zip", options());
        auto bytes = base::readFile(whole);
        bytes.resize(bytes.size() / 2);
        base::writeFileAtomically(path, bytes);
        error = errorOf([&] { compare::readBundle(path, {}); });
        QVERIFY(error && error->code() == base::ErrorCode::BrokenFile);
        error = errorOf([&] { compare::readBundle(m_folder.path().toStdString(), {}); });
        QVERIFY(error && error->code() == base::ErrorCode::BrokenFile);
    }

    void nothingThatExistedIsLost()
    {
        const QTemporaryDir folder;
        const std::string file = folder.filePath("mine/precious.txt").toStdString();
        QDir(folder.path()).mkdir("mine");
        base::writeFileAtomically(file, std::string("precious"));
        auto error = errorOf(
            [&] { compare::writeBundle(m_request, m_result, options(), folder.filePath("mine").toStdString(), {}); });
        QVERIFY(error && error->code() == base::ErrorCode::NotWritable);
        QCOMPARE(textOf(file), std::string("precious"));

        compare::BundleOptions guarded = options();
        guarded.inputs = {folder.filePath("input.zip").toStdString()};
        base::writeFileAtomically(guarded.inputs[0], std::string("an input"));
        error = errorOf([&] { compare::writeBundle(m_request, m_result, guarded, guarded.inputs[0], {}); });
        QVERIFY(error && error->code() == base::ErrorCode::InvalidArgument);
        QCOMPARE(textOf(guarded.inputs[0]), std::string("an input"));

        const base::Job cancelled;
        cancelled.cancel.cancel();
        for (const char *name : {"new", "new.zip"})
            QVERIFY_EXCEPTION_THROWN(
                compare::writeBundle(m_request, m_result, options(), folder.filePath(name).toStdString(), cancelled),
                base::Cancelled);
        QCOMPARE(entries(folder.path()), (QStringList{"input.zip", "mine"}));
        // An empty folder of that name is as good as none.
        QDir(folder.path()).mkdir("empty");
        compare::writeBundle(m_request, m_result, options(), folder.filePath("empty").toStdString(), {});
        QCOMPARE(entries(folder.path()), (QStringList{"empty", "input.zip", "mine"}));
    }

    void onlyPlainNamesAreFiles()
    {
        for (const char *name : {"bundle.json", "a", "A-b_c.9"})
            QVERIFY2(compare::isBundleFileName(name), name);
        for (const char *name : {"", ".", "..", ".a", "a/b", "/a", "a\\b", "a b", "ä", "a\nb"})
            QVERIFY2(!compare::isBundleFileName(name), name);
        QVERIFY(!compare::isBundleFileName(std::string(101, 'a')));
        QVERIFY_EXCEPTION_THROWN(compare::writeBundleFiles({{"../a", {}}}, m_folder.filePath("x").toStdString(), {}),
                                 base::Error);
    }
};

QTEST_APPLESS_MAIN(TestBundle)
#include "tst_bundle.moc"
