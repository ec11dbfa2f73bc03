// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/run/runner.h"
#include "engine/score/metric.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::score {
class MaModel;
}

namespace bitlens::compare {

class CalibrationStore;

/// A number that may be missing, with the reason why ("Ma model not installed", "image too small").
using Metric = score::Metric;

/// Readouts of one side. Units: seconds, bytes, dB (PSNR), [0,1] (SSIM).
struct SideReport {
    double seconds = 0.0;  ///< wall time of the run on the whole picture; 0 when it was not run
    std::size_t bytes = 0; ///< of the packed model file
    std::string backend;
    Metric psnrHr, ssimHr;     ///< to the reference, Y channel, border of `scale` pixels shaved, 8-bit
    Metric psnrFp32, ssimFp32; ///< quantized side only: to the FP32 output, same protocol
    Metric niqe, ma, pi;
};

struct Report {
    std::string input, model, plan;
    image::Size inputSize, outputSize;
    SideReport fp32, quantized;
    std::optional<double> sizeChange() const; ///< (quantized - fp32) / fp32, e.g. -0.746
    std::optional<double> timeChange() const;
    /// The stable JSON of interface.md, "schema":1.
    std::string toJson() const;
};

/// Longest side of the tiles of each side, in input pixels. Where tiles do not see as far as the network does, the
/// pixels depend on it.
struct TileSides {
    int fp32 = 0;
    int quantized = 0;
    bool operator==(const TileSides &) const = default;
};

/// What is asked for. Pixels and values only; shared by GUI and command line.
struct Request {
    image::Image input;
    std::string inputName;
    std::optional<image::Image> reference;
    model::GeneratorPtr generator;
    quant::BitPlan plan;
    std::string planName;
    /// A model that was read from a packed file: taken as it is while `plan` is its plan; null otherwise.
    quant::QuantizedModelPtr packed;
    /// Ranges to use; when empty, those of `packed`, else min-max on the input itself (and, for large
    /// inputs, on crops of it).
    std::shared_ptr<const quant::Calibration> calibration;
    /// Ranges that the user chose in place of those, by feature map.
    quant::RangeChoices chosenRanges;
    image::Rect focus; ///< input pixels that the user looks at: done first
    std::size_t memoryBudget = 0;
    TileSides maximumTiles; ///< 0: as large as the budget allows (and the focus)
    bool runFloat = true;
    bool runQuantized = true;
    /// Compute PSNR and SSIM; off for plain enlarging.
    bool measureQuality = true;
    /// Compute NIQE (and Ma and PI) as well; needs measureQuality.
    bool blindScores = true;
    /// For Ma and PI; null: they are not available.
    std::shared_ptr<const score::MaModel> maModel;
};

struct Result {
    image::Image fp32;      ///< null when not asked for
    image::Image quantized; ///< null when not asked for
    Report report;
    std::shared_ptr<const quant::Calibration> calibration; ///< what was used
    quant::QuantizedModelPtr model;
    quant::RangeChoices chosenRanges; ///< as asked for
    TileSides tiles;                  ///< as used; 0 where a side was not run
    /// Kernel of each layer on the quantized side, without times; empty when that was not run.
    std::vector<run::LayerCost> kernels;
};

enum class Side { Fp32, Quantized };

/// A part of one side's picture that has become visible: `pixels` belongs at `where` of the output.
struct Part {
    Side side = Side::Fp32;
    image::Rect where;
    image::Image pixels;
};
using PartFunction = std::function<void(const Part &part)>;

/// What is known of one side so far: called when its picture is complete, and again when further numbers are known.
using SideFunction = std::function<void(Side side, const SideReport &report)>;

/// The one call that the window and the command line share. Holds what is worth keeping between calls: runners, the
/// FP32 result of the current picture and the quantized models of recent plans. Not thread-safe: lives on the engine
/// thread.
class Comparison {
public:
    /// Ranges found on a picture itself are kept in `store`, and taken from it; null: only in memory.
    explicit Comparison(const base::ThreadPool &pool, std::shared_ptr<CalibrationStore> store = nullptr);
    ~Comparison();

    /// Throws base::Error or base::Cancelled; afterwards the object is usable as before. Where `focus` is a small part
    /// of the picture, both sides show it first (computed with less context, so its rim may still change a little);
    /// then FP32 and the quantized side run on the whole picture. `seconds` of a side taken from the cache are those of
    /// the run that made it. Callbacks come on the calling thread.
    Result run(const Request &request, const base::Job &job, const PartFunction &onPart = {},
               const SideFunction &onSide = {});

    /// Values of some feature maps (ascending numbers), in FP32 and on the quantized side, of a picture (3,H,W) that
    /// fits a single tile; a run ends with the last map asked for. Throws like run().
    std::vector<image::Planes> observeFloat(const model::GeneratorPtr &generator, const image::Planes &picture,
                                            const std::vector<int> &maps, const base::CancelToken &cancel);
    std::vector<image::Planes> observeQuantized(const quant::QuantizedModelPtr &model, const image::Planes &picture,
                                                const std::vector<int> &maps, const base::CancelToken &cancel);

    /// Null where there is none.
    CalibrationStore *calibrationStore() const;

    /// Lets go of all that is kept between calls (in memory).
    void releaseMemory();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace bitlens::compare
