// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/score/mafeatures.h"
#include "engine/score/mamodelfile.h"
#include "engine/score/niqe.h"
#include "engine/score/pi.h"
#include "tests/engine/score/matfilewriter.h"
#include "tests/engine/score/pictures.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bitlens;
using namespace bitlens::score;
using bitlens::test::flat;
using bitlens::test::synthetic;

class TestPi : public QObject {
    Q_OBJECT

    const base::ThreadPool m_pool{2};
    MaModelPtr m_model;

private slots:
    void initTestCase()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("model.mat").toStdString();
        test::writeModel(test::RawModel::random(20, 63, 1), path);
        m_model = readMaModel(path, {});
    }

    void followsTheDefinition()
    {
        // The page's values of peppers, to its 6 digits.
        const Metric pi = perceptualIndex(Metric::of(8.6172762), Metric::of(3.1201398));
        QVERIFY(std::abs(*pi.value - 7.748568) < 5e-7);
    }

    void putsThePartsTogether()
    {
        const image::Image image = synthetic(203, 301, 1);
        std::vector<double> seen;
        const PerceptualScores scores =
            perceptualScores(image, m_model, m_pool, {}, [&](const Metric &niqe) { seen.push_back(*niqe.value); });
        QCOMPARE(*scores.niqe.value, *niqe(image, m_pool).value);
        QCOMPARE(*scores.ma.value, m_model->score(*maFeatures(image, m_pool).features));
        QCOMPARE(*scores.pi.value, ((10 - *scores.ma.value) + *scores.niqe.value) / 2);
        QCOMPARE(seen, std::vector<double>{*scores.niqe.value});
    }

    void withoutTheModelOnlyNiqeIsThere()
    {
        const PerceptualScores scores = perceptualScores(synthetic(203, 301, 1), nullptr, m_pool);
        QVERIFY(scores.niqe.value);
        QVERIFY(!scores.ma.value && !scores.pi.value);
        QCOMPARE(scores.ma.reason, "Ma model not installed");
        QCOMPARE(scores.pi.reason, "Ma model not installed");
    }

    void reasonsArePassedOn()
    {
        for (const image::Image &image :
             {flat(1, 1, 3, 5), flat(20, 2000, 4, 5), flat(300, 300, 1, 5), image::Image()}) {
            const PerceptualScores scores = perceptualScores(image, m_model, m_pool);
            QVERIFY(!scores.niqe.value && !scores.niqe.reason.empty());
            QVERIFY(!scores.ma.value && !scores.ma.reason.empty());
            QVERIFY(!scores.pi.value && !scores.pi.reason.empty());
        }
        // Large enough for Ma, not for NIQE.
        const PerceptualScores middle = perceptualScores(synthetic(100, 100, 1), m_model, m_pool);
        QVERIFY(!middle.niqe.value && middle.ma.value && !middle.pi.value);
        QCOMPARE(middle.pi.reason, middle.niqe.reason);
    }

    void cancelsAfterNiqe()
    {
        base::Job job;
        QVERIFY_EXCEPTION_THROWN(perceptualScores(synthetic(203, 301, 1), m_model, m_pool, job,
                                                  [&](const Metric &) { job.cancel.cancel(); }),
                                 base::Cancelled);
    }
};

QTEST_APPLESS_MAIN(TestPi)
#include "tst_pi.moc"
