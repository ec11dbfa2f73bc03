// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/tunerun.h"

#include "engine/compare/photocalibration.h"
#include "engine/run/floatrunner.h"
#include "engine/run/integerrunner.h"
#include "engine/train/channelscales.h"
#include "ui/imageconvert.h"

#include <algorithm>
#include <utility>

namespace bitlens::app {

namespace {

/// Of the work before the first step.
constexpr double kReadingShare = 0.6;
constexpr double kHeldOutShare = 0.7;
/// Smaller photographs than the usual crops are of use as well.
constexpr int kSmallestCrop = 16;

QImage pictureOf(const image::Planes &planes) { return ui::toQImage(image::fromPlanes(planes)); }

} // namespace

TuneRun::TuneRun(OpenedModel model, quant::BitPlan plan, std::string photos, double minutes,
                 std::shared_ptr<KeptTunings> keep, bool fresh)
    : m_model(std::move(model)),
      m_plan(std::move(plan)),
      m_photosFolder(std::move(photos)),
      m_keep(std::move(keep)),
      m_fresh(fresh)
{
    m_options.minutes = minutes;
}

void TuneRun::prepare(int threads, const base::Job &job)
{
    const model::GeneratorPtr &generator = m_model.generator;
    m_pool = std::make_unique<base::ThreadPool>(threads);
    m_options.suit(*generator);
    m_photos = train::PhotoSet::load(m_photosFolder, generator->scale, kSmallestCrop * generator->scale,
                                     job.part(0.0, kReadingShare), m_pool.get());
    m_options.folder = m_keep->folderOf({generator, m_plan, m_photosFolder, m_options.seed}, job.cancel);
    m_lock = KeptTunings::lock(m_options.folder);
    if (m_fresh)
        KeptTunings::remove(m_options.folder);
    KeptTunings::makeRoom(m_options.folder);

    const int multiple = generator->scale * generator->inputUnshuffle;
    m_options.batch.side = std::min(m_options.batch.side, m_photos->smallestSide() / multiple * multiple);
    m_heldOut = std::make_unique<train::HeldOut>(generator, *m_photos, train::HeldOut::Shape(), m_options.seed, *m_pool,
                                                 job.part(kReadingShare, kHeldOutShare));
    auto ranges = KeptTunings::ranges(m_options.folder, *generator);
    if (!ranges) {
        const auto found = compare::calibrateOnPhotos(*m_photos, generator, *m_pool, job.part(kHeldOutShare, 1.0));
        ranges = std::make_shared<const quant::Calibration>(
            train::withBestChannelScales(generator, m_plan, *found, *m_heldOut, job.cancel));
        KeptTunings::keepRanges(m_options.folder, *ranges);
    }
    m_start = quant::quantize(generator, m_plan, *ranges);
    m_tuner = std::make_unique<train::Tuner>(m_start, *m_photos, *m_heldOut, m_options, *m_pool);
}

QImage TuneRun::preview(const quant::QuantizedModelPtr &quantized) const
{
    return pictureOf(run::IntegerRunner(quantized, *m_pool).run(m_heldOut->pictures().front(), {}));
}

TuneRun::Beginning TuneRun::beginning()
{
    const train::TuneResult best = m_tuner->best();
    m_shown = best.psnrAfter;
    Beginning beginning;
    beginning.fp32 =
        pictureOf(run::FloatRunner(m_model.generator, m_pool->threads()).run(m_heldOut->pictures().front(), {}));
    beginning.before = preview(m_start);
    beginning.best = best.bestStep > 0 ? preview(best.model) : beginning.before;
    if (m_tuner->step() == 0)
        return beginning;
    beginning.course = KeptTunings::course(m_options.folder);
    if (beginning.course.empty()) {
        train::TuneStatus status;
        status.step = best.steps;
        status.psnr = status.best = best.psnrAfter;
        status.before = best.psnrBefore;
        beginning.course.push_back(status);
    }
    for (train::TuneStatus &status : beginning.course)
        status.steps = m_tuner->steps();
    return beginning;
}

TuneRun::End TuneRun::train(const base::Job &job, const StatusFunction &onStatus)
{
    const base::CancelToken stop = m_stop;
    const base::Job training{stop, [&](double fraction, const std::string &what) {
                                 if (job.cancel.isCancelled())
                                     stop.cancel();
                                 job.report(fraction, what);
                             }};
    End end;
    try {
        end.result = m_tuner->run(training, [&](const train::TuneStatus &status) {
            QImage best;
            if (status.best > m_shown && status.step > 0)
                best = preview(m_tuner->best().model);
            m_shown = status.best;
            onStatus(status, best);
        });
    } catch (const base::Cancelled &) {
        throw;
    } catch (...) {
        const base::Error error = base::currentExceptionAsError(m_options.folder);
        end.failure =
            Failure{error.code(), QString::fromStdString(error.file()), QString::fromStdString(error.detail())};
        end.result = m_tuner->best();
    }
    job.cancel.throwIfCancelled();
    return end;
}

} // namespace bitlens::app
