// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/model/generatorjson.h"
#include "engine/model/reader.h"
#include "engine/quant/quantizedmodel.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "tests/engine/support/weightwriters.h"
#include "tests/fuzz/allocationmeter.h"
#include "tests/fuzz/mutator.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>

#include <unistd.h>

using namespace bitlens;
using namespace bitlens::test;

namespace {

constexpr int kDefaultCount = 200;
constexpr double kMaximumSeconds = 2.0;                          // of processor time, per file
constexpr unsigned kHangSeconds = 60;                            // of wall time, then the program is ended
constexpr std::size_t kAllocationFactor = 4;                     // times the file's size …
constexpr std::size_t kAllocationFloor = std::size_t(256) << 10; // … plus what parsers need for any file

/// What one damaged case consists of: the file that is read, and one beside it (ncnn).
struct Case {
    Bytes main;
    Bytes beside;
};

using MakeCase = std::function<Case(Mutator &)>;
using Read = std::function<void(const std::string &path)>;

/// A quantized model, with ranges as a calibration on pictures in [0,1] would give them.
Bytes packedModel(const model::GeneratorPtr &generator, const std::string &plan)
{
    quant::Calibration calibration;
    for (int map = 0; map <= static_cast<int>(generator->layers.size()); ++map) {
        const auto channels = static_cast<std::size_t>(generator->mapChannels(map));
        calibration.ranges.push_back(
            {-1.0F, 2.0F, std::vector<float>(channels, -1.0F), std::vector<float>(channels, 2.0F)});
        calibration.channelExponents.push_back(0.5F);
    }
    return quant::pack(*quant::quantize(generator, quant::BitPlan::fromRules(plan, *generator), calibration));
}

double processorSeconds()
{
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void writePlainly(const QString &path, const Bytes &bytes)
{
    std::ofstream file(path.toStdString(), std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

Bytes bytesOf(const std::string &text) { return {text.begin(), text.end()}; }

/// The entry data.pkl of one of the test's own archives: it comes first, after a local header.
Bytes objectOfZip(const Bytes &zip)
{
    const std::string name = "archive/data.pkl";
    const auto start =
        std::search(zip.begin(), zip.end(), name.begin(), name.end()) + static_cast<std::ptrdiff_t>(name.size());
    const std::string next = "PK\x03\x04";
    return {start, std::search(start, zip.end(), next.begin(), next.end())};
}

/// Storages "0", "1", … of a state, as the writers number them.
std::vector<RawStorage> storagesOf(const model::StateDict &state)
{
    std::vector<RawStorage> storages;
    for (const auto &entry : state.entries)
        storages.push_back({std::to_string(storages.size()), storageBytes(entry.second.values, "FloatStorage"), 4});
    return storages;
}

} // namespace

Q_DECLARE_METATYPE(MakeCase)
Q_DECLARE_METATYPE(Read)

/// Damaged weight files: whatever is in them, a reader answers with a generator or with an Error, soon and in bounds.
/// BITLENS_FUZZ_COUNT sets the number of files per reader, BITLENS_FUZZ_CASE runs one again by its number.
class FuzzReaders : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::vector<char> m_block;

private slots:
    void theMeterSeesAllocations()
    {
        AllocationMeter::restart();
        std::vector<char>(1'000'000).swap(m_block);
        std::vector<char>().swap(m_block);
        QVERIFY(AllocationMeter::peak() >= 1'000'000);
        QVERIFY(AllocationMeter::peak() < 1'100'000);
        AllocationMeter::restart();
        QVERIFY(AllocationMeter::peak() < 1000);
    }

    void damagedFilesAreAnswered_data()
    {
        const model::StateDict rrdb = syntheticState(RrdbShape{.channels = 6, .growth = 4});
        const model::StateDict srvgg = syntheticState(SrvggShape{.channels = 8});
        const model::StateDict srgan = syntheticState(SrganShape{.channels = 4, .batchNorm = true});
        QTest::addColumn<MakeCase>("makeCase");
        QTest::addColumn<Read>("read");
        const Read readGenerator = [](const std::string &path) { model::readGenerator(path); };
        const Read readPacked = [](const std::string &path) { quant::unpack(base::readFile(path), path); };

        const Bytes plain = safetensorsBytes(srgan);
        const Bytes other = safetensorsBytes(srvgg);
        QTest::newRow("safetensors") << MakeCase([=](Mutator &mutator) {
            return Case{mutator.damaged(plain, other, 6000), {}};
        }) << readGenerator;

        const Bytes exported = model::exportGenerator(*syntheticGenerator(SrvggShape{.channels = 8}));
        QTest::newRow("exported generator") << MakeCase([=](Mutator &mutator) {
            return Case{mutator.damaged(exported, plain, 2500), {}};
        }) << readGenerator;

        // Packed in 16 and 12 bits: narrower weights take more than four times their packed size in memory by design.
        const model::GeneratorPtr small = syntheticGenerator(SrvggShape{.channels = 8});
        const Bytes packed = packedModel(small, "*=16/12");
        const Bytes otherPacked = packedModel(small, "*=12/8,tail=fp32/fp32");
        QTest::newRow("quantized model") << MakeCase([=](Mutator &mutator) {
            return Case{mutator.damaged(packed, otherPacked, 4000), {}};
        }) << readPacked;

        const Bytes legacy = torchLegacyBytes(rrdb);
        const Bytes otherLegacy = torchLegacyBytes(srgan, {{"params"}, "module.", "HalfStorage"});
        QTest::newRow("torch legacy") << MakeCase([=](Mutator &mutator) {
            const bool swap = mutator.below(4) == 0;
            return Case{mutator.damaged(swap ? otherLegacy : legacy, swap ? legacy : otherLegacy, 9000), {}};
        }) << readGenerator;

        const Bytes zip = torchZipBytes(srgan);
        const Bytes object = objectOfZip(zip);
        const std::vector<RawStorage> storages = storagesOf(srgan);
        QTest::newRow("torch zip") << MakeCase([=](Mutator &mutator) {
            // Checksums stop most damage to the container, so half of the cases damage the pickle inside a sound one.
            if (mutator.below(2) == 0)
                return Case{torchZipBytes(mutator.damaged(object, legacy, object.size()), storages), {}};
            Bytes turned(zip.rbegin(), zip.rend()); // the directory lies at the end: let the focus fall there
            turned = mutator.damaged(turned, legacy, 6000);
            return Case{Bytes(turned.rbegin(), turned.rend()), {}};
        }) << readGenerator;

        const NcnnPair pair = ncnnFiles(*syntheticGenerator(RrdbShape{.channels = 6, .growth = 4}));
        const NcnnPair half = ncnnFiles(*syntheticGenerator(SrvggShape{.channels = 7}), true);
        QTest::newRow("ncnn") << MakeCase([=](Mutator &mutator) {
            const bool swap = mutator.below(3) == 0;
            const NcnnPair &one = swap ? half : pair;
            const NcnnPair &two = swap ? pair : half;
            const std::size_t which = mutator.below(3);
            Case damaged{bytesOf(one.param), one.bin};
            if (which != 0)
                damaged.main = mutator.damaged(damaged.main, bytesOf(two.param), damaged.main.size());
            if (which != 1)
                damaged.beside = mutator.damaged(damaged.beside, two.bin, 64);
            return damaged;
        }) << readGenerator;
    }

    void damagedFilesAreAnswered()
    {
        QFETCH(MakeCase, makeCase);
        QFETCH(Read, read);
        const int count = qEnvironmentVariableIntValue("BITLENS_FUZZ_COUNT") > 0
                              ? qEnvironmentVariableIntValue("BITLENS_FUZZ_COUNT")
                              : kDefaultCount;
        const int only =
            qEnvironmentVariableIsSet("BITLENS_FUZZ_CASE") ? qEnvironmentVariableIntValue("BITLENS_FUZZ_CASE") : -1;
        int refused = 0;
        for (int number = std::max(only, 0); number < (only >= 0 ? only + 1 : count); ++number) {
            Mutator mutator(static_cast<std::uint64_t>(number));
            const Case damaged = makeCase(mutator);
            writePlainly(m_folder.filePath("case.param"), damaged.main);
            writePlainly(m_folder.filePath("case.bin"), damaged.beside);
            refused += isRefused(read, m_folder.filePath("case.param").toStdString(),
                                 damaged.main.size() + damaged.beside.size(), number);
            if (QTest::currentTestFailed())
                return;
        }
        qInfo("%d of %d files refused", refused, count);
        // Damage that nobody notices is common in weights, but a reader that refuses hardly anything checks nothing.
        QVERIFY(only >= 0 || refused > count / 3);
    }

private:
    /// Reads a file; a failed check names the case.
    int isRefused(const Read &read, const std::string &path, std::size_t bytes, int number)
    {
        int refused = 0;
        const double start = processorSeconds();
        ::alarm(kHangSeconds);
        AllocationMeter::restart();
        try {
            read(path);
        } catch (const base::Error &error) {
            refused = 1;
            if (error.code() == base::ErrorCode::Internal || error.code() == base::ErrorCode::OutOfMemory)
                QTest::qFail(qPrintable(QString("case %1: %2").arg(number).arg(error.what())), __FILE__, __LINE__);
        } catch (const std::exception &error) {
            QTest::qFail(qPrintable(QString("case %1: %2").arg(number).arg(error.what())), __FILE__, __LINE__);
        }
        const std::size_t peak = AllocationMeter::peak();
        const double seconds = processorSeconds() - start;
        ::alarm(0);
        if (peak > kAllocationFactor * bytes + kAllocationFloor)
            QTest::qFail(
                qPrintable(QString("case %1: %2 bytes allocated for a file of %3").arg(number).arg(peak).arg(bytes)),
                __FILE__, __LINE__);
        if (seconds > kMaximumSeconds)
            QTest::qFail(qPrintable(QString("case %1: %2 s").arg(number).arg(seconds)), __FILE__, __LINE__);
        return refused;
    }
};

QTEST_APPLESS_MAIN(FuzzReaders)
#include "tst_fuzzreaders.moc"
