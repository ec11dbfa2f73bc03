// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/file.h"
#include "engine/model/catalogue.h"
#include "engine/model/generatorjson.h"
#include "tests/engine/model/comparegenerators.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "tests/engine/support/weightwriters.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace bitlens;
using namespace bitlens::test;

namespace {

/// Path of a shared weight file, or of a fetched model's file; empty where it is absent.
QString realFile(const QString &name)
{
    const QString shared = qEnvironmentVariable("BITLENS_SHARED") + "/data/weights/" + name;
    if (QFile::exists(shared))
        return shared;
    const QString fetched = QString::fromStdString(model::modelsFolder()) + "/" + name;
    return QFile::exists(fetched) ? fetched : QString();
}

} // namespace

class TestReader : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string write(const std::string &name, const Bytes &bytes)
    {
        return writeTestFile(m_folder.path().toStdString(), name, bytes);
    }

private slots:
    void copiesInEveryFormatGiveTheSameBits_data()
    {
        QTest::addColumn<int>("family");
        QTest::newRow("SRGAN") << 0;
        QTest::newRow("RRDBNet") << 1;
        QTest::newRow("SRVGGNetCompact") << 2;
    }
    void copiesInEveryFormatGiveTheSameBits()
    {
        QFETCH(int, family);
        const model::StateDict state = family == 0   ? syntheticState(SrganShape{.batchNorm = true})
                                       : family == 1 ? syntheticState(RrdbShape{.blocks = 2})
                                                     : syntheticState(SrvggShape{});
        const auto legacy = model::readGenerator(write("legacy.pth", torchLegacyBytes(state)));
        const auto zip = model::readGenerator(write("zip.pth", torchZipBytes(state)));
        const auto safetensors = model::readGenerator(write("plain.safetensors", safetensorsBytes(state)));
        const auto native = model::readGenerator(write("native.safetensors", model::exportGenerator(*legacy)));
        QCOMPARE(generatorDifference(*zip, *legacy), QString());
        QCOMPARE(generatorDifference(*safetensors, *legacy), QString());
        QCOMPARE(generatorDifference(*native, *legacy), QString());
        if (family == 0)
            return; // nobody publishes SRGANs for ncnn
        const NcnnPair pair = ncnnFiles(*legacy);
        write("pair.bin", pair.bin);
        const auto ncnn = model::readGenerator(writeTestFile(m_folder.path().toStdString(), "pair.param", pair.param));
        QCOMPARE(generatorDifference(*ncnn, *legacy), QString());
    }

    void oneChangedBitIsNoticed()
    {
        model::StateDict state = syntheticState(SrvggShape{});
        const auto before = model::readGenerator(write("a.pth", torchLegacyBytes(state)));
        float &value = state.entries[2].second.values[7];
        value = std::nextafter(value, 1.0F);
        const auto after = model::readGenerator(write("b.pth", torchLegacyBytes(state)));
        QVERIFY(!generatorDifference(*after, *before).isEmpty());
    }

    void theContentDecidesNotTheName()
    {
        const auto path = write("picture.png", torchZipBytes(syntheticState(SrvggShape{})));
        QCOMPARE(model::readGenerator(path)->scale, 2);
    }

    void foreignFilesAreNotBrokenOnes()
    {
        for (const QByteArray &content : {QByteArray(), QByteArray("hello"), QByteArray("\x89PNG\r\n\x1a\n rest"),
                                          QByteArray("7767518\n1 1\n"), QByteArray(100, '\0')}) {
            const auto path = write("foreign", Bytes(content.begin(), content.end()));
            const auto error = errorOf([&] { model::readGenerator(path); });
            QVERIFY(error);
            QCOMPARE(error->code(), base::ErrorCode::UnknownFormat);
            QVERIFY(QString(error->what()).contains("safetensors") && QString(error->what()).contains("ncnn"));
        }
        const auto error = errorOf([&] { model::readGenerator("/nonexistent/x.pth"); });
        QCOMPARE(error->code(), base::ErrorCode::NotFound);
    }

    void realWeightsAreRead_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("family");
        QTest::addColumn<int>("scale");
        QTest::addColumn<int>("layers");
        QTest::addColumn<int>("parameters");
        QTest::addColumn<QString>("storage");
        // Parameters: SRGAN of 5 blocks with folded BatchNorm and shared slopes; RRDBNet-23 16 697 987 and RRDBNet-6
        // 4 467 779 as published; RRDBNet-2 and SRVGG-16 from their shapes.
        QTest::newRow("legacy") << "srgan5_leftthomas_x4.pth"
                                << "SRGAN" << 4 << 15 << 732812 << "FP32";
        QTest::newRow("zip") << "srgan5bn_lizhuoq_x4_zip.pth"
                             << "SRGAN" << 4 << 15 << 732811 << "FP32";
        QTest::newRow("x4plus") << "realesrgan-x4plus.param"
                                << "RRDBNet" << 4 << 351 << 16697987 << "FP16";
        QTest::newRow("anime") << "realesrgan-x4plus-anime.param"
                               << "RRDBNet" << 4 << 96 << 4467779 << "FP16";
        QTest::newRow("nmkd") << "4x-NMKD-YandereNeo-Superlite.pth"
                              << "RRDBNet" << 4 << 36 << 1590083 << "FP32";
        QTest::newRow("aniscale") << "2x-AniScale.pth"
                                  << "SRVGGNetCompact" << 2 << 18 << 600652 << "FP32";
    }
    void realWeightsAreRead()
    {
        QFETCH(QString, file);
        QFETCH(QString, family);
        QFETCH(int, scale);
        QFETCH(int, layers);
        QFETCH(int, parameters);
        QFETCH(QString, storage);
        const QString path = realFile(file);
        if (path.isEmpty())
            QSKIP(qPrintable(file + " is not there"));
        const auto generator = model::readGenerator(path.toStdString());
        QCOMPARE(QString::fromStdString(model::familyName(generator->family)), family);
        QCOMPARE(generator->scale, scale);
        QCOMPARE(int(generator->layers.size()), layers);
        QCOMPARE(int(generator->parameterCount()), parameters);
        QCOMPARE(QString::fromStdString(model::weightStorageName(generator->storage)), storage);
        QCOMPARE(generator->source, path.toStdString());
        const auto copy = model::readGenerator(write("copy.safetensors", model::exportGenerator(*generator)));
        QCOMPARE(generatorDifference(*copy, *generator), QString());
        QCOMPARE(copy->storage, generator->storage);
    }

    void otherNetworksTensorsAreRead()
    {
        const QString lpips = realFile("lpips_squeeze_v0.1.pth");
        const QString squeeze = realFile("squeezenet1_1.ncnn.param");
        if (lpips.isEmpty() || squeeze.isEmpty())
            QSKIP("the perceptual loss' weights are not there");
        const auto heads = model::readStateDict(lpips.toStdString());
        QCOMPARE(heads.entries.size(), std::size_t(7));
        QCOMPARE(heads.find("lin0.model.1.weight")->shapeText(), "[1,64,1,1]");
        const auto backbone = model::readStateDict(squeeze.toStdString());
        QCOMPARE(backbone.entries.size(), std::size_t(52));
        QCOMPARE(backbone.find("convrelu_0.weight")->shapeText(), "[64,3,3,3]");
        const auto error = errorOf([&] { model::readGenerator(squeeze.toStdString()); });
        QCOMPARE(error->code(), base::ErrorCode::UnknownGenerator);
    }

    void anOmniSrIsRefusedUnderstandably()
    {
        const QString path = realFile("4x_WTP_descreenton.pth");
        if (path.isEmpty())
            QSKIP("4x_WTP_descreenton.pth is not there");
        const auto error = errorOf([&] { model::readGenerator(path.toStdString()); });
        QCOMPARE(error->code(), base::ErrorCode::UnknownGenerator);
        const QString text = error->what();
        QVERIFY(text.contains("not a generator this program knows") && text.contains("residual_layer.0")
                && text.contains("RRDBNet"));
    }
};

QTEST_APPLESS_MAIN(TestReader)
#include "tst_reader.moc"
