// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/image/codec.h"
#include "engine/image/resample.h"
#include "engine/model/catalogue.h"
#include "engine/model/reader.h"
#include "engine/run/floatrunner.h"
#include "engine/train/lpips.h"
#include "tests/engine/support/weightwriters.h"
#include "tests/engine/train/syntheticbackbone.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <functional>

using namespace bitlens;

namespace {

/// The reference values are given with three decimals; pictures are rounded to 8 bit before they are compared.
constexpr double kReferenceTolerance = 0.0015;

image::Image noise(int side, unsigned seed)
{
    image::Image picture({side, side}, 3);
    std::uint8_t *bytes = picture.mutableBytes();
    for (std::size_t i = 0; i < picture.byteCount(); ++i) {
        seed = seed * 1664525U + 1013904223U;
        bytes[i] = static_cast<std::uint8_t>(seed >> 24U);
    }
    return picture;
}

} // namespace

class TestLpips : public QObject {
    Q_OBJECT

    QString m_shared = qEnvironmentVariable("BITLENS_SHARED");
    QTemporaryDir m_folder;

    QString weights(const char *name) const { return m_shared + "/data/weights/" + name; }
    train::Lpips published() const
    {
        return {weights("squeezenet1_1.ncnn.param").toStdString(), weights("lpips_squeeze_v0.1.pth").toStdString()};
    }

    /// The mean distance over Set5 of what `enlarge` makes of the small pictures.
    double onSet5(const std::function<image::Image(const image::Image &)> &enlarge) const
    {
        const train::Lpips lpips = published();
        const QDir high(m_shared + "/data/sets/Set5/HR");
        const QDir low(m_shared + "/data/sets/Set5/LRx4");
        double sum = 0.0;
        const QStringList names = high.entryList({"*.png"}, QDir::Files);
        for (const QString &name : names) {
            const auto original = image::readImage(high.filePath(name).toStdString());
            const QStringList partner = low.entryList({QFileInfo(name).completeBaseName() + "*.png"}, QDir::Files);
            const auto result = enlarge(image::readImage(low.filePath(partner.value(0)).toStdString()));
            sum += lpips.distance(result, original);
        }
        return sum / static_cast<double>(names.size());
    }

private slots:
    void bicubicOfSet5IsAsFarAsPublished()
    {
        if (!QFile::exists(weights("lpips_squeeze_v0.1.pth")))
            QSKIP("the shared weights are not there");
        const double distance = onSet5([](const image::Image &low) {
            return image::resizeBicubic(low, {4 * low.width(), 4 * low.height()});
        });
        QVERIFY2(std::abs(distance - 0.286) < kReferenceTolerance, qPrintable(QString::number(distance)));
        // Another way to enlarge gives another distance, by much more than the tolerance.
        const double nearest = onSet5([](const image::Image &low) {
            image::Image large({4 * low.width(), 4 * low.height()}, 3);
            std::uint8_t *bytes = large.mutableBytes();
            for (int y = 0; y < large.height(); ++y)
                for (int x = 0; x < large.width(); ++x)
                    for (int c = 0; c < 3; ++c)
                        *bytes++ = low.line8(y / 4)[3 * (x / 4) + c];
            return large;
        });
        QVERIFY2(std::abs(nearest - distance) > 10 * kReferenceTolerance, qPrintable(QString::number(nearest)));
    }

    void srganOnSet5IsAsCloseAsPublished()
    {
        if (!QFile::exists(weights("lpips_squeeze_v0.1.pth")))
            QSKIP("the shared weights are not there");
        run::FloatRunner runner(model::readGenerator(weights("srgan5_leftthomas_x4.pth").toStdString()), 2);
        const double distance = onSet5(
            [&runner](const image::Image &low) { return image::fromPlanes(runner.run(image::toPlanes(low), {})); });
        QVERIFY2(std::abs(distance - 0.105) < kReferenceTolerance, qPrintable(QString::number(distance)));
    }

    void ourOwnSrganOnSet5IsAsCloseAsItsCardSays()
    {
        if (!QFile::exists(weights("lpips_squeeze_v0.1.pth")))
            QSKIP("the shared weights are not there");
        const std::string path = model::modelPath(std::string("bitlens-srgan"));
        QVERIFY2(!path.empty(), "the model that comes with the program is not where the program looks for it");
        run::FloatRunner runner(model::readGenerator(path), 2);
        const double distance = onSet5(
            [&runner](const image::Image &low) { return image::fromPlanes(runner.run(image::toPlanes(low), {})); });
        QVERIFY2(std::abs(distance - 0.122) < kReferenceTolerance, qPrintable(QString::number(distance)));
    }

    void equalPicturesHaveNoDistanceAndOthersDo()
    {
        const auto path = test::writeTestFile(m_folder.path().toStdString(), "backbone.safetensors",
                                              test::safetensorsBytes(test::syntheticBackbone()));
        const train::Lpips lpips(path, "");
        QVERIFY(!lpips.hasHeads());
        QCOMPARE(lpips.distance(noise(40, 1), noise(40, 1)), 0.0);
        QVERIFY(lpips.distance(noise(40, 1), noise(40, 2)) > 0.0);
        QVERIFY_EXCEPTION_THROWN(lpips.distance(noise(40, 1), noise(44, 1)), base::Error);
        QVERIFY_EXCEPTION_THROWN(lpips.distance(noise(28, 1), noise(28, 1)), base::Error);
    }

    void filesThatDoNotFitAreRefusedByName()
    {
        const std::string folder = m_folder.path().toStdString();
        const auto refused = [&](const model::StateDict &state, const std::string &expected) {
            const auto path = test::writeTestFile(folder, "wrong.safetensors", test::safetensorsBytes(state));
            try {
                const train::Lpips lpips(path, "");
            } catch (const base::Error &error) {
                return error.file() == path && error.detail().find(expected) != std::string::npos;
            }
            return false;
        };
        model::StateDict tooShort = test::syntheticBackbone();
        tooShort.entries.resize(10);
        QVERIFY(refused(tooShort, "ends after 10 tensors"));
        model::StateDict other = test::syntheticBackbone();
        other.entries[4].second.shape = {16, 64, 1, 4};
        other.entries[4].second.values.resize(16 * 64 * 4);
        QVERIFY(refused(other, "conv2.weight"));

        const auto backbone =
            test::writeTestFile(folder, "right.safetensors", test::safetensorsBytes(test::syntheticBackbone()));
        try {
            const train::Lpips lpips(backbone, backbone);
            QFAIL("took a backbone for LPIPS heads");
        } catch (const base::Error &error) {
            QVERIFY2(error.detail().find("lin0.model.1.weight") != std::string::npos, error.what());
        }
        QVERIFY_EXCEPTION_THROWN(train::Lpips(folder + "/absent.param", ""), base::Error);
    }
};

QTEST_APPLESS_MAIN(TestLpips)
#include "tst_lpips.moc"
