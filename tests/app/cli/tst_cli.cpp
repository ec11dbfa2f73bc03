// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/image/codec.h"
#include "engine/image/resample.h"
#include "tests/app/cli/programrunner.h"
#include "tests/engine/compare/testpictures.h"

#include <QColor>
#include <QElapsedTimer>
#include <QImage>
#include <QRegularExpression>
#include <QTest>

#include <csignal>

using namespace bitlens;
using test::ProgramResult;

namespace {

const QStringList kCommands{"upscale",  "compare",     "replay",   "evaluate", "score", "bench", "inspect",
                            "quantize", "sensitivity", "allocate", "train",    "tune",  "models"};

/// True once the program has its signals in hand.
bool blocksInterrupt(qint64 process)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(process));
    if (!status.open(QIODevice::ReadOnly))
        return false;
    const QRegularExpressionMatch match =
        QRegularExpression(QStringLiteral("SigBlk:\\s*([0-9a-f]+)")).match(QString::fromUtf8(status.readAll()));
    return match.hasMatch() && (match.captured(1).toULongLong(nullptr, 16) & (1ULL << (SIGINT - 1))) != 0;
}

} // namespace

class TestCli : public QObject {
    Q_OBJECT

    test::ProgramRunner m_program;

    /// Writes a picture and returns its path.
    QString picture(const QString &name, image::Size size = {24, 16}) const
    {
        const QString path = m_program.path(name);
        image::writeImage(test::patternPicture(size), path.toStdString());
        return path;
    }

private slots:
    void versionNamesTheLibraries()
    {
        const ProgramResult result = m_program.run({"--version"});
        QCOMPARE(result.exitCode, 0);
        for (const char *name : {"bitlens ", "Qt 6", "LibTorch ", "OpenCV "})
            QVERIFY2(result.output.contains(name), name);
    }

    void helpAndManPageAgree()
    {
        QFile file(QStringLiteral(BITLENS_SOURCE_DIR "/packaging/bitlens.1"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString page = QString::fromUtf8(file.readAll()).remove('\\');
        const ProgramResult general = m_program.run({"--help"});
        QCOMPARE(general.exitCode, 0);
        for (const QString &command : kCommands) {
            QVERIFY2(general.output.contains(command), qPrintable(command));
            const ProgramResult help = m_program.run({command, "--help"});
            QCOMPARE(help.exitCode, 0);
            // The command's part of the page, up to the next heading.
            const qsizetype begin = page.indexOf(QStringLiteral(".SS bitlens ") + command);
            QVERIFY2(begin >= 0, qPrintable(command));
            const QString part = page.mid(begin, page.indexOf(QStringLiteral("\n.S"), begin + 1) - begin)
                                 + page.mid(page.indexOf(QStringLiteral(".SH COMMON OPTIONS")));
            QRegularExpressionMatchIterator options =
                QRegularExpression(QStringLiteral("--[a-z][a-z-]+")).globalMatch(help.output);
            while (options.hasNext()) {
                const QString option = options.next().captured();
                QVERIFY2(part.contains(option), qPrintable(command + ": " + option));
            }
        }
    }

    void wrongUsageIsTwo_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("message");
        const QString model = m_program.model();
        const QString input = picture("usage.png");
        const QString output = m_program.path("usage_out.png");
        QTest::newRow("no input") << QStringList{"upscale"} << "IN";
        QTest::newRow("no output") << QStringList{"upscale", input} << "output";
        QTest::newRow("unknown option") << QStringList{"compare", input, "--sharpen"} << "--sharpen";
        QTest::newRow("unknown plan") << QStringList{"compare", input, "--model", model, "--plan", "wonder"}
                                      << "wonder";
        QTest::newRow("plan of a stage that is not there")
            << QStringList{"compare", input, "--model", model, "--plan", "*=8/8,nose=4/8"} << "nose";
        QTest::newRow("plan with a width that is not allowed")
            << QStringList{"compare", input, "--model", model, "--plan", "*=9/8"} << "9";
        QTest::newRow("unknown format") << QStringList{"upscale", input, "-o", m_program.path("a.xyz"),
                                                       "--model", model}
                                        << "xyz";
        QTest::newRow("size") << QStringList{"bench", "--model", model, "--size", "12"} << "WIDTHxHEIGHT";
        QTest::newRow("threads") << QStringList{"bench", "--threads", "0"} << "--threads";
        QTest::newRow("memory") << QStringList{"upscale", input, "-o", output, "--memory", "lots"} << "--memory";
        QTest::newRow("quantize without images")
            << QStringList{"quantize", model, "-o", m_program.path("q.safetensors")} << "--calibrate";
        QTest::newRow("unknown ranges") << QStringList{"upscale", input, "-o", output, "--ranges", "narrow"}
                                        << "--ranges";
        QTest::newRow("ranges searched on nothing")
            << QStringList{"compare", input, "--model", model, "--ranges", "mse"} << "--calibrate";
        QTest::newRow("quantize to another name") << QStringList{"quantize", model, "-o", output} << ".safetensors";
    }

    void wrongUsageIsTwo()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, message);
        const ProgramResult result = m_program.run(arguments);
        QVERIFY2(result.exitCode == 2, qPrintable(result.messages));
        QVERIFY2(result.messages.contains(message), qPrintable(result.messages));
        QVERIFY(result.messages.contains("--help"));
        QVERIFY(result.output.isEmpty());
    }

    void failuresAreOneAndNameTheFile_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QStringList>("messages");
        const QString model = m_program.model();
        const QString input = picture("fail.png");
        const QString broken = QString::fromStdString(test::writeTestFile(
            m_program.path("").toStdString(), "broken.png", std::string("\x89PNG\r\n\x1a\nand then nonsense")));
        const QString text = QString::fromStdString(
            test::writeTestFile(m_program.path("").toStdString(), "notes.pth", std::string("not a model")));
        const QString output = m_program.path("fail_out.png");
        QTest::newRow("no such image") << QStringList{"upscale", "/nonexistent.png", "-o", output, "--model", model}
                                       << QStringList{"/nonexistent.png"};
        QTest::newRow("broken image") << QStringList{"upscale", broken, "-o", output, "--model", model}
                                      << QStringList{"broken.png"};
        QTest::newRow("no such model") << QStringList{"upscale", input, "-o", output, "--model", "/none.pth"}
                                       << QStringList{"/none.pth"};
        QTest::newRow("not a model") << QStringList{"inspect", text} << QStringList{"notes.pth"};
        QTest::newRow("a model that is not fetched")
            << QStringList{"upscale", input, "-o", output, "--model", "realesrgan-x4plus"}
            << QStringList{"bitlens models get realesrgan-x4plus"};
        QTest::newRow("no folder for the output")
            << QStringList{"upscale", input, "-o", "/nonexistent/a.png", "--model", model}
            << QStringList{"/nonexistent"};
        QTest::newRow("over the input") << QStringList{"upscale", input, "-o", input, "--model", model}
                                        << QStringList{"fail.png"};
        QTest::newRow("too little memory")
            << QStringList{"upscale", input, "-o", output, "--model", model, "--memory", "10k"}
            << QStringList{"fail.png", "memory"};
        QTest::newRow("unknown catalogue name")
            << QStringList{"models", "path", "realesrgan"} << QStringList{"realesrgan"};
        QTest::newRow("not a folder of pairs")
            << QStringList{"evaluate", m_program.path(""), "--model", model} << QStringList{"HR"};
    }

    void failuresAreOneAndNameTheFile()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QStringList, messages);
        const QByteArray before = [this] {
            QFile file(m_program.path("fail.png"));
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        }();
        const ProgramResult result = m_program.run(arguments);
        QVERIFY2(result.exitCode == 1, qPrintable(QString::number(result.exitCode) + result.messages));
        QVERIFY(result.messages.startsWith("bitlens: "));
        for (const QString &message : messages)
            QVERIFY2(result.messages.contains(message), qPrintable(result.messages));
        QVERIFY(!QFile::exists(m_program.path("fail_out.png")));
        QFile file(m_program.path("fail.png"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), before);
    }

    void compareJson()
    {
        const QString input = picture("compare.png", {40, 30});
        const QString reference = m_program.path("reference.png");
        image::writeImage(image::resizeBicubic(test::patternPicture({40, 30}), {160, 120}), reference.toStdString());
        const ProgramResult result = m_program.run(
            {"compare", input, "--reference", reference, "--model", m_program.model(), "--plan", "int8", "--json"});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        const nlohmann::json json = result.json();
        QVERIFY(json.is_object());
        QCOMPARE(json["schema"].get<int>(), 1);
        for (const char *name : {"input", "model", "plan", "fp32", "quantized", "size_change", "time_change"})
            QVERIFY2(json.contains(name), name);
        for (const char *side : {"fp32", "quantized"})
            for (const char *name : {"seconds", "bytes", "psnr_hr", "ssim_hr", "niqe", "ma", "pi"})
                QVERIFY2(json[side].contains(name), name);
        QVERIFY(json["quantized"]["psnr_fp32"].is_number());
        QVERIFY(json["quantized"]["ssim_fp32"].is_number());
        QVERIFY(json["fp32"]["psnr_hr"].is_number());
        QVERIFY(json["fp32"]["ma"].is_null());
        QVERIFY(json["size_change"].get<double>() < 0.0);
        QCOMPARE(json["plan"].get<std::string>(), std::string("int8"));
    }

    void rangesAreKeptOnTheDisk()
    {
        const QString folder = QStringLiteral("data/cache/calibrations");
        const QString input = picture("ranges.png", {26, 18});
        const QStringList compare{"compare", input, "--model", m_program.model(), "--plan", "int8", "--json"};
        const qsizetype before = m_program.files(folder).size();
        const nlohmann::json anew = m_program.run(compare + QStringList{"--no-cache"}).json();
        QCOMPARE(m_program.files(folder).size(), before);
        QCOMPARE(m_program.run(compare).exitCode, 0);
        QCOMPARE(m_program.files(folder).size(), before + 1);
        const nlohmann::json again = m_program.run(compare).json();
        QCOMPARE(m_program.files(folder).size(), before + 1);
        QCOMPARE(again["quantized"]["psnr_fp32"].dump(), anew["quantized"]["psnr_fp32"].dump());
        QVERIFY(again["quantized"]["psnr_fp32"].is_number());
    }

    void compareScoresARegion()
    {
        const QString input = picture("region.png", {72, 60});
        const QStringList compare{"compare", input, "--model", m_program.model(), "--plan", "*=4/6"};
        const QString csv = m_program.path("region.csv");
        const nlohmann::json json =
            m_program.run(compare + QStringList{"--json", "--csv", csv, "--region", "8,4,260,220"}).json();
        const nlohmann::json region = json["region"];
        QCOMPARE(region["x"].get<int>(), 8);
        QCOMPARE(region["width"].get<int>(), 260);
        QVERIFY(region["fp32"]["niqe"].is_number());
        QVERIFY(region["quantized"]["psnr_fp32"].get<double>() != json["quantized"]["psnr_fp32"].get<double>());
        QFile file(csv);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QStringList rows = QString::fromUtf8(file.readAll()).split("\r\n").filter("region_ssim_fp32,");
        QCOMPARE(rows.size(), 1);
        QCOMPARE(rows.first().section(',', 3, 3).toDouble(), region["quantized"]["ssim_fp32"].get<double>());
        const ProgramResult text = m_program.run(compare + QStringList{"--region", "8,4,260,220"});
        QVERIFY2(text.output.contains("region 260"), qPrintable(text.output));
        QVERIFY(!m_program.run(compare + QStringList{"--json"}).json().contains("region"));
        // Outside, and none.
        for (const char *wrong : {"8,4,1000,10", "here"}) {
            const ProgramResult refused = m_program.run(compare + QStringList{"--region", wrong});
            QCOMPARE(refused.exitCode, 2);
            QVERIFY2(refused.messages.contains(wrong), qPrintable(refused.messages));
        }
        // Not over the input.
        QCOMPARE(m_program.run(compare + QStringList{"--csv", input}).exitCode, 1);
        QVERIFY(!QImage(input).isNull());
    }

    void compareText()
    {
        const ProgramResult result =
            m_program.run({"compare", picture("text.png", {40, 30}), "--model", m_program.model()});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QVERIFY(result.messages.isEmpty()); // no progress where nobody watches
        for (const char *word : {"FP32", "quantized", "size", "time", "PSNR to FP32", "multi"})
            QVERIFY2(result.output.contains(word), word);
    }

    void inspectJson()
    {
        const nlohmann::json json = m_program.run({"inspect", m_program.model(), "--json"}).json();
        for (const char *name : {"schema", "architecture", "scale", "parameters", "stages", "storage"})
            QVERIFY2(json.contains(name), name);
        QCOMPARE(json["scale"].get<int>(), 4);
        for (const char *name : {"name", "kernel", "in", "out", "parameters"})
            QVERIFY2(json["stages"][0]["layers"][0].contains(name), name);
    }

    void withoutAnyFetchedModelOurOwnIsTaken()
    {
        QImage picture(24, 16, QImage::Format_RGB888);
        picture.fill(QColor(90, 120, 60));
        QVERIFY(picture.save(m_program.path("own.png")));
        const ProgramResult result = m_program.run({"compare", m_program.path("own.png"), "--json"});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QCOMPARE(result.json()["model"].get<std::string>(), std::string("bitlens-srgan"));
    }

    void modelsJson()
    {
        const nlohmann::json json = m_program.run({"models", "list", "--json"}).json();
        QCOMPARE(json["models"][0]["name"].get<std::string>(), std::string("realesrgan-x4plus"));
        for (const auto &model : json["models"]) {
            QVERIFY(!model["licence"].get<std::string>().empty());
            // Nothing was fetched: what is there came with the program.
            QCOMPARE(model["path"].is_null(), model["name"] != "bitlens-srgan");
        }
        QVERIFY(m_program.run({"models"}).output.contains("realesrgan-x4plus"));
        QVERIFY(m_program.run({"models", "path"}).output.contains(m_program.path("data")));
    }

    void benchJson()
    {
        const ProgramResult result = m_program.run(
            {"bench", "--model", m_program.model(), "--size", "32x24", "--runs", "2", "--layers", "--json"});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        const nlohmann::json json = result.json();
        for (const char *name : {"cpu", "threads", "size", "fp32", "quantized", "speedup", "layers"})
            QVERIFY2(json.contains(name), name);
        for (const char *name : {"median_s", "min_s", "max_s", "backend", "peak_bytes"})
            QVERIFY2(json["quantized"].contains(name), name);
        for (const char *name : {"name", "kernel", "integer", "seconds", "macs", "weight_bits", "activation_bits"})
            QVERIFY2(json["layers"][0].contains(name), name);
        QVERIFY(m_program.run({"bench", "--model", m_program.model(), "--size", "8x8", "--runs", "1"})
                    .output.contains("speedup"));
    }

    void evaluateJsonAndCsv()
    {
        QDir(m_program.path("")).mkpath("set/HR");
        QDir(m_program.path("")).mkpath("set/LRx4");
        const image::Image high = test::patternPicture({96, 64});
        image::writeImage(high, m_program.path("set/HR/a.png").toStdString());
        image::writeImage(image::resizeBicubic(high, {24, 16}), m_program.path("set/LRx4/a.png").toStdString());
        const ProgramResult result = m_program.run({"evaluate", m_program.path("set"), "--model", m_program.model(),
                                                    "--json", "--csv", m_program.path("set.csv")});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        const nlohmann::json json = result.json();
        QCOMPARE(json["images"][0]["file"].get<std::string>(), std::string("a.png"));
        for (const char *side : {"fp32", "quantized"})
            for (const char *name : {"seconds", "bytes", "psnr_hr", "ssim_hr", "niqe", "ma", "pi"}) {
                QVERIFY2(json["images"][0][side].contains(name), name);
                QVERIFY2(json["mean"][side].contains(name), name);
            }
        QFile csv(m_program.path("set.csv"));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QCOMPARE(csv.readAll().count('\n'), 3);
    }

    /// With its original a packed model has the FP32 side of that; alone, one with rounded weights, and it says so.
    void evaluateAPackedModelAgainstItsOriginal()
    {
        QDir(m_program.path("")).mkpath("pair/HR");
        QDir(m_program.path("")).mkpath("pair/LRx4");
        const image::Image high = test::patternPicture({96, 64});
        const QString low = m_program.path("pair/LRx4/a.png");
        image::writeImage(high, m_program.path("pair/HR/a.png").toStdString());
        image::writeImage(image::resizeBicubic(high, {24, 16}), low.toStdString());
        const QString packed = m_program.path("pair.safetensors");
        ProgramResult result =
            m_program.run({"quantize", m_program.model(), "--plan", "w4", "--calibrate", low, "-o", packed});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        const QString folder = m_program.path("pair");
        result = m_program.run({"evaluate", folder, "--model", m_program.model(), "--plan", "w4", "--json"});
        const nlohmann::json direct = result.json()["mean"];
        result = m_program.run({"evaluate", folder, "--model", packed, "--json"});
        QVERIFY2(result.messages.contains("--original"), qPrintable(result.messages));
        const nlohmann::json alone = result.json()["mean"];
        result = m_program.run({"evaluate", folder, "--model", packed, "--original", m_program.model(), "--json"});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QVERIFY(!result.messages.contains("--original"));
        QVERIFY(result.json()["fp32_model"].is_string());
        const nlohmann::json both = result.json()["mean"];
        for (const char *name : {"psnr_hr", "ssim_hr"}) {
            QCOMPARE(both["fp32"][name].get<double>(), direct["fp32"][name].get<double>());
            QCOMPARE(both["quantized"][name].get<double>(), alone["quantized"][name].get<double>());
            QVERIFY(alone["fp32"][name] != direct["fp32"][name]);
        }
        QVERIFY(both["quantized"]["psnr_fp32"].get<double>() < alone["quantized"]["psnr_fp32"].get<double>());
        QVERIFY(both["quantized"]["ssim_fp32"].is_number());
        // Not an original of it.
        result = m_program.run({"evaluate", folder, "--model", packed, "--original", packed});
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.messages.contains("pair.safetensors") && result.messages.contains("quantized"),
                 qPrintable(result.messages));
    }

    void scoreJson()
    {
        const QString input = picture("score.png", {260, 230});
        const ProgramResult result = m_program.run({"score", input, "--reference", input, "--json"});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        const nlohmann::json image = result.json()["images"][0];
        for (const char *name : {"file", "niqe", "ma", "pi", "brisque", "psnr", "ssim"})
            QVERIFY2(image.contains(name), name);
        QVERIFY(image["niqe"].is_number());
        QVERIFY(image["ma"].is_null());
        QCOMPARE(image["ssim"].get<double>(), 1.0);
    }

    void aQuantizedFileGivesTheSamePicture()
    {
        const QString input = picture("packed.png", {40, 30});
        const QString packed = m_program.path("packed.safetensors");
        ProgramResult result =
            m_program.run({"quantize", m_program.model(), "--plan", "w4", "--calibrate", input, "-o", packed});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QVERIFY(QFile(packed).size() < QFile(m_program.model()).size());
        const QString direct = m_program.path("direct.png");
        const QString unpacked = m_program.path("unpacked.png");
        result = m_program.run(
            {"upscale", input, "-o", direct, "--model", m_program.model(), "--plan", "w4", "--calibrate", input});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        result = m_program.run({"upscale", input, "-o", unpacked, "--model", packed});
        QVERIFY2(result.exitCode == 0, qPrintable(result.messages));
        QVERIFY(image::readImage(direct.toStdString()).samePixels(image::readImage(unpacked.toStdString())));
    }

    void interruptedItLeavesNothing()
    {
        // Long enough that it cannot be over before the signal.
        test::SrganShape shape;
        shape.channels = 64;
        shape.blocks = 3;
        const QString model = QString::fromStdString(test::writeTestFile(
            m_program.path("").toStdString(), "long.safetensors", test::safetensorsBytes(test::syntheticState(shape))));
        const QString input = picture("long.png", {1200, 900});
        const QStringList before = m_program.files();
        QProcess process;
        m_program.prepare(process, {"upscale", input, "-o", m_program.path("made/"), "--model", model});
        process.start();
        QVERIFY(process.waitForStarted());
        QTRY_VERIFY_WITH_TIMEOUT(blocksInterrupt(process.processId()), 60000);
        QTest::qWait(500);
        QCOMPARE(process.state(), QProcess::Running);
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 130);
        QVERIFY(process.readAllStandardError().contains("cancelled"));
        QCOMPARE(m_program.files(), before);
        QVERIFY(!QDir(m_program.path("made")).exists());
    }
};

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
