// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/picturescores.h"

#include "engine/base/error.h"
#include "engine/compare/regionscores.h"
#include "engine/score/mamodelfile.h"
#include "engine/score/niqe.h"
#include "engine/score/pi.h"
#include "tests/engine/score/matfilewriter.h"
#include "tests/engine/score/pictures.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bitlens;
using compare::PictureScoreReport;
using compare::PictureScoreRequest;
using compare::PictureScores;

class TestPictureScores : public QObject {
    Q_OBJECT

    const base::ThreadPool m_pool{2};
    score::MaModelPtr m_model;
    image::Image m_fp32 = test::synthetic(330, 220, 1);
    image::Image m_quantized = test::synthetic(330, 220, 2);

    PictureScoreRequest request(bool withModel) const
    {
        PictureScoreRequest request;
        request.fp32 = m_fp32;
        request.quantized = m_quantized;
        if (withModel)
            request.maModel = m_model;
        return request;
    }

private slots:
    void initTestCase()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("model.mat").toStdString();
        test::writeModel(test::RawModel::random(20, 63, 1), path);
        m_model = score::readMaModel(path, {});
    }

    void niqeOfBothSidesComesFirst()
    {
        PictureScores scores;
        std::vector<PictureScoreReport> steps;
        const PictureScoreReport report =
            scores.score(request(true), m_pool, {}, [&](const PictureScoreReport &soFar) { steps.push_back(soFar); });
        QCOMPARE(steps.size(), std::size_t(4));
        QVERIFY(steps[0].fp32.niqe.value && steps[0].psnrFp32.value);
        QVERIFY(!steps[0].fp32.ma.value && steps[0].fp32.ma.reason.empty()); // to come
        QVERIFY(steps[1].quantized.niqe.value && !steps[1].fp32.ma.value);
        QVERIFY(steps[2].fp32.pi.value && !steps[2].quantized.pi.value);
        QVERIFY(steps[3].quantized.pi.value);
        const score::PerceptualScores expected = score::perceptualScores(m_quantized, m_model, m_pool);
        QCOMPARE(report.quantized.niqe.value, expected.niqe.value);
        QCOMPARE(report.quantized.ma.value, expected.ma.value);
        QCOMPARE(report.quantized.pi.value, expected.pi.value);
        QVERIFY(report.quantized.withMa);
    }

    /// Numbers of a region are those of its pixels cut out, to FP32 and to the reference.
    void aRegionIsScoredAsThePictureOfItsPixels()
    {
        PictureScoreRequest whole = request(true);
        whole.reference = test::synthetic(330, 220, 3);
        const image::Rect part{20, 10, 260, 200};
        PictureScoreRequest asked = whole;
        asked.region = part;
        const compare::RegionScores region = compare::scoreRegion(asked, m_pool, {});
        QVERIFY(region.part == part);
        const auto cut = [&](const image::Image &picture) { return picture.cropped(part); };
        const auto pair = compare::pairScores(cut(m_quantized), cut(m_fp32), whole.scale, m_pool);
        QCOMPARE(region.quantized.psnrFp32.value, pair.psnr.value);
        QCOMPARE(region.quantized.ssimFp32.value, pair.ssim.value);
        const auto hr = compare::pairScores(cut(m_fp32), cut(*whole.reference), whole.scale, m_pool);
        QCOMPARE(region.fp32.psnrHr.value, hr.psnr.value);
        QCOMPARE(region.fp32.ssimHr.value, hr.ssim.value);
        QCOMPARE(region.fp32.pi.value, score::perceptualScores(cut(m_fp32), m_model, m_pool).pi.value);
        QVERIFY(!region.fp32.psnrFp32.value);
        // Those of the whole are others.
        const compare::RegionScores all = compare::scoreRegion(whole, m_pool, {});
        QVERIFY(all.part == (image::Rect{0, 0, 330, 220}));
        QVERIFY(*all.quantized.psnrFp32.value != *region.quantized.psnrFp32.value);
        whole.reference = test::synthetic(300, 220, 3);
        QVERIFY_EXCEPTION_THROWN(PictureScores().score(whole, m_pool, {}), base::Error);
    }

    void whatIsKnownIsNotComputedAgain()
    {
        PictureScores scores;
        const PictureScoreReport first = scores.score(request(true), m_pool, {});
        PictureScoreRequest again = request(true);
        image::Image copy = m_fp32; // other memory, same pixels
        (void)copy.mutableBytes();
        again.fp32 = copy;
        std::vector<PictureScoreReport> steps;
        const PictureScoreReport second =
            scores.score(again, m_pool, {}, [&](const PictureScoreReport &soFar) { steps.push_back(soFar); });
        QCOMPARE(steps.size(), std::size_t(2)); // both known at once
        QVERIFY(steps[0].fp32.pi.value.has_value());
        QCOMPARE(second.fp32.pi.value, first.fp32.pi.value);
        // One pixel changed is another picture.
        *copy.mutableBytes() ^= 1U;
        again.fp32 = copy;
        steps.clear();
        (void)scores.score(again, m_pool, {}, [&](const PictureScoreReport &soFar) { steps.push_back(soFar); });
        QCOMPARE(steps.size(), std::size_t(3));
    }

    void withoutModelOnlyNiqe()
    {
        PictureScores scores;
        const PictureScoreReport report = scores.score(request(false), m_pool, {});
        QVERIFY(report.fp32.niqe.value.has_value());
        QCOMPARE(report.fp32.ma.reason, std::string("Ma model not installed"));
        QCOMPARE(report.quantized.pi.reason, std::string("Ma model not installed"));
        QVERIFY(scores.score(request(true), m_pool, {}).fp32.ma.value.has_value()); // installed meanwhile
    }

    void aPartIsScoredAsAPictureOfItsOwn()
    {
        PictureScores scores;
        PictureScoreRequest part = request(true);
        part.region = image::Rect{10, 4, 240, 200};
        const PictureScoreReport report = scores.score(part, m_pool, {});
        const auto expected = score::perceptualScores(m_fp32.cropped(*part.region), m_model, m_pool);
        QCOMPARE(report.fp32.pi.value, expected.pi.value);
        QVERIFY(report.fp32.niqe.value != scores.score(request(true), m_pool, {}).fp32.niqe.value);
        part.region = image::Rect{0, 0, 60, 40};
        const PictureScoreReport small = scores.score(part, m_pool, {});
        QVERIFY(!small.fp32.niqe.value && small.fp32.niqe.reason.find("too small") != std::string::npos);
        QVERIFY(small.psnrFp32.value.has_value());
        part.region = image::Rect{300, 200, 60, 40};
        QVERIFY_EXCEPTION_THROWN(scores.score(part, m_pool, {}), base::Error);
    }

    void cancellingLeavesNothingHalf()
    {
        PictureScores scores;
        base::Job job;
        QVERIFY_EXCEPTION_THROWN(
            scores.score(request(true), m_pool, job, [&](const PictureScoreReport &) { job.cancel.cancel(); }),
            base::Cancelled);
        QVERIFY(scores.score(request(true), m_pool, {}).quantized.pi.value.has_value());
    }
};

QTEST_GUILESS_MAIN(TestPictureScores)
#include "tst_picturescores.moc"
