// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/score/mamodelstore.h"
#include "tests/engine/score/matfilewriter.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace bitlens;
using namespace bitlens::score;
using bitlens::base::Error;
using bitlens::base::ErrorCode;
using bitlens::test::RawModel;

class TestMaModelStore : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    std::string path(const char *name) const { return m_folder->filePath(name).toStdString(); }

    static int conversions(const MaModelPtr &model, const std::vector<double> &reports)
    {
        return model && !reports.empty() ? 1 : 0;
    }

    /// Loads and tells whether the file was converted (and not the cache read).
    static bool loadConverts(const std::string &named, MaModelPtr &model)
    {
        std::vector<double> reports;
        base::Job job;
        job.progress = [&](double fraction, const std::string &) { reports.push_back(fraction); };
        model = loadMaModel(named, job);
        return conversions(model, reports) > 0;
    }

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        qputenv("BITLENS_DATA_DIR", m_folder->filePath("data").toUtf8());
    }
    void cleanup() { qunsetenv("BITLENS_DATA_DIR"); }

    void nothingInstalledIsNoError()
    {
        QVERIFY(findMaModel().empty());
        QVERIFY(!loadMaModel({}, {}));
        QCOMPARE(maModelMissingReason(), "Ma model not installed");
        QVERIFY(maModelHint().find("bitlens models get ma") != std::string::npos);
    }

    void convertsOnceAndKeepsTheCache()
    {
        test::writeModel(RawModel::random(5, 31, 1), path("named.mat"));
        MaModelPtr model;
        QVERIFY(loadConverts(path("named.mat"), model));
        QVERIFY(model);
        const double score = model->score({});
        QVERIFY(!loadConverts(path("named.mat"), model));
        QVERIFY(model->score({}) == score);

        // Another file under the same name is noticed, and a damaged cache made again.
        QTest::qSleep(10);
        test::writeModel(RawModel::random(5, 31, 99), path("named.mat"));
        QVERIFY(loadConverts(path("named.mat"), model));
        QVERIFY(model->score({}) != score);
        QVERIFY(!loadConverts(path("named.mat"), model));
        QFile cache(m_folder->filePath("data/ma/forests.cache"));
        QVERIFY(cache.open(QIODevice::ReadWrite));
        cache.seek(cache.size() / 2);
        cache.write("broken");
        cache.close();
        QVERIFY(loadConverts(path("named.mat"), model));
        QVERIFY(!loadConverts(path("named.mat"), model));
    }

    void installingPutsTheModelIntoTheDataFolder()
    {
        test::writeModel(RawModel::random(5, 31, 1), path("mine.mat"));
        const std::string installed = installMaModel(path("mine.mat"), {});
        QCOMPARE(findMaModel(), installed);
        MaModelPtr model;
        QVERIFY(!loadConverts({}, model)); // the cache is there already
        QVERIFY(model);
        QCOMPARE(installMaModel(installed, {}), installed);
        // Nothing else is left behind.
        QCOMPARE(QDir(m_folder->filePath("data/ma")).entryList(QDir::Files | QDir::Hidden).size(), 2);
    }

    void wrongFilesAreRefusedAndNotInstalled()
    {
        base::writeFileAtomically(path("wrong.mat"), std::string(5000, 'x'));
        for (const bool install : {false, true})
            try {
                if (install)
                    installMaModel(path("wrong.mat"), {});
                else
                    loadMaModel(path("wrong.mat"), {});
                QFAIL("took a wrong file");
            } catch (const Error &error) {
                QCOMPARE(error.code(), ErrorCode::UnknownFormat);
                QVERIFY(std::string(error.what()).find("wrong.mat") != std::string::npos);
            }
        QVERIFY(findMaModel().empty());
        try {
            loadMaModel(path("absent.mat"), {});
            QFAIL("loaded an absent file");
        } catch (const Error &error) {
            QCOMPARE(error.code(), ErrorCode::NotFound);
        }
    }

    void cancellingLeavesNothing()
    {
        test::writeModel(RawModel::random(5, 31, 1), path("named.mat"));
        base::Job job;
        job.cancel.cancel();
        QVERIFY_EXCEPTION_THROWN(loadMaModel(path("named.mat"), job), base::Cancelled);
        QVERIFY(!QFile::exists(m_folder->filePath("data/ma/forests.cache")));
    }

    void fetchingFailsCleanlyWithoutCurl()
    {
        const QByteArray programs = qgetenv("PATH");
        qputenv("PATH", "/nonexistent");
        try {
            fetchMaModel({});
            QFAIL("fetched without a program");
        } catch (const Error &error) {
            QCOMPARE(error.code(), ErrorCode::NotReadable);
            QVERIFY(error.detail().find("curl is not installed") != std::string::npos);
        }
        qputenv("PATH", programs);
        QVERIFY(findMaModel().empty());
    }

    void fetchingTellsWhatEachAddressSaid()
    {
        // A proxy that refuses every connection stands for a machine without network.
        qputenv("https_proxy", "http://127.0.0.1:9");
        qputenv("no_proxy", "");
        try {
            fetchMaModel({});
            QFAIL("fetched through a proxy that is not there");
        } catch (const Error &error) {
            QCOMPARE(error.code(), ErrorCode::NotReadable);
            QVERIFY(error.detail().find("sr-metric") != std::string::npos);
            QVERIFY(error.detail().find("NRQM_model.mat") != std::string::npos);
        }
        qunsetenv("https_proxy");
        qunsetenv("no_proxy");
        QVERIFY(QDir(m_folder->filePath("data/ma")).entryList(QDir::Files | QDir::Hidden).isEmpty());
    }

    void fetchingCanBeCancelled()
    {
        base::Job job;
        job.cancel.cancel();
        QVERIFY_EXCEPTION_THROWN(fetchMaModel(job), base::Cancelled);
    }
};

QTEST_APPLESS_MAIN(TestMaModelStore)
#include "tst_mamodelstore.moc"
