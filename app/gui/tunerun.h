// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/kepttunings.h"
#include "app/gui/requestqueue.h"
#include "app/gui/session.h"
#include "engine/base/parallel.h"
#include "engine/train/tuner.h"

#include <QImage>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::app {

/// One run of tuning in the window: made in the GUI thread, then used on the analysis thread alone until it has ended
/// or pauses. It keeps a checkpoint, and goes on from one that is there.
class TuneRun {
public:
    /// `fresh`: what is kept of an earlier run with these settings is deleted.
    TuneRun(OpenedModel model, quant::BitPlan plan, std::string photos, double minutes,
            std::shared_ptr<KeptTunings> keep, bool fresh);

    const OpenedModel &model() const { return m_model; }
    const quant::BitPlan &plan() const { return m_plan; }
    const std::string &photos() const { return m_photosFolder; }
    /// Where it is kept; empty before it was prepared.
    const std::string &folder() const { return m_options.folder; }
    bool isPrepared() const { return m_tuner != nullptr; }
    /// Files that could not be used, with the reason.
    const std::vector<std::string> &skipped() const { return m_photos->skipped(); }

    /// Reads photographs, finds ranges or takes the kept ones. Throws base::Error, base::Cancelled.
    void prepare(int threads, const base::Job &job);
    /// What is known before the first step of this session.
    struct Beginning {
        std::vector<train::TuneStatus> course; ///< of earlier sessions
        QImage fp32;                           ///< previews of a crop that training does not see
        QImage before;
        QImage best;
    };
    Beginning beginning();

    /// How it ended; when an error ended it, the best so far is still in `result`.
    struct End {
        train::TuneResult result;
        std::optional<Failure> failure;
    };
    /// Preview of the best after a status, null when it is the same as before.
    using StatusFunction = std::function<void(const train::TuneStatus &status, const QImage &best)>;
    /// Trains until the end, stop() or a cancelled job. Throws base::Cancelled in the last case only.
    End train(const base::Job &job, const StatusFunction &onStatus);

    /// It does not go on: another window may work on what is kept of it.
    void letGo() { m_lock.release(); }

    /// From any thread: train() ends after this step.
    void stop() const { m_stop.cancel(); }
    /// Before train() is called again.
    void renew() { m_stop = base::CancelToken(); }

private:
    QImage preview(const quant::QuantizedModelPtr &quantized) const;

    OpenedModel m_model;
    quant::BitPlan m_plan;
    std::string m_photosFolder;
    train::TuneOptions m_options;
    std::shared_ptr<KeptTunings> m_keep;
    bool m_fresh;
    base::FileLock m_lock; ///< of the folder

    base::CancelToken m_stop;
    std::unique_ptr<base::ThreadPool> m_pool;
    std::optional<train::PhotoSet> m_photos;
    std::unique_ptr<train::HeldOut> m_heldOut;
    quant::QuantizedModelPtr m_start;
    std::unique_ptr<train::Tuner> m_tuner;
    double m_shown = 0.0; ///< PSNR of the preview
};

} // namespace bitlens::app
