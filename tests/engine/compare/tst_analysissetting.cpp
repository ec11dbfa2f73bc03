// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/analysissetting.h"
#include "engine/compare/imagefolder.h"
#include "engine/image/codec.h"
#include "tests/engine/search/analysiscase.h"
#include "tests/engine/support/syntheticgenerator.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace bitlens;

namespace {

constexpr int kFiles = 40;
/// Of 40 files, every fifth from the fourth on (i · 40 / 32 skips 4, 9, …) is not among the 32.
constexpr int kLeftOut = 4;

bool isSame(const image::Planes &a, const image::Planes &b)
{
    return a.size() == b.size() && std::equal(a.data(), a.data() + a.count(), b.data());
}

} // namespace

class TestAnalysisSetting : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string folder() const { return m_folder.path().toStdString(); }
    std::string file(int index) const
    {
        return m_folder.filePath(QStringLiteral("%1.png").arg(index, 2, 10, QLatin1Char('0'))).toStdString();
    }

private slots:
    void initTestCase()
    {
        for (int i = 0; i < kFiles; ++i)
            image::writeImage(test::texturedPicture(20 + i, 24, static_cast<std::uint32_t>(i + 1)), file(i));
        base::writeFileAtomically(file(kLeftOut), std::string("not a picture"));
    }

    void aLargeFolderIsRepresentedEvenly()
    {
        const compare::ChosenImages chosen = compare::chosenImages(folder());
        QCOMPARE(chosen.available, std::size_t{kFiles});
        QCOMPARE(chosen.files.size(), compare::kMostChosenImages);
        QCOMPARE(chosen.files.front(), file(0));
        QCOMPARE(chosen.files.back(), file(31 * kFiles / 32));
        const compare::ChosenImages one = compare::chosenImages(file(7));
        QCOMPARE(one.available, std::size_t{1});
        QCOMPARE(one.files, std::vector<std::string>{file(7)});
    }

    /// The broken file is not decoded: only those that crops are taken of are.
    void cropsComeFromAsManyImagesAsNeeded()
    {
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        const compare::AnalysisSetting setting = compare::folderAnalysisSetting(generator, folder(), {3, 16}, {});
        QCOMPARE(setting.images, std::size_t{3});
        QCOMPARE(setting.imagesAvailable, std::size_t{kFiles});
        QCOMPARE(setting.pictures.size(), std::size_t{3});
        QVERIFY(!setting.calibration);
        // The whole of a picture that is read on its own gives the same crop.
        const image::Image last = image::readImage(file(2 * 32 / 3 * kFiles / 32));
        QVERIFY(
            isSame(setting.pictures.back(), search::probePictures(std::span(&last, 1), *generator, {1, 16}).front()));
    }

    void oneImageAtATimeGivesTheCropsOfAllTogether()
    {
        const auto generator = test::syntheticGenerator(test::SrganShape{.blocks = 1, .channels = 8});
        QTemporaryDir few;
        std::vector<image::Image> pictures;
        for (int i = 0; i < 3; ++i) {
            pictures.push_back(test::texturedPicture(60 - 10 * i, 50, static_cast<std::uint32_t>(i + 1)));
            image::writeImage(pictures.back(), few.filePath(QStringLiteral("%1.png").arg(i)).toStdString());
        }
        const search::ProbeShape shape{8, 48};
        const auto together = search::probePictures(pictures, *generator, shape);
        const auto apart = compare::folderAnalysisSetting(generator, few.path().toStdString(), shape, {}).pictures;
        QCOMPARE(apart.size(), together.size());
        for (std::size_t i = 0; i < together.size(); ++i)
            QVERIFY(isSame(apart[i], together[i]));
    }
};

QTEST_GUILESS_MAIN(TestAnalysisSetting)
#include "tst_analysissetting.moc"
