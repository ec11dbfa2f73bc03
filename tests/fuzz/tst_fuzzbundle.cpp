// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/bundle.h"
#include "tests/engine/compare/testpictures.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "tests/fuzz/mutator.h"

#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <map>

#include <unistd.h>

using namespace bitlens;

namespace {

constexpr int kDefaultCount = 200;
constexpr unsigned kHangSeconds = 60; // of wall time, then the program is ended
/// The parts that are damaged; those whose text is parsed more often.
constexpr std::array<const char *, 7> kParts{"bundle.json", "ranges.json", "bundle.json",      "plan.json",
                                             "ranges.json", "input.png",   "model.safetensors"};

} // namespace

/// Damaged bundles: whatever is in them, reading answers with a bundle or with an Error. BITLENS_FUZZ_COUNT sets their
/// number.
class FuzzBundle : public QObject {
    Q_OBJECT

private slots:
    void damagedBundlesAreAnswered()
    {
        const QTemporaryDir folder;
        test::SrganShape shape;
        shape.blocks = 1;
        shape.channels = 8;
        compare::Request request;
        request.generator = test::syntheticGenerator(shape);
        request.input = test::patternPicture({16, 16});
        request.plan = quant::planFromArgument("int8", *request.generator);
        const base::ThreadPool pool(1);
        compare::Comparison comparison(pool);
        const std::string path = folder.filePath("bundle").toStdString();
        compare::writeBundle(request, comparison.run(request, {}), {}, path, {});
        std::map<std::string, test::Mutator::Bytes> sound;
        for (const char *part : kParts)
            sound[part] = base::readFile(path + "/" + part);

        const int count = qEnvironmentVariableIntValue("BITLENS_FUZZ_COUNT") > 0
                              ? qEnvironmentVariableIntValue("BITLENS_FUZZ_COUNT")
                              : kDefaultCount;
        int refused = 0;
        for (int number = 0; number < count; ++number) {
            test::Mutator mutator(static_cast<std::uint64_t>(number));
            const char *part = kParts[mutator.below(kParts.size())];
            const auto &before = sound[part];
            const auto damaged = mutator.damaged(before, sound[kParts[mutator.below(kParts.size())]],
                                                 std::min<std::size_t>(before.size(), 4000));
            base::writeFileAtomically(path + "/" + part, damaged);
            ::alarm(kHangSeconds);
            try {
                (void)compare::readBundle(path, {});
            } catch (const base::Error &error) {
                ++refused;
                QVERIFY2(error.code() != base::ErrorCode::Internal && error.code() != base::ErrorCode::OutOfMemory,
                         qPrintable(QString("case %1, %2: %3").arg(number).arg(part, error.what())));
            }
            ::alarm(0);
            base::writeFileAtomically(path + "/" + part, before);
        }
        (void)compare::readBundle(path, {});
        qInfo("%d of %d bundles refused", refused, count);
        QVERIFY(refused > count / 3);
    }
};

QTEST_APPLESS_MAIN(FuzzBundle)
#include "tst_fuzzbundle.moc"
