// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/parallel.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"

#include <array>
#include <string>
#include <vector>

namespace bitlens::search {

/// Seconds that the integer runner takes for each layer at each class of widths, on this machine. Widths between two
/// measured ones count as the wider, whose kernel can hold them.
class KernelTimes {
public:
    static constexpr std::array kWeightBits{4, 8, 10, 12, 16};
    static constexpr std::array kActivationBits{8, 10, 12, 16};
    static constexpr std::size_t kClasses = kWeightBits.size() * kActivationBits.size();

    /// Of one layer on a picture of inputSize(); bits are not FP32.
    double seconds(std::size_t layer, quant::LayerBits bits) const;
    /// Of a plan without FP32 layers.
    double seconds(const quant::BitPlan &plan) const;
    std::size_t layers() const { return m_seconds.size(); }

    image::Size inputSize() const { return m_inputSize; }
    /// The same for another size of pictures: times grow with the number of pixels.
    KernelTimes scaledTo(image::Size size) const;

    /// {"schema":1,"width","height","seconds":[[…] per layer]}.
    std::string toJson() const;
    /// Inverse of toJson for a generator of so many layers. Throws base::Error{BrokenFile} naming `file`.
    static KernelTimes fromJson(const std::string &json, std::size_t layers, const std::string &file);

    /// Runs uniform plans of every class on a picture of `size`, each three times, and keeps the smallest time of each
    /// layer. Progress per class. Throws base::Error, base::Cancelled.
    static KernelTimes measure(const model::GeneratorPtr &generator, const quant::Calibration &calibration,
                               image::Size size, const base::ThreadPool &pool, const base::Job &job);

private:
    image::Size m_inputSize;
    std::vector<std::array<double, kClasses>> m_seconds; ///< weight class · activation classes + activation class
};

/// The times of this generator on this machine with so many threads, for pictures of `size`: those kept in `folder`
/// from an earlier call, else measured now and kept there ("" keeps nothing; a file that cannot be read is replaced,
/// one that cannot be written is done without).
KernelTimes kernelTimes(const model::GeneratorPtr &generator, const quant::Calibration &calibration, image::Size size,
                        const std::string &folder, const base::ThreadPool &pool, const base::Job &job);

} // namespace bitlens::search
