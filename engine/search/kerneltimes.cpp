// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/kerneltimes.h"

#include "engine/base/cpu.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/quant/quantizedmodel.h"
#include "engine/run/integerrunner.h"
#include "engine/search/probepictures.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bitlens::search {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;
constexpr int kRuns = 3;
constexpr std::size_t kLargestFile = std::size_t(16) << 20;
/// A picture large enough that every kernel works in full tiles, and small enough that all classes take seconds.
constexpr int kTimingSide = 64;
constexpr int kHeavyTimingSide = 32;
constexpr double kHeavyMacsPerPixel = 6.0e6;

template <std::size_t count>
std::size_t classOf(const std::array<int, count> &widths, int bits)
{
    const auto wide = std::lower_bound(widths.begin(), widths.end(), bits);
    return static_cast<std::size_t>(std::min(wide, widths.end() - 1) - widths.begin());
}

/// A picture of all levels: kernels take the same time whatever they compute.
image::Planes rampPicture(image::Size size)
{
    image::Planes picture(3, size.height, size.width);
    float *out = picture.mutableData();
    for (std::size_t i = 0; i < picture.count(); ++i)
        out[i] = static_cast<float>(i * 37 % 256) / 255.0F;
    return picture;
}

} // namespace

double KernelTimes::seconds(std::size_t layer, quant::LayerBits bits) const
{
    return m_seconds.at(
        layer)[classOf(kWeightBits, bits.weight) * kActivationBits.size() + classOf(kActivationBits, bits.activation)];
}

double KernelTimes::seconds(const quant::BitPlan &plan) const
{
    double sum = 0.0;
    for (std::size_t layer = 0; layer < plan.size(); ++layer)
        sum += seconds(layer, plan.at(layer));
    return sum;
}

KernelTimes KernelTimes::scaledTo(image::Size size) const
{
    KernelTimes scaled = *this;
    const double factor = static_cast<double>(size.pixels()) / static_cast<double>(m_inputSize.pixels());
    for (auto &layer : scaled.m_seconds)
        for (double &value : layer)
            value *= factor;
    scaled.m_inputSize = size;
    return scaled;
}

std::string KernelTimes::toJson() const
{
    Json json;
    json["schema"] = kSchema;
    json["width"] = m_inputSize.width;
    json["height"] = m_inputSize.height;
    json["seconds"] = m_seconds;
    return json.dump();
}

KernelTimes KernelTimes::fromJson(const std::string &text, std::size_t layers, const std::string &file)
{
    const auto refuse = [&file]() {
        throw base::Error(base::ErrorCode::BrokenFile, file, "not a table of kernel times for this generator");
    };
    const Json json = Json::parse(text, nullptr, false);
    KernelTimes times;
    try {
        if (json.at("schema") != kSchema || json.at("seconds").size() != layers)
            refuse();
        times.m_inputSize = {json.at("width").get<int>(), json.at("height").get<int>()};
        for (const Json &layer : json.at("seconds")) {
            if (layer.size() != kClasses)
                refuse();
            std::array<double, kClasses> row{};
            for (std::size_t i = 0; i < kClasses; ++i)
                row[i] = layer.at(i).get<double>();
            if (std::any_of(row.begin(), row.end(), [](double value) { return !(value >= 0.0 && value < 1.0e9); }))
                refuse();
            times.m_seconds.push_back(row);
        }
    } catch (const nlohmann::json::exception &) {
        refuse();
    }
    if (times.m_inputSize.isEmpty())
        refuse();
    return times;
}

KernelTimes KernelTimes::measure(const model::GeneratorPtr &generator, const quant::Calibration &calibration,
                                 image::Size size, const base::ThreadPool &pool, const base::Job &job)
{
    KernelTimes times;
    times.m_inputSize = size;
    times.m_seconds.resize(generator->layers.size());
    const image::Planes picture = rampPicture(size);
    for (std::size_t index = 0; index < kClasses; ++index) {
        const quant::LayerBits bits{kWeightBits[index / kActivationBits.size()],
                                    kActivationBits[index % kActivationBits.size()]};
        job.cancel.throwIfCancelled();
        job.report(static_cast<double>(index) / static_cast<double>(kClasses),
                   fmt::format("timing kernels at W{} A{}", bits.weight, bits.activation));
        run::IntegerRunner runner(
            quant::quantize(generator, quant::BitPlan(generator->layers.size(), bits), calibration), pool);
        runner.setProfiling(true);
        for (auto &layer : times.m_seconds)
            layer[index] = std::numeric_limits<double>::max();
        for (int run = 0; run < kRuns; ++run) {
            runner.run(picture, job.cancel);
            const std::vector<run::LayerCost> costs = runner.layerCosts();
            for (std::size_t layer = 0; layer < costs.size(); ++layer)
                times.m_seconds[layer][index] = std::min(times.m_seconds[layer][index], costs[layer].seconds);
        }
    }
    return times;
}

KernelTimes kernelTimes(const model::GeneratorPtr &generator, const quant::Calibration &calibration, image::Size size,
                        const std::string &folder, const base::ThreadPool &pool, const base::Job &job)
{
    const std::string key = fmt::format("{} {} {} threads {}", conditionsOf(*generator, {}, calibration).model,
                                        base::cpuName(), pool.threads(), base::instructionSetName(base::cpuFeatures()));
    const std::string digest = base::sha256({reinterpret_cast<const std::uint8_t *>(key.data()), key.size()});
    const std::string path = folder.empty() ? std::string() : fmt::format("{}/{}.json", folder, digest.substr(0, 32));
    std::error_code ignored;
    if (!path.empty() && std::filesystem::exists(path, ignored)) {
        try {
            const std::vector<std::uint8_t> bytes = base::readFile(path, kLargestFile);
            return KernelTimes::fromJson(std::string(bytes.begin(), bytes.end()), generator->layers.size(), path)
                .scaledTo(size);
        } catch (const base::Error &) {
            // Measured again: the table is only a cache.
        }
    }
    const int side = generator->macsPerInputPixel() > kHeavyMacsPerPixel ? kHeavyTimingSide : kTimingSide;
    const KernelTimes times = KernelTimes::measure(generator, calibration, {side, side}, pool, job);
    if (!path.empty()) {
        std::filesystem::create_directories(folder, ignored);
        try {
            base::writeFileAtomically(path, times.toJson());
        } catch (const base::Error &) {
            // A full or read-only disk: they are measured again next time.
        }
    }
    return times.scaledTo(size);
}

} // namespace bitlens::search
