// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/engine/model/comparegenerators.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "tests/engine/support/weightwriters.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <stdexcept>

using namespace bitlens;
using namespace bitlens::test;

class TestNcnn : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string write(const NcnnPair &pair)
    {
        const std::string folder = m_folder.path().toStdString();
        writeTestFile(folder, "m.bin", pair.bin);
        return writeTestFile(folder, "m.param", pair.param);
    }

    static NcnnPair edited(NcnnPair pair, const QString &before, const QString &after)
    {
        QString text = QString::fromStdString(pair.param);
        if (!text.contains(before))
            throw std::invalid_argument("nothing to edit");
        pair.param = text.replace(text.indexOf(before), before.size(), after).toStdString();
        return pair;
    }

private slots:
    void pairsReadBack()
    {
        const auto rrdb = syntheticGenerator(RrdbShape{.blocks = 2});
        const auto path = write(ncnnFiles(*rrdb));
        QCOMPARE(generatorDifference(*model::readGenerator(path), *rrdb), QString());
        // Either of the two files may be given.
        QCOMPARE(generatorDifference(*model::readGenerator(m_folder.filePath("m.bin").toStdString()), *rrdb),
                 QString());
        const auto srvgg = syntheticGenerator(SrvggShape{.scale = 4});
        QCOMPARE(generatorDifference(*model::readGenerator(write(ncnnFiles(*srvgg))), *srvgg), QString());
    }

    void halvesAreExactAndSaid()
    {
        const auto srvgg = syntheticGenerator(SrvggShape{.channels = 5}); // odd numbers of weights need padding
        const auto read = model::readGenerator(write(ncnnFiles(*srvgg, true)));
        QCOMPARE(read->storage, model::WeightStorage::Float16);
        for (std::size_t i = 0; i < read->layers.size(); ++i)
            for (std::size_t j = 0; j < read->layers[i].weight->size(); ++j) {
                const float full = srvgg->layers[i].weight->at(j);
                // binary16 truncated: 10 bits of fraction, or 2^-24 for subnormals.
                const float tolerance = std::max(std::abs(full) * 0x1p-10F, 0x1p-14F);
                QVERIFY(std::abs(read->layers[i].weight->at(j) - full) <= tolerance);
            }
        QVERIFY(sameBits(read->layers[0].bias, srvgg->layers[0].bias));
    }

    void tensorsAreNamedAfterLayers()
    {
        const auto state = model::readStateDict(write(ncnnFiles(*syntheticGenerator(SrvggShape{}))));
        QCOMPARE(state.entries[0].first, "conv_1.weight");
        QCOMPARE(state.entries[0].second.shapeText(), "[16,3,3,3]");
        QCOMPARE(state.entries[1].first, "conv_1.bias");
        QCOMPARE(state.entries[2].second.shapeText(), "[16]");
    }

    void otherGraphsAreNotTakenForKnownOnes_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<QString>("expected");
        QTest::newRow("slope") << "1,0.200000"
                               << "1,0.100000"
                               << "leaky slope of 0.1, expected 0.2";
        QTest::newRow("activation") << "9=2"
                                    << "9=1"
                                    << "another activation";
        QTest::newRow("mish") << "9=2"
                              << "9=5"
                              << "other than ReLU";
        QTest::newRow("residual scale") << "2,0.200000,1.0"
                                        << "2,0.300000,1.0"
                                        << "other residual sums";
        QTest::newRow("source scale") << "2,0.200000,1.0"
                                      << "2,0.200000,0.5"
                                      << "no residual";
        QTest::newRow("product") << "0=1 -23301"
                                 << "0=0 -23301"
                                 << "arithmetic";
        QTest::newRow("bilinear") << "0=1 1=2.0"
                                  << "0=2 1=2.0"
                                  << "resized in another way";
        QTest::newRow("three times") << "1=2.0 2=2.0"
                                     << "1=3.0 2=3.0"
                                     << "resized in another way";
        QTest::newRow("smaller") << "1=2.0 2=2.0"
                                 << "1=0.5 2=0.5"
                                 << "resizes by 0.5";
        QTest::newRow("stride") << "4=1 5=1"
                                << "4=1 3=2 5=1"
                                << "stride";
        QTest::newRow("padding") << "4=1 5=1"
                                 << "4=0 5=1"
                                 << "padding";
        QTest::newRow("layer type") << "Interp"
                                    << "Deconvolution"
                                    << "of type Deconvolution";
        QTest::newRow("no data") << "Interp"
                                 << "Softmax"
                                 << "kind of layer";
    }
    void otherGraphsAreNotTakenForKnownOnes()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QFETCH(QString, expected);
        const auto path = write(edited(ncnnFiles(*syntheticGenerator(RrdbShape{})), before, after));
        const auto error = errorOf([&] { model::readGenerator(path); });
        QVERIFY(error);
        QCOMPARE(error->code(), base::ErrorCode::UnknownGenerator);
        QCOMPARE(error->file(), path);
        QVERIFY2(QString(error->what()).contains(expected), error->what());
        QVERIFY(QString(error->what()).contains("RRDBNet"));
    }

    void swappedInputsOfADenseBlockAreNoticed()
    {
        NcnnPair pair = ncnnFiles(*syntheticGenerator(RrdbShape{.channels = 8, .growth = 8}));
        QStringList lines = QString::fromStdString(pair.param).split('\n');
        for (QString &line : lines)
            if (line.startsWith("Concat")) {
                QStringList words = line.split(' ');
                words.swapItemsAt(4, 5);
                line = words.join(' ');
                break;
            }
        pair.param = lines.join('\n').toStdString();
        const auto error = errorOf([&] { model::readGenerator(write(pair)); });
        QVERIFY(error && QString(error->what()).contains("takes other inputs"));
    }

    void damageIsRefused_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<QString>("expected");
        QTest::newRow("count") << "\n6 "
                               << "\n9 "
                               << "6 layers, expected 9";
        QTest::newRow("weights") << "6=432"
                                 << "6=433"
                                 << "433 weights for 16 outputs";
        QTest::newRow("more weights") << "6=432"
                                      << "6=43200000"
                                      << "ends before its numbers";
        QTest::newRow("outputs") << "0=16"
                                 << "0=0"
                                 << "for 0 outputs";
        QTest::newRow("infinite") << "0=16"
                                  << "0=1e400"
                                  << "no number";
        QTest::newRow("slopes") << "PReLU prelu_2 1 1 conv_1 prelu_2 0=16"
                                << "PReLU prelu_2 1 1 conv_1 prelu_2 0=-5"
                                << "numbers";
        QTest::newRow("int8") << "5=1"
                              << "5=1 8=1"
                              << "8-bit integers";
        QTest::newRow("blobs") << "Convolution conv_1 1 1"
                               << "Convolution conv_1 900 1"
                               << "900 blob names";
        QTest::newRow("name") << "conv_1 1 1"
                              << "input 1 1"
                              << "layer input appears twice";
        QTest::newRow("list") << "4=1"
                              << "4=1 -23305=5,1"
                              << "length is not what it says";
    }
    void damageIsRefused()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QFETCH(QString, expected);
        const auto pair = ncnnFiles(*syntheticGenerator(SrvggShape{.convolutions = 2, .scale = 1}));
        const auto error = errorOf([&] { model::readStateDict(write(edited(pair, before, after))); });
        QVERIFY(error);
        QCOMPARE(error->code(), base::ErrorCode::BrokenFile);
        QVERIFY2(QString(error->what()).contains(expected), error->what());
    }

    void everyByteOfTheNumbersIsAccountedFor()
    {
        NcnnPair pair = ncnnFiles(*syntheticGenerator(SrvggShape{}));
        pair.bin.push_back(0);
        auto error = errorOf([&] { model::readStateDict(write(pair)); });
        QVERIFY(error && QString(error->what()).contains("1 bytes after the last"));
        QVERIFY(QString::fromStdString(error->file()).endsWith("m.bin"));
        pair.bin.resize(pair.bin.size() - 2);
        QVERIFY(errorOf([&] { model::readStateDict(write(pair)); }));
        pair = ncnnFiles(*syntheticGenerator(SrvggShape{}));
        pair.bin[0] = 1; // a table of 256 values would follow
        error = errorOf([&] { model::readStateDict(write(pair)); });
        QVERIFY(error && QString(error->what()).contains("expected FP32 or FP16"));
    }

    void theMissingHalfIsNamed()
    {
        const auto path = write(ncnnFiles(*syntheticGenerator(SrvggShape{})));
        QVERIFY(QFile::remove(m_folder.filePath("m.bin")));
        const auto error = errorOf([&] { model::readGenerator(path); });
        QCOMPARE(error->code(), base::ErrorCode::NotFound);
        QVERIFY(QString(error->what()).contains("m.bin") && QString(error->what()).contains("needed together with"));
    }
};

QTEST_APPLESS_MAIN(TestNcnn)
#include "tst_ncnn.moc"
