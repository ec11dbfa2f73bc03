// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/train/initialgenerator.h"
#include "engine/train/interpolation.h"

#include <QTest>

#include <cmath>
#include <vector>

using namespace bitlens;

class TestInterpolation : public QObject {
    Q_OBJECT

    static model::Generator generator(int blocks, std::uint64_t seed)
    {
        model::Generator made = train::initialGenerator({.blocks = blocks, .channels = 8}, seed);
        made.source = "other.safetensors";
        for (model::ConvLayer &layer : made.layers) // biases and slopes start alike
            for (float &bias : layer.bias)
                bias = static_cast<float>(seed);
        return made;
    }

    /// All numbers of a generator in order.
    static std::vector<float> numbers(const model::Generator &generator)
    {
        std::vector<float> all;
        for (const model::ConvLayer &layer : generator.layers)
            for (const std::vector<float> *part : {layer.weight.get(), &layer.bias, &layer.slopes})
                all.insert(all.end(), part->begin(), part->end());
        return all;
    }

private slots:
    void theEndsAreTheModelsThemselves()
    {
        const model::Generator one = generator(2, 1);
        const model::Generator other = generator(2, 2);
        QVERIFY(numbers(one) != numbers(other));
        QCOMPARE(numbers(train::interpolated(one, other, 0.0)), numbers(one));
        QCOMPARE(numbers(train::interpolated(one, other, 1.0)), numbers(other));
    }

    void aQuarterIsAQuarterOfTheWay()
    {
        const std::vector<float> from = numbers(generator(2, 1));
        const std::vector<float> to = numbers(generator(2, 2));
        const std::vector<float> mixed = numbers(train::interpolated(generator(2, 1), generator(2, 2), 0.25));
        QCOMPARE(mixed.size(), from.size());
        for (std::size_t i = 0; i < from.size(); ++i)
            QCOMPARE(mixed[i],
                     static_cast<float>(0.75 * static_cast<double>(from[i]) + 0.25 * static_cast<double>(to[i])));
    }

    void whatIsNotOfOneShapeIsRefusedByName_data()
    {
        QTest::addColumn<int>("blocks");
        QTest::addColumn<int>("kernel");
        QTest::addColumn<double>("share");
        QTest::addColumn<QString>("reason");
        QTest::newRow("layers") << 3 << 3 << 0.5 << "layers";
        QTest::newRow("a layer") << 2 << 1 << 0.5 << "body/block1/conv1";
        QTest::newRow("share") << 2 << 3 << 1.5 << "between 0 and 1";
        QTest::newRow("no number") << 2 << 3 << std::nan("") << "between 0 and 1";
    }
    void whatIsNotOfOneShapeIsRefusedByName()
    {
        QFETCH(int, blocks);
        QFETCH(int, kernel);
        QFETCH(double, share);
        QFETCH(QString, reason);
        model::Generator other = generator(blocks, 2);
        other.layers[1].kernel = kernel;
        try {
            train::interpolated(generator(2, 1), other, share);
            QFAIL("mixed what does not fit");
        } catch (const base::Error &error) {
            QCOMPARE(error.code(), base::ErrorCode::InvalidArgument);
            QCOMPARE(error.file(), std::string("other.safetensors"));
            QVERIFY2(QString::fromStdString(error.detail()).contains(reason), error.what());
        }
    }
};

QTEST_APPLESS_MAIN(TestInterpolation)
#include "tst_interpolation.moc"
