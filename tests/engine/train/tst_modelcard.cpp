// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/model/reader.h"
#include "engine/train/initialgenerator.h"
#include "engine/train/modelcard.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <memory>

using namespace bitlens;

namespace {

/// FP16 has 11 significant bits; below its smallest normal number it is exact to 2^-25.
constexpr double kHalfTolerance = 0x1p-11;
constexpr double kHalfSmallest = 0x1p-25;

} // namespace

class TestModelCard : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private slots:
    void aModelIsStoredInHalfTheBytesAndReadBackAsWritten()
    {
        const model::Generator generator = train::initialGenerator({.blocks = 2, .channels = 16}, 1);
        const std::string path = m_folder.filePath("model.safetensors").toStdString();
        train::writeModelWithCard(generator, {}, path);
        const auto size = base::readFile(path).size();
        QVERIFY2(size < generator.parameterCount() * 2 + 20'000, qPrintable(QString::number(size)));
        const auto read = model::readGenerator(path);
        QCOMPARE(read->storage, model::WeightStorage::Float16);
        bool changed = false;
        for (std::size_t i = 0; i < read->layers.size(); ++i) {
            const auto &before = *generator.layers[i].weight;
            const auto &after = *read->layers[i].weight;
            QCOMPARE(after.size(), before.size());
            for (std::size_t k = 0; k < after.size(); ++k) {
                const double difference = std::abs(static_cast<double>(after[k]) - static_cast<double>(before[k]));
                QVERIFY(difference <= kHalfTolerance * std::abs(static_cast<double>(before[k])) + kHalfSmallest);
                changed = changed || difference > 0.0;
            }
        }
        QVERIFY(changed); // else there was nothing to round
    }

    void whatHalfCannotHoldIsRefusedByName()
    {
        model::Generator generator = train::initialGenerator({.blocks = 1, .channels = 8}, 1);
        auto weights = *generator.layers[1].weight;
        weights[3] = 1e6F;
        generator.layers[1].weight = std::make_shared<const std::vector<float>>(weights);
        try {
            train::roundedToHalf(generator);
            QFAIL("rounded a million to FP16");
        } catch (const base::Error &error) {
            QVERIFY2(error.detail().find(generator.layers[1].path) != std::string::npos, error.what());
        }
    }

    void theCardSaysWhatIsKnown()
    {
        train::ModelCard card;
        card.title = "A small generator";
        card.data = "3 photographs";
        card.notes = {"All photographs are CC0."};
        card.command = "bitlens train photos";
        card.seed = 7;
        card.steps = 200;
        card.hours = 1.25;
        card.figures.push_back({"Set5", {29.5, 6.1, 0.12}, {28.4, std::nullopt, 0.286}});
        card.logPath = m_folder.filePath("log.csv").toStdString();
        base::writeFileAtomically(card.logPath, std::string("step,loss,learning_rate,seconds,validation_psnr\n"
                                                            "100,0.05,1e-3,9,\n200,0.04,1e-3,18,28.7\n"));
        const std::string path = m_folder.filePath("card.safetensors").toStdString();
        train::writeModelWithCard(train::initialGenerator({.blocks = 1, .channels = 8}, 1), card, path);
        QFile file(m_folder.filePath("card.md"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray text = file.readAll();
        for (const char *part : {"# A small generator", "3 photographs", "CC0", "| seed | 7 |", "| hours | 1.2 |",
                                 "| Set5 | this model | 29.50 | 0.120 | 6.10 |",
                                 "| Set5 | bicubic | 28.40 | 0.286 | n/a |", "| 200 | 18 | 28.7 |  |"})
            QVERIFY2(text.contains(part), part);
        QVERIFY(!text.contains("| 100 | 9 |"));
        train::ModelCard unknown;
        QVERIFY_EXCEPTION_THROWN(unknown.describeRun(m_folder.filePath("absent").toStdString()), base::Error);
    }
};

QTEST_APPLESS_MAIN(TestModelCard)
#include "tst_modelcard.moc"
