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
/// Pictures that a process traces at a time, each with its share of the threads: whole passes side by side waste less
/// than threads that wait for each other in every layer. Each takes memory for all feature maps and their gradients.
constexpr std::size_t kPicturesAtATime = 2;
/// The share of the products between output channels that counts in an estimate for weights. With all of them it is
/// right on average and as uncertain as one sample per probe; without, it is precise and about 1 dB too high in error
/// (SRGAN of 5 blocks at W8). Half of both is nearer than either.
constexpr double kProductShare = 0.5;
/// Of fewer channels than this, all products count.
constexpr std::size_t kFewChannels = 8;
/// Probes for the weights of layers with so few outputs: the tail, up to which a backward pass costs next to nothing.
constexpr int kNarrowProbes = 24;
constexpr std::uint64_t kPictureStream = 0x9E3779B97F4A7C15ULL; ///< sets the pictures' random numbers apart

/// What rounding a layer's weights to one width changes, output channel by output channel.
struct WeightChange {
    std::vector<float> weight;
    std::vector<float> bias;
};

/// Sums of (g · Δ)² over probes, one per width.
struct LayerSums {
    std::array<double, kWeightWidths> weight{};
    std::array<double, kActivationWidths> activation{};
};

/// What pictures have brought so far.
struct Sums {
    std::vector<LayerSums> layers;
    double values = 0.0; ///< luma values seen, once per probe
};

std::vector<float> difference(std::vector<float> changed, const std::vector<float> &original)
{
    for (std::size_t i = 0; i < changed.size(); ++i)
        changed[i] -= original[i];
    return changed;
}

double squared(double value) { return value * value; }

/// Sum over output channels of (g · Δ)², with a share of their products.
double squaredProducts(const WeightChange &change, const at::Tensor &weightGradient, const at::Tensor &biasGradient,
                       double share)
{
    const float *weights = weightGradient.data_ptr<float>();
    const float *biases = biasGradient.data_ptr<float>();
    const std::size_t perOutput = change.weight.size() / change.bias.size();
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t o = 0; o < change.bias.size(); ++o) {
        const double product = dotProduct(change.weight.data() + o * perOutput, weights + o * perOutput, perOutput)
                               + static_cast<double>(change.bias[o]) * static_cast<double>(biases[o]);
        sum += product;
        squares += squared(product);
    }
    return squares + share * (squared(sum) - squares);
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
        : m_request(request), m_pool(pool), m_network(request.generator)
    {
        m_sums.layers.resize(request.generator->layers.size());
        if (isStartUsable())
            takeStart();
    }

    void prepare(const base::Job &job);
    /// Pictures of a round, of all processes.
    std::size_t roundSize() const { return kPicturesAtATime * static_cast<std::size_t>(m_request.share.parts); }
    /// The next pictures of each process, from picture `first` on. Throws base::Cancelled on all when one is
    /// interrupted.
    void addRound(std::size_t first, const base::CancelToken &cancel);
    /// From the pictures of all processes so far.
    std::vector<Sensitivity> entries() const;
    /// Pictures that are in the sums.
    std::size_t pictures() const { return m_pictures; }
    EstimateProgress progress() const { return {m_request.probes, m_pictures, m_total}; }

private:
    /// One picture's forward pass: what gradients are taken of and with respect to.
    struct Trace {
        std::vector<at::Tensor> inputs; ///< of layers
        at::Tensor luma;
    };
    bool isStartUsable() const;
    void takeStart();
    Sums sumsOf(std::size_t picture, const base::CancelToken &cancel) const;
    Trace forward(const image::Planes &picture, const base::CancelToken &cancel) const;
    bool isNarrow(std::size_t layer) const { return m_biases[layer].numel() < std::int64_t{kFewChannels}; }
    void addProbe(const Trace &trace, std::mt19937_64 &random, bool isLast, Sums &sums) const;
    void addNarrowProbe(const Trace &trace, std::mt19937_64 &random, Sums &sums) const;
    void addWeights(std::size_t layer, const at::Tensor *gradients, double factor, LayerSums &sums) const;
    void addLayer(std::size_t layer, const at::Tensor &input, const at::Tensor *gradients, LayerSums &sums) const;

    const EstimateRequest &m_request;
    const base::ThreadPool &m_pool;
    run::LayerwiseNetwork m_network;
    std::vector<at::Tensor> m_weights;
    std::vector<at::Tensor> m_biases;
    std::vector<std::array<WeightChange, kWeightWidths>> m_changes;                      ///< per layer
    std::vector<std::array<quant::ActivationQuantizer, kActivationWidths>> m_quantizers; ///< per map
    Sums m_sums;                                                                         ///< of this process
    std::vector<double> m_total; ///< of all processes: the sums in the order of layers, then the values
    std::size_t m_pictures = 0;  ///< of all processes
};

bool Estimator::isStartUsable() const
{
    const EstimateProgress &start = m_request.start;
    return start.probes == m_request.probes && start.pictures > 0 && start.pictures <= m_request.pictures.size()
           && start.sums.size() == estimateSumCount(*m_request.generator) && start.sums.back() > 0.0;
}

void Estimator::takeStart()
{
    m_total = m_request.start.sums;
    m_pictures = m_request.start.pictures;
    // The sums of all processes go on in the first one.
    if (m_request.share.part != 0)
        return;
    const double *sum = m_total.data();
    for (LayerSums &sums : m_sums.layers) {
        for (double &weight : sums.weight)
            weight = *sum++;
        for (double &activation : sums.activation)
            activation = *sum++;
    }
    m_sums.values = m_total.back();
}

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

Estimator::Trace Estimator::forward(const image::Planes &picture, const base::CancelToken &cancel) const
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

void Estimator::addProbe(const Trace &trace, std::mt19937_64 &random, bool isLast, Sums &sums) const
{
    const std::size_t layers = trace.inputs.size();
    const at::Tensor projection = trace.luma.mul(randomSigns(trace.luma.sizes(), random)).sum();
    std::vector<at::Tensor> variables = trace.inputs;
    variables.insert(variables.end(), m_weights.begin(), m_weights.end());
    variables.insert(variables.end(), m_biases.begin(), m_biases.end());
    std::vector<at::Tensor> gradients = torch::autograd::grad({projection}, variables, {}, /*retain_graph=*/!isLast,
                                                              /*create_graph=*/false, /*allow_unused=*/true);
    for (std::size_t layer = 0; layer < layers; ++layer) {
        std::array<at::Tensor, 3> own{std::move(gradients[layer]), std::move(gradients[layers + layer]),
                                      std::move(gradients[2 * layers + layer])};
        for (at::Tensor &gradient : own)
            if (gradient.defined())
                gradient = gradient.contiguous();
        addLayer(layer, trace.inputs[layer], own.data(), sums.layers[layer]);
    }
    sums.values += static_cast<double>(trace.luma.numel());
}

void Estimator::addNarrowProbe(const Trace &trace, std::mt19937_64 &random, Sums &sums) const
{
    const at::Tensor projection = trace.luma.mul(randomSigns(trace.luma.sizes(), random)).sum();
    std::vector<std::size_t> narrow;
    std::vector<at::Tensor> variables;
    for (std::size_t layer = 0; layer < trace.inputs.size(); ++layer)
        if (isNarrow(layer)) {
            narrow.push_back(layer);
            variables.insert(variables.end(), {m_weights[layer], m_biases[layer]});
        }
    if (narrow.empty())
        return;
    const std::vector<at::Tensor> gradients =
        torch::autograd::grad({projection}, variables, {}, /*retain_graph=*/true, /*create_graph=*/false,
                              /*allow_unused=*/true);
    // Sums are divided by the number of the other probes.
    const double factor = static_cast<double>(m_request.probes) / kNarrowProbes;
    for (std::size_t i = 0; i < narrow.size(); ++i) {
        const std::array<at::Tensor, 2> own{gradients[2 * i].contiguous(), gradients[2 * i + 1].contiguous()};
        addWeights(narrow[i], own.data(), factor, sums.layers[narrow[i]]);
    }
}

/// `gradients`: of the weights and the bias.
void Estimator::addWeights(std::size_t layer, const at::Tensor *gradients, double factor, LayerSums &sums) const
{
    if (!gradients[0].defined() || !gradients[1].defined())
        return;
    const double share = m_request.allProducts || isNarrow(layer) ? 1.0 : kProductShare;
    for (std::size_t width = 0; width < kWeightWidths; ++width)
        sums.weight[width] += factor * squaredProducts(m_changes[layer][width], gradients[0], gradients[1], share);
}

/// `gradients`: of the input, the weights and the bias.
void Estimator::addLayer(std::size_t layer, const at::Tensor &input, const at::Tensor *gradients, LayerSums &sums) const
{
    if (!isNarrow(layer))
        addWeights(layer, gradients + 1, 1.0, sums);
    if (!gradients[0].defined())
        return;
    const bool allProducts = m_request.allProducts || input.size(1) < std::int64_t{kFewChannels};
    const auto pixels = static_cast<std::size_t>(input.size(2) * input.size(3));
    for (std::size_t width = 0; width < kActivationWidths; ++width) {
        const float *values = input.data_ptr<float>();
        const float *gradient = gradients[0].data_ptr<float>();
        double sum = 0.0;
        double squares = 0.0;
        for (const int map : m_network.generator().layers[layer].inputs) {
            const quant::ActivationQuantizer &quantizer = m_quantizers[static_cast<std::size_t>(map)][width];
            for (std::size_t c = 0; c < quantizer.scale.size(); ++c, values += pixels, gradient += pixels) {
                const double product = roundingProduct(values, gradient, pixels, quantizer, c);
                sum += product;
                squares += squared(product);
            }
        }
        sums.activation[width] += allProducts ? squared(sum) : squares;
    }
}

Sums Estimator::sumsOf(std::size_t picture, const base::CancelToken &cancel) const
{
    // The same numbers whoever takes this picture.
    std::mt19937_64 random(m_request.seed + picture * kPictureStream);
    const at::AutoGradMode gradients(true);
    Sums sums;
    sums.layers.resize(m_sums.layers.size());
    const Trace trace = forward(m_request.pictures[picture], cancel);
    for (int probe = 0; probe < kNarrowProbes; ++probe)
        addNarrowProbe(trace, random, sums);
    for (int probe = 0; probe < m_request.probes; ++probe) {
        cancel.throwIfCancelled();
        addProbe(trace, random, probe + 1 == m_request.probes, sums);
    }
    return sums;
}

void Estimator::addRound(std::size_t first, const base::CancelToken &cancel)
{
    const auto part = static_cast<std::size_t>(m_request.share.part);
    const auto parts = static_cast<std::size_t>(m_request.share.parts);
    std::vector<Sums> found(kPicturesAtATime);
    bool isCancelled = cancel.isCancelled();
    if (!isCancelled) {
        try {
            m_pool.forRanges(found.size(), 1, [&](std::size_t begin, std::size_t, int) {
                // LibTorch's threads, those of the calling thread alone.
                at::set_num_threads(std::max(1, m_pool.threads() / static_cast<int>(found.size())));
                const std::size_t picture = first + begin * parts + part;
                if (picture < m_request.pictures.size())
                    found[begin] = sumsOf(picture, cancel);
            });
        } catch (const base::Cancelled &) {
            isCancelled = true;
        }
    }
    // In the order of pictures, so that the result does not depend on which was done first.
    for (const Sums &sums : found) {
        for (std::size_t layer = 0; layer < sums.layers.size(); ++layer) {
            for (std::size_t width = 0; width < kWeightWidths; ++width)
                m_sums.layers[layer].weight[width] += sums.layers[layer].weight[width];
            for (std::size_t width = 0; width < kActivationWidths; ++width)
                m_sums.layers[layer].activation[width] += sums.layers[layer].activation[width];
        }
        m_sums.values += sums.values;
    }
    m_total.clear();
    for (const LayerSums &sums : m_sums.layers) {
        m_total.insert(m_total.end(), sums.weight.begin(), sums.weight.end());
        m_total.insert(m_total.end(), sums.activation.begin(), sums.activation.end());
    }
    m_total.push_back(m_sums.values);
    m_request.share.exchange(m_total, isCancelled);
    m_pictures = std::min(first + roundSize(), m_request.pictures.size());
}

std::vector<Sensitivity> Estimator::entries() const
{
    const model::Generator &generator = m_network.generator();
    std::vector<Sensitivity> entries;
    const double *sum = m_total.data();
    const double values = m_total.back();
    for (std::size_t layer = 0; layer < m_sums.layers.size(); ++layer) {
        const int index = static_cast<int>(layer);
        const Target target{generator.stageOf(index), index};
        const auto add = [&](quant::LayerBits bits) {
            entries.push_back({target, bits, *sum++ / values, std::nullopt, Method::Estimated});
        };
        for (std::size_t width = 0; width < kWeightWidths; ++width)
            add({quant::kWeightBitChoices[width], kFloatBits});
        for (std::size_t width = 0; width < kActivationWidths; ++width)
            add({kFloatBits, quant::kActivationBitChoices[width]});
    }
    return entries;
}

} // namespace

std::vector<Sensitivity> estimateSensitivity(const EstimateRequest &request, const base::ThreadPool &pool,
                                             const base::Job &job, const SensitivityFunction &onFound,
                                             const EstimateProgressFunction &onProgress)
{
    requireFits(*request.generator, *request.calibration);
    if (request.pictures.empty() || request.probes < 1)
        throw base::Error(base::ErrorCode::InvalidArgument, {}, "an estimate needs a picture and a probe");
    try {
        at::set_num_threads(pool.threads());
        Estimator estimator(request, pool);
        const std::size_t pictures = request.pictures.size();
        const auto tell = [&] {
            const std::vector<Sensitivity> entries = estimator.entries();
            if (onProgress)
                onProgress(estimator.progress());
            if (onFound)
                std::for_each(entries.begin(), entries.end(), onFound);
        };
        if (estimator.pictures() > 0)
            tell();
        if (estimator.pictures() < pictures) {
            job.report(0.0, "weights at all widths");
            estimator.prepare(job);
        }
        while (estimator.pictures() < pictures) {
            const double done = static_cast<double>(estimator.pictures()) / static_cast<double>(pictures);
            job.report(kPreparingShare + (1.0 - kPreparingShare) * done,
                       fmt::format("picture {} of {}", estimator.pictures() + 1, pictures));
            estimator.addRound(estimator.pictures(), job.cancel);
            tell();
        }
        job.report(1.0, "done");
        return estimator.entries();
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
