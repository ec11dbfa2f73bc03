// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/architecture.h"
#include "engine/model/generatorjson.h"
#include "engine/model/inspect.h"
#include "tests/engine/model/comparegenerators.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "tests/engine/support/weightwriters.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace bitlens;
using namespace bitlens::test;

class TestGeneratorJson : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    static QJsonObject parsed(const std::string &text)
    {
        return QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
    }

private slots:
    void descriptionsReadBack_data()
    {
        QTest::addColumn<int>("family");
        for (int family = 0; family < 4; ++family)
            QTest::addRow("%d", family) << family;
    }
    void descriptionsReadBack()
    {
        QFETCH(int, family);
        const model::GeneratorPtr generator = family == 0   ? syntheticGenerator(SrganShape{.slopesPerChannel = true})
                                              : family == 1 ? syntheticGenerator(RrdbShape{.unshuffle = 2})
                                              : family == 2 ? syntheticGenerator(SrvggShape{})
                                                            : syntheticGenerator(MsrShape{});
        const std::string json = model::generatorToJson(*generator);
        QCOMPARE(json.find('\n'), std::string::npos);
        std::vector<int> slopes;
        const model::Generator back = model::generatorFromJson(json, "x", &slopes);
        QCOMPARE(model::generatorToJson(*generator), json);
        QCOMPARE(back.layers.size(), generator->layers.size());
        for (std::size_t i = 0; i < slopes.size(); ++i)
            QCOMPARE(std::size_t(slopes[i]), generator->layers[i].slopes.size());
        const auto path = writeTestFile(m_folder.path().toStdString(), "g", model::exportGenerator(*generator));
        QCOMPARE(generatorDifference(*model::readGenerator(path), *generator), QString());
    }

    void halvesStayHalves()
    {
        model::Generator generator = *syntheticGenerator(SrvggShape{});
        for (model::ConvLayer &layer : generator.layers) {
            std::vector<float> rounded = *layer.weight;
            for (float &value : rounded)
                value = std::round(value * 256.0F) / 256.0F;
            layer.weight = std::make_shared<const std::vector<float>>(std::move(rounded));
        }
        const std::size_t full = model::exportGenerator(generator).size();
        generator.storage = model::WeightStorage::Float16;
        const Bytes bytes = model::exportGenerator(generator);
        QVERIFY(bytes.size() < full * 6 / 10);
        const auto back = model::readGenerator(writeTestFile(m_folder.path().toStdString(), "h", bytes));
        QCOMPARE(generatorDifference(*back, generator), QString());
        QCOMPARE(back->storage, model::WeightStorage::Float16);
    }

    void wrongDescriptionsAreRefused_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<QString>("expected");
        QTest::newRow("schema") << R"("schema":1)"
                                << R"("schema":2)"
                                << "schema 1";
        QTest::newRow("family") << R"("SRVGGNetCompact")"
                                << R"("SwinIR")"
                                << "family is \"SwinIR\", expected one of SRGAN";
        QTest::newRow("scale") << R"("scale":2)"
                               << R"("scale":3)"
                               << "enlarge 2 times, expected 3";
        QTest::newRow("negative") << R"("scale":2)"
                                  << R"("scale":-2)"
                                  << "scale is no whole number";
        QTest::newRow("huge") << R"("scale":2)"
                              << R"("scale":99999999999999999999)"
                              << "scale is no whole number";
        QTest::newRow("missing") << R"("kernel":3)"
                                 << R"("kernal":3)"
                                 << "kernel is missing";
        QTest::newRow("channels") << R"("out":16)"
                                  << R"("out":17)"
                                  << "head/conv1.weight has shape [16,3,3,3], expected [17,3,3,3]";
        QTest::newRow("input") << R"("inputs":[1])"
                               << R"("inputs":[2])"
                               << "an input of conv1 is 2, expected 0 to 1";
        QTest::newRow("shuffle") << R"("shuffle":2)"
                                 << R"("shuffle":0)"
                                 << "shuffle is 0, expected 1 to 64";
        QTest::newRow("no inputs") << R"("inputs":[1])"
                                   << R"("inputs":[])"
                                   << "no inputs";
        QTest::newRow("source") << R"("source":0)"
                                << R"("source":9)"
                                << "a residual source of conv1 is 9, expected 0 to 3";
        QTest::newRow("slopes") << R"("slopes":16)"
                                << R"("slopes":1)"
                                << "slopes has shape [16], expected [1]";
        QTest::newRow("activation") << R"("prelu")"
                                    << R"("gelu")"
                                    << "activation is \"gelu\"";
        QTest::newRow("no JSON") << "{"
                                 << "("
                                 << "JSON object";
    }
    void wrongDescriptionsAreRefused()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QFETCH(QString, expected);
        const model::GeneratorPtr generator = syntheticGenerator(SrvggShape{});
        QString json = QString::fromStdString(model::generatorToJson(*generator));
        QVERIFY(json.contains(before));
        json.replace(json.indexOf(before), before.size(), after);
        const auto path = writeTestFile(m_folder.path().toStdString(), "g", model::exportGenerator(*generator));
        const auto error =
            errorOf([&] { model::generatorFromExport(json.toStdString(), model::readStateDict(path), path); });
        QVERIFY(error);
        QCOMPARE(error->code(), base::ErrorCode::BrokenFile);
        QVERIFY2(QString(error->what()).contains(expected), error->what());
    }

    void inspectionHasThePromisedNames()
    {
        const auto generator = syntheticGenerator(SrganShape{});
        const QJsonObject report = parsed(model::inspectJson(*generator));
        QCOMPARE(report["schema"].toInt(), 1);
        QCOMPARE(report["architecture"].toString(), QString("SRGAN"));
        QCOMPARE(report["scale"].toInt(), 4);
        QCOMPARE(report["storage"].toString(), QString("FP32"));
        QCOMPARE(report["parameters"].toInt(), int(generator->parameterCount()));
        const QJsonArray stages = report["stages"].toArray();
        QCOMPARE(stages.size(), 7);
        QCOMPARE(stages[1].toObject()["name"].toString(), QString("body/block1"));
        const QJsonObject layer = stages[1].toObject()["layers"].toArray()[0].toObject();
        QCOMPARE(layer["name"].toString(), QString("conv1"));
        QCOMPARE(layer["kernel"].toInt(), 3);
        QCOMPARE(layer["in"].toInt(), 16);
        QCOMPARE(layer["out"].toInt(), 16);
        QCOMPARE(layer["parameters"].toInt(), 16 * 16 * 9 + 16 + 1);
        int sum = 0;
        for (const QJsonValue &stage : stages)
            for (const QJsonValue &item : stage.toObject()["layers"].toArray())
                sum += item.toObject()["parameters"].toInt();
        QCOMPARE(sum, int(generator->parameterCount()));
        const QString text = QString::fromStdString(model::inspectText(*generator));
        QCOMPARE(text.count("\n"), 15 - 4 - 2 + 4); // 9 layers, two lines of heading, a blank one, column heads
        QVERIFY(text.contains("body/block2/conv2"));
    }
};

QTEST_APPLESS_MAIN(TestGeneratorJson)
#include "tst_generatorjson.moc"
