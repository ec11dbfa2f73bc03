// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/search/estimate.h"

#include "engine/base/error.h"
#include "engine/run/layerwisenetwork.h"
#include "engine/search/layererror.h"
#include "engine/search/roundingerror.h"
#include "engine/search/torchluma.h"

#include <algorithm>
#include <array>
#include <random>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

namespace bitlens::search {

namespace {

using quant::kFloatBits;

constexpr std::size_t kWeightWidths = quant::kWeightBitChoices.size() - 1; // without FP32
constexpr std::size_t kActivationWidths = quant::kActivationBitChoices.size() - 1;
/// Preparing weights at all widths takes about this share of the time.
constexpr double kPreparingShare = 0.1;

/// What rounding a layer's weights to one width changes.
struct WeightChange {
    std::vector<float> weight;
    std::vector<float> bias;
};

/// Sums of (g · Δ)² over all probes, one per width.
struct LayerSums {
    std::array<double, kWeightWidths> weight{};
    std::array<double, kActivationWidths> activation{};
};

std::vector<float> difference(std::vector<float> changed, const std::vector<float> &original)
{
    for (std::size_t i = 0; i < changed.size(); ++i)
        changed[i] -= original[i];
    return changed;
}

double product(const std::vector<float> &change, const at::Tensor &gradient)
{
    return gradient.defined() ? dotProduct(change.data(), gradient.data_ptr<float>(), change.size()) : 0.0;
}

/// Every value +1 or -1; the same on every machine.
at::Tensor randomSigns(at::IntArrayRef shape, std::mt19937_64 &random)
{
    at::Tensor signs = at::empty(shape, at::kFloat);
    float *out = signs.data_ptr<float>();
    std::uint64_t bits = 0;
    for (std::int64_t i = 0; i < signs.numel(); ++i, bits >>= 1U) {
        if (i % 64 == 0)
            bits = random();
        out[i] = (bits & 1U) != 0 ? 1.0F : -1.0F;
    }
    return signs;
}

class Estimator {
public:
    Estimator(const EstimateRequest &request, const base::ThreadPool &pool)
        : m_request(request),
          m_pool(pool),
          m_network(request.generator),
          m_sums(request.generator->layers.size()),
          m_random(request.seed)
    {
    }

    void prepare(const base::Job &job);
    void addPicture(const image::Planes &picture, const base::CancelToken &cancel);
    std::vector<Sensitivity> entries() const;

private:
    /// One picture's forward pass: what gradients are taken of and with respect to.
    struct Trace {
        std::vector<at::Tensor> inputs; ///< of layers
        at::Tensor luma;
    };
    Trace forward(const image::Planes &picture, const base::CancelToken &cancel);
    void addProbe(const Trace &trace, bool isLast);
    void addLayer(std::size_t layer, const at::Tensor &input, const at::Tensor *gradients);

    const EstimateRequest &m_request;
    const base::ThreadPool &m_pool;
    run::LayerwiseNetwork m_network;
    std::vector<at::Tensor> m_weights;
    std::vector<at::Tensor> m_biases;
    std::vector<std::array<WeightChange, kWeightWidths>> m_changes;                      ///< per layer
    std::vector<std::array<quant::ActivationQuantizer, kActivationWidths>> m_quantizers; ///< per map
    std::vector<LayerSums> m_sums;                                                       ///< per layer
    std::mt19937_64 m_random;
    double m_values = 0.0; ///< luma values seen, once per probe
};

void Estimator::prepare(const base::Job &job)
{
    const model::Generator &generator = m_network.generator();
    const std::size_t layers = generator.layers.size();
    m_changes.resize(layers);
    m_pool.forRanges(layers, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t layer = begin; layer < end; ++layer)
            for (std::size_t width = 0; width < kWeightWidths; ++width) {
                job.cancel.throwIfCancelled();
                LayerParameters quantized = quantizedParameters(m_request.generator, *m_request.calibration, layer,
                                                                {quant::kWeightBitChoices[width], kFloatBits});
                m_changes[layer][width] = {difference(std::move(quantized.weight), *generator.layers[layer].weight),
                                           difference(std::move(quantized.bias), generator.layers[layer].bias)};
            }
    });
    m_quantizers.resize(layers + 1);
    for (std::size_t map = 0; map <= layers; ++map)
        for (std::size_t width = 0; width < kActivationWidths; ++width)
            m_quantizers[map][width] = quant::makeActivationQuantizer(
                m_request.calibration->ranges[map], generator.mapChannels(static_cast<int>(map)),
                quant::kActivationBitChoices[width], m_request.calibration->channelExponents[map]);
    for (std::size_t layer = 0; layer < layers; ++layer) {
        m_weights.push_back(m_network.weight(layer).detach().set_requires_grad(true));
        m_biases.push_back(m_network.bias(layer).detach().set_requires_grad(true));
    }
}

Estimator::Trace Estimator::forward(const image::Planes &picture, const base::CancelToken &cancel)
{
    const std::size_t layers = m_network.generator().layers.size();
    Trace trace;
    std::vector<at::Tensor> maps(layers + 1);
    maps[0] = m_network.networkInputs(std::span(&picture, 1)).set_requires_grad(true);
    for (std::size_t layer = 0; layer < layers; ++layer) {
        cancel.throwIfCancelled();
        trace.inputs.push_back(m_network.layerInput(layer, maps));
        maps[layer + 1] = m_network.layerOutput(layer, trace.inputs.back(), m_weights[layer], m_biases[layer], maps);
    }
    trace.luma = lumaOf(m_network.pictures(maps.back(), picture.size()), m_network.generator().scale);
    return trace;
}

void Estimator::addProbe(const Trace &trace, bool isLast)
{
    const std::size_t layers = trace.inputs.size();
    const at::Tensor projection = trace.luma.mul(randomSigns(trace.luma.sizes(), m_random)).sum();
    std::vector<at::Tensor> variables = trace.inputs;
    variables.insert(variables.end(), m_weights.begin(), m_weights.end());
    variables.insert(variables.end(), m_biases.begin(), m_biases.end());
    std::vector<at::Tensor> gradients = torch::autograd::grad({projection}, variables, {}, /*retain_graph=*/!isLast,
                                                              /*create_graph=*/false, /*allow_unused=*/true);
    for (at::Tensor &gradient : gradients)
        if (gradient.defined())
            gradient = gradient.contiguous();
    m_pool.forRanges(layers, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t layer = begin; layer < end; ++layer) {
            const std::array<at::Tensor, 3> own{gradients[layer], gradients[layers + layer],
                                                gradients[2 * layers + layer]};
            addLayer(layer, trace.inputs[layer], own.data());
        }
    });
    m_values += static_cast<double>(trace.luma.numel());
}

/// `gradients`: of the input, the weights and the bias.
void Estimator::addLayer(std::size_t layer, const at::Tensor &input, const at::Tensor *gradients)
{
    LayerSums &sums = m_sums[layer];
    for (std::size_t width = 0; width < kWeightWidths; ++width) {
        const WeightChange &change = m_changes[layer][width];
        const double projected = product(change.weight, gradients[1]) + product(change.bias, gradients[2]);
        sums.weight[width] += projected * projected;
    }
    if (!gradients[0].defined())
        return;
    const auto pixels = static_cast<std::size_t>(input.size(2) * input.size(3));
    for (std::size_t width = 0; width < kActivationWidths; ++width) {
        const float *values = input.data_ptr<float>();
        const float *gradient = gradients[0].data_ptr<float>();
        double projected = 0.0;
        for (const int map : m_network.generator().layers[layer].inputs) {
            const quant::ActivationQuantizer &quantizer = m_quantizers[static_cast<std::size_t>(map)][width];
            for (std::size_t c = 0; c < quantizer.scale.size(); ++c, values += pixels, gradient += pixels)
                projected += roundingProduct(values, gradient, pixels, quantizer, c);
        }
        sums.activation[width] += projected * projected;
    }
}

void Estimator::addPicture(const image::Planes &picture, const base::CancelToken &cancel)
{
    const at::AutoGradMode gradients(true);
    const Trace trace = forward(picture, cancel);
    for (int probe = 0; probe < m_request.probes; ++probe) {
        cancel.throwIfCancelled();
        addProbe(trace, probe + 1 == m_request.probes);
    }
}

std::vector<Sensitivity> Estimator::entries() const
{
    const model::Generator &generator = m_network.generator();
    std::vector<Sensitivity> entries;
    for (std::size_t layer = 0; layer < m_sums.size(); ++layer) {
        const int index = static_cast<int>(layer);
        const Target target{generator.stageOf(index), index};
        const auto add = [&](quant::LayerBits bits, double sum) {
            entries.push_back({target, bits, sum / m_values, std::nullopt, Method::Estimated});
        };
        for (std::size_t width = 0; width < kWeightWidths; ++width)
            add({quant::kWeightBitChoices[width], kFloatBits}, m_sums[layer].weight[width]);
        for (std::size_t width = 0; width < kActivationWidths; ++width)
            add({kFloatBits, quant::kActivationBitChoices[width]}, m_sums[layer].activation[width]);
    }
    return entries;
}

} // namespace

std::vector<Sensitivity> estimateSensitivity(const EstimateRequest &request, const base::ThreadPool &pool,
                                             const base::Job &job, const SensitivityFunction &onFound)
{
    requireFits(*request.generator, *request.calibration);
    if (request.pictures.empty() || request.probes < 1)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "an estimate needs a picture and a probe");
    try {
        at::set_num_threads(pool.threads());
        Estimator estimator(request, pool);
        job.report(0.0, "weights at all widths");
        estimator.prepare(job);
        std::vector<Sensitivity> entries;
        for (std::size_t i = 0; i < request.pictures.size(); ++i) {
            const double done = static_cast<double>(i) / static_cast<double>(request.pictures.size());
            job.report(kPreparingShare + (1.0 - kPreparingShare) * done,
                       fmt::format("picture {} of {}", i + 1, request.pictures.size()));
            estimator.addPicture(request.pictures[i], job.cancel);
            entries = estimator.entries();
            if (onFound)
                std::for_each(entries.begin(), entries.end(), onFound);
        }
        job.report(1.0, "done");
        return entries;
    } catch (...) {
        throw base::currentExceptionAsError();
    }
}

std::optional<double> combinedError(const SensitivityReport &report, int layer, quant::LayerBits bits)
{
    const Target target{report.generator->stageOf(layer), layer};
    double sum = 0.0;
    for (const quant::LayerBits part : {quant::LayerBits{bits.weight, kFloatBits}, {kFloatBits, bits.activation}}) {
        if (part.weight == kFloatBits && part.activation == kFloatBits)
            continue;
        const Sensitivity *entry = report.find(target, part, Method::Measured);
        entry = entry ? entry : report.find(target, part, Method::Estimated);
        if (!entry)
            return std::nullopt;
        sum += entry->squaredError;
    }
    return sum;
}

} // namespace bitlens::search
