// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/model/safetensors.h"
#include "engine/quant/tunedmodel.h"
#include "tests/engine/quant/syntheticcalibration.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QTest>

using namespace bitlens;
using namespace bitlens::quant;

/// A tuned model's file: the packed one with its FP32 side elsewhere, and the means of the feature maps.
class TestTunedModel : public QObject {
    Q_OBJECT

    model::GeneratorPtr m_generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 6});
    QuantizedModelPtr m_tuned;

    static std::string refusal(const std::vector<std::uint8_t> &bytes, const model::GeneratorPtr &generator)
    {
        try {
            (void)tunedFromBytes(bytes, "kept.safetensors", generator);
        } catch (const base::Error &error) {
            return error.code() == base::ErrorCode::BrokenFile ? error.what() : "another kind of error";
        }
        return {};
    }

    std::vector<std::uint8_t> withMetadata(const std::string &text) const
    {
        const std::vector<std::uint8_t> bytes = tunedBytes(*m_tuned);
        model::SafetensorsFile file = model::parseSafetensors(bytes, "kept");
        file.metadata[kTunedMetadataKey] = text;
        return model::writeSafetensors(file.entries, file.metadata);
    }

private slots:
    void initTestCase()
    {
        Calibration calibration = test::syntheticCalibration(*m_generator);
        calibration.channelMeans.clear();
        for (std::size_t map = 0; map <= m_generator->layers.size(); ++map)
            calibration.channelMeans.emplace_back(
                static_cast<std::size_t>(m_generator->mapChannels(static_cast<int>(map))),
                0.1F / static_cast<float>(map + 3));
        calibration.channelMeans[2].clear(); // unknown
        auto tuned = std::make_shared<QuantizedModel>(
            *quantize(m_generator, BitPlan::fromRules("*=4/6,tail=fp32/fp32", *m_generator), calibration));
        tuned->layers[0].weights.values[3] = static_cast<std::int8_t>(tuned->layers[0].weights.values[3] > 0 ? -1 : 1);
        tuned->layers[0].weights.scale[1] *= 1.5F;
        tuned->layers[0].bias[0] += 0.25F;
        m_tuned = tuned;
    }

    void everythingComesBackBitForBit()
    {
        const std::vector<std::uint8_t> bytes = tunedBytes(*m_tuned);
        QCOMPARE(bytes, tunedBytes(*m_tuned)); // names may be made of it
        QVERIFY(isPacked(bytes));
        const QuantizedModelPtr back = tunedFromBytes(bytes, "kept.safetensors", m_generator);
        QCOMPARE(back->generator, m_generator);
        QCOMPARE(back->calibration.channelMeans, m_tuned->calibration.channelMeans);
        QCOMPARE(pack(*back), pack(*m_tuned));
        // So are other plans under its ranges: their biases are corrected by the means.
        const BitPlan other = BitPlan::fromRules("*=3/6", *m_generator);
        QCOMPARE(pack(*quantize(m_generator, other, back->calibration)),
                 pack(*quantize(m_generator, other, m_tuned->calibration)));
        QVERIFY(pack(*quantize(m_generator, other, unpack(bytes, "kept")->calibration))
                != pack(*quantize(m_generator, other, m_tuned->calibration)));
    }

    void plainPackedFilesAreRead()
    {
        const QuantizedModelPtr back = tunedFromBytes(pack(*m_tuned), "kept.safetensors", m_generator);
        QVERIFY(back->calibration.channelMeans.empty());
        QCOMPARE(pack(*back), pack(*m_tuned));
    }

    void whatDoesNotFitIsRefused()
    {
        const auto deeper = test::syntheticGenerator(test::SrganShape{.blocks = 2, .channels = 6});
        const std::string text = refusal(tunedBytes(*m_tuned), deeper);
        QVERIFY2(text.find("kept.safetensors") != std::string::npos && text.find("structure") != std::string::npos,
                 text.c_str());
        QVERIFY(refusal(tunedBytes(*m_tuned), m_generator).empty());
    }

    void brokenMeansAreRefused_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("no JSON") << "x";
        QTest::newRow("newer") << R"({"schema":2,"means":[]})";
        QTest::newRow("too few maps") << R"({"schema":1,"means":["3f800000"]})";
        QString list = R"(["3f80zz00")";
        for (std::size_t map = 0; map < m_generator->layers.size(); ++map)
            list += R"(,"")";
        QTest::newRow("a map too short") << R"({"schema":1,"means":)" + list + "]}";
        QTest::newRow("no digits") << R"({"schema":1,"means":)" + list.replace("3f80zz00", "3f80zz003f8000003f800000")
                                          + "]}";
        QTest::newRow("infinite") << R"({"schema":1,"means":)"
                                         + list.replace("3f80zz003f8000003f800000", "7f8000003f8000003f800000") + "]}";
    }
    void brokenMeansAreRefused()
    {
        QFETCH(QString, text);
        const std::string told = refusal(withMetadata(text.toStdString()), m_generator);
        QVERIFY2(told.find("kept.safetensors") != std::string::npos, told.c_str());
    }
};

QTEST_APPLESS_MAIN(TestTunedModel)
#include "tst_tunedmodel.moc"
