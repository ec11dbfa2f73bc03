// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/activations.h"

#include "engine/base/error.h"
#include "engine/image/alpha.h"
#include "engine/image/colour.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace bitlens::compare {

namespace {

constexpr std::size_t kBins = 128;
/// What an FP32 run of a second or less on two older cores can do.
constexpr double kMostMacs = 5.0e10;
constexpr int kLargestSide = 64;
constexpr int kSmallestSide = 16;

/// Nearly white and nearly black, in 8-bit steps.
constexpr int kNearlyWhite = 250;
constexpr int kNearlyBlack = 5;
/// Mean shifts beyond this are seen, and are more than noise that can only go one way at white: with a deviation of 2.5
/// steps its mean is 1 step.
constexpr double kVisibleShift = 2.0;
/// Fewer samples than this share are too few to speak of.
constexpr double kLeastShare = 1e-3;

/// Sums that mean, deviation and ratio of an error follow from.
class ErrorSums {
public:
    void add(double fp32, double quantized)
    {
        const double error = quantized - fp32;
        m_sum += error;
        m_squares += error * error;
        m_signal += fp32 * fp32;
        m_largest = std::max(m_largest, std::abs(error));
        ++m_count;
    }
    double largest() const { return m_largest; }
    void store(ValueStatistics &statistics) const
    {
        if (m_count == 0)
            return;
        const auto count = static_cast<double>(m_count);
        statistics.errorMean = m_sum / count;
        statistics.errorDeviation =
            std::sqrt(std::max(0.0, m_squares / count - statistics.errorMean * statistics.errorMean));
        if (m_squares > 0.0 && m_signal > 0.0)
            statistics.sqnr = 10.0 * std::log10(m_signal / m_squares);
    }

private:
    double m_sum = 0.0;
    double m_squares = 0.0;
    double m_signal = 0.0;
    double m_largest = 0.0;
    std::size_t m_count = 0;
};

/// Histograms and error of two equally long lists of values.
void fillStatistics(std::span<const float> fp32, std::span<const float> quantized, ValueStatistics &statistics)
{
    if (fp32.empty())
        return;
    ErrorSums sums;
    float low = fp32.front();
    float high = low;
    for (std::size_t i = 0; i < fp32.size(); ++i) {
        low = std::min({low, fp32[i], quantized[i]});
        high = std::max({high, fp32[i], quantized[i]});
        sums.add(static_cast<double>(fp32[i]), static_cast<double>(quantized[i]));
    }
    sums.store(statistics);
    statistics.fp32 = Histogram(static_cast<double>(low), static_cast<double>(high), kBins);
    statistics.quantized = statistics.fp32;
    statistics.error = Histogram(-sums.largest(), sums.largest(), kBins - 1); // odd: 0 is the middle of a bin
    for (std::size_t i = 0; i < fp32.size(); ++i) {
        statistics.fp32.add(static_cast<double>(fp32[i]));
        statistics.quantized.add(static_cast<double>(quantized[i]));
        statistics.error.add(static_cast<double>(quantized[i]) - static_cast<double>(fp32[i]));
    }
}

/// Puts the values of a map through its quantizer: what consumers see, in place, with levels and clipped share.
void quantizeValues(const quant::ActivationQuantizer &quantizer, image::Planes &values, ValueStatistics &statistics)
{
    const std::int32_t maximum = quantizer.maximum();
    std::vector<bool> used(static_cast<std::size_t>(maximum) + 1, false);
    std::size_t clipped = 0;
    const std::size_t plane = values.planeSize();
    float *sample = values.mutableData();
    for (int channel = 0; channel < values.channels(); ++channel) {
        const auto c = static_cast<std::size_t>(channel);
        const std::int32_t zero = quantizer.zeroPoint[c];
        const float half = 0.5F;
        const float lowest = static_cast<float>(-zero) - half;
        const float highest = static_cast<float>(maximum - zero) + half;
        for (std::size_t i = 0; i < plane; ++i, ++sample) {
            const float steps = *sample * quantizer.inverseScale[c];
            clipped += steps < lowest || steps > highest ? 1 : 0;
            const std::int32_t level = quant::quantizeActivation(*sample, quantizer.inverseScale[c], zero, maximum);
            used[static_cast<std::size_t>(level)] = true;
            *sample = static_cast<float>(level - zero) * quantizer.scale[c];
        }
    }
    statistics.levels = maximum + 1;
    statistics.levelsUsed = static_cast<int>(std::count(used.begin(), used.end(), true));
    statistics.clippedShare =
        values.count() == 0 ? 0.0 : static_cast<double>(clipped) / static_cast<double>(values.count());
}

ValueStatistics weightStatistics(const quant::QuantizedModel &model, int layer)
{
    const auto index = static_cast<std::size_t>(layer);
    const model::ConvLayer &conv = model.generator->layers[index];
    const quant::QuantizedLayer &quantized = model.layers[index];
    const std::vector<float> &fp32 = *conv.weight;
    ValueStatistics statistics;
    if (quantized.bits.isFloat()) {
        fillStatistics(fp32, fp32, statistics);
        return statistics;
    }
    // The integers stand for weights times the scales of the activations (rule 4).
    const std::vector<float> inputScales = model.inputScales(layer);
    const std::int32_t largest = quant::weightMaximum(quantized.bits.weight);
    std::vector<bool> used(2 * static_cast<std::size_t>(largest) + 1, false);
    std::vector<float> real(fp32.size());
    const auto taps = static_cast<std::size_t>(conv.kernel) * static_cast<std::size_t>(conv.kernel);
    std::size_t i = 0;
    for (std::size_t out = 0; out < static_cast<std::size_t>(conv.outChannels); ++out)
        for (std::size_t in = 0; in < static_cast<std::size_t>(conv.inChannels); ++in) {
            const float scale = quantized.weights.scale[out] / inputScales[in];
            for (std::size_t tap = 0; tap < taps; ++tap, ++i) {
                const std::int16_t level = quantized.weights.values[i];
                used[static_cast<std::size_t>(level + largest)] = true;
                real[i] = static_cast<float>(level) * scale;
            }
        }
    fillStatistics(fp32, real, statistics);
    statistics.levels = 2 * largest + 1;
    statistics.levelsUsed = static_cast<int>(std::count(used.begin(), used.end(), true));
    return statistics;
}

std::string nameOfMap(const model::Generator &generator, int map)
{
    return map == 0 ? "input" : generator.layers[static_cast<std::size_t>(map) - 1].path;
}

} // namespace

image::Rect activationRegion(const model::Generator &generator, image::Size input, const image::Rect &visible)
{
    const image::Rect whole{0, 0, input.width, input.height};
    const image::Rect seen = visible.isEmpty() ? whole : visible.intersected(whole);
    if (seen.isEmpty())
        return {};
    const double pixels = kMostMacs / std::max(1.0, generator.macsPerInputPixel());
    const int side = std::clamp(static_cast<int>(std::sqrt(pixels)), kSmallestSide, kLargestSide);
    const int width = std::min(side, seen.width);
    const int height = std::min(side, seen.height);
    return {seen.x + (seen.width - width) / 2, seen.y + (seen.height - height) / 2, width, height};
}

LayerActivations ActivationProbe::measure(const ActivationRequest &request, Comparison &comparison,
                                          const base::Job &job)
{
    const auto refuse = [](const char *why) { throw base::Error(base::ErrorCode::InvalidArgument, {}, why); };
    if (!request.model || request.layer < 0 || static_cast<std::size_t>(request.layer) >= request.model->layers.size())
        refuse("there is no such layer");
    const image::Size size = request.input.size();
    if (request.region.isEmpty() || request.region.intersected({0, 0, size.width, size.height}) != request.region)
        refuse("the part of the picture is empty or lies outside");

    const model::GeneratorPtr &generator = request.model->generator;
    const model::ConvLayer &layer = generator->layers[static_cast<std::size_t>(request.layer)];
    const std::vector<int> maps = layer.inputs;
    const bool known = m_generator == generator && m_region == request.region && m_maps == maps
                       && m_input.bytes() == request.input.bytes();
    const image::Planes picture = image::toPlanes(request.input.cropped(request.region));
    job.report(0.0, "activations of " + layer.path);
    if (!known) {
        m_generator.reset();
        m_fp32 = comparison.observeFloat(generator, picture, maps, job.cancel);
        m_generator = generator;
        m_input = request.input;
        m_region = request.region;
        m_maps = maps;
    }
    job.report(0.7, "activations of " + layer.path);
    std::vector<image::Planes> quantized = comparison.observeQuantized(request.model, picture, maps, job.cancel);

    LayerActivations result;
    result.layer = request.layer;
    result.path = layer.path;
    result.bits = request.model->plan.at(static_cast<std::size_t>(request.layer));
    result.region = request.region;
    for (std::size_t i = 0; i < maps.size(); ++i) {
        job.cancel.throwIfCancelled();
        InputActivations input;
        input.map = maps[i];
        input.name = nameOfMap(*generator, maps[i]);
        const quant::Range &range = request.model->calibration.ranges[static_cast<std::size_t>(maps[i])];
        input.range = {range.low, range.high};
        input.chosen = request.chosenRanges.contains(maps[i]);
        if (!result.bits.isFloat())
            quantizeValues(request.model->activationQuantizer(maps[i], result.bits.activation), quantized[i],
                           input.values);
        fillStatistics({m_fp32[i].data(), m_fp32[i].count()}, {quantized[i].data(), quantized[i].count()},
                       input.values);
        result.inputs.push_back(std::move(input));
    }
    job.cancel.throwIfCancelled();
    result.weights = weightStatistics(*request.model, request.layer);
    return result;
}

bool EndShift::clipsWhite() const { return whiteShare >= kLeastShare && white < -kVisibleShift; }

bool EndShift::clipsBlack() const { return blackShare >= kLeastShare && black > kVisibleShift; }

EndShift endShift(const image::Image &fp32, const image::Image &quantized)
{
    EndShift shift;
    if (fp32.isNull() || fp32.size() != quantized.size())
        return shift;
    const auto colours = [](const image::Image &picture) {
        return image::toEightBit(picture.hasAlpha() ? image::withoutAlpha(picture) : picture);
    };
    const image::Image a = colours(fp32);
    const image::Image b = colours(quantized);
    if (a.channels() != b.channels())
        return shift;
    double white = 0.0;
    double black = 0.0;
    std::size_t whites = 0;
    std::size_t blacks = 0;
    const std::size_t count = a.byteCount();
    for (std::size_t i = 0; i < count; ++i) {
        const int before = a.bytes()[i];
        const int difference = b.bytes()[i] - before;
        if (before >= kNearlyWhite) {
            white += difference;
            ++whites;
        } else if (before <= kNearlyBlack) {
            black += difference;
            ++blacks;
        }
    }
    if (whites > 0)
        shift.white = white / static_cast<double>(whites);
    if (blacks > 0)
        shift.black = black / static_cast<double>(blacks);
    shift.whiteShare = static_cast<double>(whites) / static_cast<double>(count);
    shift.blackShare = static_cast<double>(blacks) / static_cast<double>(count);
    return shift;
}

} // namespace bitlens::compare
