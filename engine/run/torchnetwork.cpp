// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/torchnetwork.h"

#include "engine/base/clock.h"
#include "engine/run/runner.h"

#include <cstring>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/mkldnn_convolution.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <c10/core/InferenceMode.h>

namespace bitlens::run {

namespace {

at::Tensor enlarged(const at::Tensor &source, const at::Tensor &like, model::Residual::Resample resample)
{
    const std::vector<std::int64_t> size{like.size(2), like.size(3)};
    if (resample == model::Residual::Resample::Bilinear)
        return at::upsample_bilinear2d(source, size, /*align_corners=*/false);
    return at::upsample_nearest2d(source, size);
}

void addResiduals(const model::ConvLayer &layer, const std::vector<at::Tensor> &maps, at::Tensor &values)
{
    for (const model::Residual &residual : layer.residuals) {
        const at::Tensor &source = maps[static_cast<std::size_t>(residual.source)];
        // Multiplication and sum stay apart: a fused one would round differently from the integer runner's.
        if (residual.scale != 1.0F)
            values.mul_(residual.scale);
        values.add_(residual.resample == model::Residual::Resample::None ? source
                                                                         : enlarged(source, values, residual.resample));
    }
}

void transformOutput(model::OutputTransform transform, at::Tensor &values)
{
    if (transform == model::OutputTransform::TanhToUnit)
        values.tanh_();
    if (transform != model::OutputTransform::None)
        values.add_(1.0F).mul_(0.5F);
}

} // namespace

TorchNetwork::TorchNetwork(model::GeneratorPtr generator, int threads)
    : m_generator(std::move(generator)), m_lastReaders(lastReaders(*m_generator)), m_threads(threads)
{
}

void TorchNetwork::guarded(const std::function<void()> &work) const
{
    try {
        const c10::InferenceMode inference;
        // Process-wide, and LibTorch starts with one thread in some builds: set at each run.
        at::set_num_threads(m_threads);
        work();
    } catch (...) {
        throw base::currentExceptionAsError();
    }
}

image::Planes TorchNetwork::run(const image::Planes &picture, const LayerFunction &layer,
                                const quant::MapObserver &observer, const base::CancelToken &cancel,
                                const TimingFunction &onTiming) const
{
    image::Planes result;
    guarded([&] {
        State state = begin(picture);
        if (observer)
            observer(0, state.input);
        advance(state, m_generator->layers.size(), layer, cancel, observer, onTiming);
        result = finish(std::move(state), picture.size());
    });
    return result;
}

TorchNetwork::State TorchNetwork::begin(const image::Planes &picture) const
{
    State state;
    state.input = networkInput(*m_generator, picture);
    state.maps.resize(m_generator->layers.size() + 1);
    // The planes live as long as the state and nobody writes to a map that is another layer's input.
    state.maps[0] = at::from_blob(const_cast<float *>(state.input.data()),
                                  {1, state.input.channels(), state.input.height(), state.input.width()}, at::kFloat);
    return state;
}

void TorchNetwork::advance(State &state, std::size_t until, const LayerFunction &layer, const base::CancelToken &cancel,
                           const quant::MapObserver &observer, const TimingFunction &onTiming) const
{
    std::vector<at::Tensor> &maps = state.maps;
    for (; state.next < until; ++state.next) {
        cancel.throwIfCancelled();
        const base::Stopwatch stopwatch;
        const std::size_t i = state.next;
        const model::ConvLayer &conv = m_generator->layers[i];
        std::vector<at::Tensor> inputs;
        inputs.reserve(conv.inputs.size());
        for (const int map : conv.inputs)
            inputs.push_back(maps[static_cast<std::size_t>(map)]);
        at::Tensor values = layer(i, inputs, cancel);
        inputs.clear();
        addResiduals(conv, maps, values);
        maps[i + 1] = std::move(values);
        for (std::size_t map = 0; map <= i; ++map)
            if (m_lastReaders[map] == static_cast<int>(i))
                maps[map].reset();
        if (onTiming)
            onTiming(i, stopwatch.seconds(), state.input.size());
        if (observer)
            observer(static_cast<int>(i) + 1, toPlanes(maps[i + 1]));
    }
}

image::Planes TorchNetwork::finish(State &&state, image::Size picture) const
{
    at::Tensor values = std::move(state.maps.back());
    transformOutput(m_generator->output, values);
    return toPlanes(
        values.narrow(2, 0, picture.height * m_generator->scale).narrow(3, 0, picture.width * m_generator->scale));
}

at::Tensor convolve(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, std::int64_t padHeight,
                    std::int64_t padWidth)
{
    // Asked for by name: at::conv2d leaves oneDNN for small inputs and single threads.
    if (at::hasMKLDNN())
        return at::mkldnn_convolution(input, weight, bias, {padHeight, padWidth}, {1, 1}, {1, 1}, 1);
    return at::conv2d(input, weight, bias, {1, 1}, {padHeight, padWidth});
}

void activate(const model::ConvLayer &layer, at::Tensor &values)
{
    switch (layer.activation) {
    case model::ActivationKind::None:
        return;
    case model::ActivationKind::Relu:
        values.relu_();
        return;
    case model::ActivationKind::LeakyRelu:
    case model::ActivationKind::PRelu:
        break;
    }
    if (layer.slopes.size() == 1) {
        at::leaky_relu_(values, layer.slopes.front());
        return;
    }
    for (std::int64_t channel = 0; channel < values.size(1); ++channel) {
        at::Tensor plane = values.select(1, channel);
        at::leaky_relu_(plane, layer.slopes[static_cast<std::size_t>(channel)]);
    }
}

at::Tensor viewOf(const std::vector<float> &numbers, at::IntArrayRef shape)
{
    return at::from_blob(const_cast<float *>(numbers.data()), shape, at::kFloat);
}

image::Planes toPlanes(const at::Tensor &map)
{
    const int channels = static_cast<int>(map.size(1));
    const int height = static_cast<int>(map.size(2));
    const int width = static_cast<int>(map.size(3));
    image::Planes planes(channels, height, width);
    float *out = planes.mutableData();
    if (map.is_contiguous()) {
        std::memcpy(out, map.data_ptr<float>(), planes.count() * sizeof(float));
        return planes;
    }
    const float *from = map.data_ptr<float>();
    for (int channel = 0; channel < channels; ++channel)
        for (int y = 0; y < height; ++y, out += width)
            std::memcpy(out, from + channel * map.stride(1) + y * map.stride(2),
                        static_cast<std::size_t>(width) * sizeof(float));
    return planes;
}

} // namespace bitlens::run
