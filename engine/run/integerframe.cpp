// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/integerframe.h"

#include "engine/base/error.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

namespace bitlens::run {

namespace {

std::size_t elementBytes(const MapForm &form) { return form.isValues() ? sizeof(float) : sizeof(std::int16_t); }

} // namespace

std::vector<MapForm> IntegerFrame::formsFor(const IntegerProgram &program, const Options &options)
{
    std::vector<MapForm> forms = program.forms();
    std::vector<bool> hasValues(program.layers().size() + 1, false);
    for (const MapForm &form : forms)
        if (form.isValues())
            hasValues[static_cast<std::size_t>(form.map)] = true;
    const auto addValues = [&](int map) {
        if (hasValues[static_cast<std::size_t>(map)])
            return;
        MapForm added;
        added.map = map;
        added.firstStep = map;
        added.lastStep = map;
        forms.push_back(added);
    };
    for (const KeptMap &kept : options.kept)
        addValues(kept.map);
    if (options.allValues)
        for (int map = 0; map < static_cast<int>(hasValues.size()); ++map)
            addValues(map);
    return forms;
}

bool IntegerFrame::isUsed(const Options &options, const MapForm &form)
{
    return options.firstLayer == 0 || form.lastStep > options.firstLayer;
}

const IntegerFrame::KeptMap *IntegerFrame::keptMap(const Options &options, const MapForm &form)
{
    const auto found = std::find_if(options.kept.begin(), options.kept.end(),
                                    [&](const KeptMap &kept) { return form.isValues() && kept.map == form.map; });
    return found == options.kept.end() ? nullptr : &*found;
}

kernel::MapLayout IntegerFrame::keptLayout(const model::Generator &generator, image::Size input, int map)
{
    int border = 0;
    for (const model::ConvLayer &layer : generator.layers)
        if (std::find(layer.inputs.begin(), layer.inputs.end(), map) != layer.inputs.end())
            border = std::max(border, layer.kernel / 2);
    const int scale = generator.mapScale(map);
    const int channels = generator.mapChannels(map);
    return {input.height * scale, input.width * scale, channels, kernel::pixelStrideFor(channels), border};
}

kernel::MapLayout IntegerFrame::layoutOf(const IntegerProgram &program, const Options &options, const MapForm &form)
{
    const model::Generator &generator = program.generator();
    if (keptMap(options, form))
        return keptLayout(generator, options.input, form.map);
    const int scale = generator.mapScale(form.map);
    const int channels = generator.mapChannels(form.map);
    return {options.input.height * scale, options.input.width * scale, channels, kernel::pixelStrideFor(channels),
            form.border};
}

MemoryPlan IntegerFrame::planFor(const IntegerProgram &program, const Options &options,
                                 const std::vector<MapForm> &forms)
{
    std::vector<BufferLife> lives;
    lives.reserve(forms.size());
    for (const MapForm &form : forms) {
        const bool elsewhere = keptMap(options, form) != nullptr || !isUsed(options, form);
        const std::size_t bytes = elsewhere ? 0 : layoutOf(program, options, form).count() * elementBytes(form);
        lives.push_back(
            {bytes, std::max(form.firstStep, options.firstLayer), std::max(form.lastStep, options.firstLayer)});
    }
    return planMemory(lives);
}

std::size_t IntegerFrame::scratchFor(const IntegerProgram &program, const Options &options)
{
    const model::Generator &generator = program.generator();
    std::size_t bytes = static_cast<std::size_t>(options.input.width)
                        * static_cast<std::size_t>(kernel::outStrideFor(generator.mapChannels(0))) * sizeof(float);
    for (const KeptMap &kept : options.kept) {
        const kernel::MapLayout layout = keptLayout(generator, options.input, kept.map);
        bytes = std::max(bytes, static_cast<std::size_t>(layout.width)
                                    * static_cast<std::size_t>(kernel::outStrideFor(layout.channels)) * sizeof(float));
    }
    for (std::size_t i = 0; i < program.layers().size(); ++i) {
        const model::ConvLayer &layer = generator.layers[i];
        const int width = options.input.width * generator.mapScale(layer.inputs.front()) * layer.upsample;
        bytes = std::max(bytes, program.layers()[i].convolution->scratchBytes(width));
    }
    return (bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
}

std::size_t IntegerFrame::bytes(const IntegerProgram &program, const Options &options)
{
    return planFor(program, options, formsFor(program, options)).total
           + scratchFor(program, options) * static_cast<std::size_t>(options.threads);
}

IntegerFrame::IntegerFrame(const IntegerProgram &program, const Options &options, Memory memory)
    : m_program(program),
      m_options(options),
      m_forms(formsFor(program, options)),
      m_scratchBytes(scratchFor(program, options)),
      m_memory(std::move(memory))
{
    const MemoryPlan plan = planFor(program, options, m_forms);
    m_offsets = plan.offsets;
    const auto provide = [](BufferMemory &buffer, std::size_t &size, std::size_t wanted) {
        if (buffer && size >= wanted)
            return;
        buffer.reset(); // before the new one is made: both together may not fit
        buffer = allocateBuffer(wanted);
        size = wanted;
    };
    provide(m_memory.maps, m_memory.mapBytes, plan.total);
    provide(m_memory.scratch, m_memory.scratchBytes, m_scratchBytes * static_cast<std::size_t>(options.threads));
    m_epilogues.emplace_back(program.inputEpilogue(), targetsOf(0), options.useVectors);
    for (std::size_t i = 0; i < program.layers().size(); ++i)
        m_epilogues.emplace_back(program.layers()[i].epilogue, targetsOf(static_cast<int>(i) + 1), options.useVectors);
    bindInputs();
    prepareRestores();
}

template <typename T>
kernel::MapView<T> IntegerFrame::view(std::size_t form) const
{
    const kernel::MapLayout layout = layoutOf(m_program, m_options, m_forms[form]);
    if constexpr (std::is_same_v<std::remove_const_t<T>, float>)
        if (const KeptMap *kept = keptMap(m_options, m_forms[form]))
            return {kept->values, layout};
    return {reinterpret_cast<T *>(m_memory.maps.get() + m_offsets[form]), layout};
}

kernel::EpilogueTargets IntegerFrame::formTargets(int map) const
{
    kernel::EpilogueTargets targets;
    for (std::size_t form = 0; form < m_forms.size(); ++form) {
        if (m_forms[form].map != map || !isUsed(m_options, m_forms[form]))
            continue;
        if (m_forms[form].isValues())
            targets.values = view<float>(form);
        else
            targets.levels.push_back({view<std::int16_t>(form), &m_forms[form].coding});
    }
    return targets;
}

kernel::EpilogueTargets IntegerFrame::targetsOf(int step) const
{
    kernel::EpilogueTargets targets = formTargets(step);
    if (step == 0)
        return targets;
    const auto index = static_cast<std::size_t>(step) - 1;
    const model::ConvLayer &layer = m_program.generator().layers[index];
    const PackedLayer &packed = m_program.layers()[index];
    const int scale = m_program.generator().mapScale(step);
    for (std::size_t r = 0; r < layer.residuals.size(); ++r) {
        const model::Residual &residual = layer.residuals[r];
        targets.residuals.push_back({view<float>(static_cast<std::size_t>(packed.residuals[r])), residual.scale,
                                     residual.resample, scale / m_program.generator().mapScale(residual.source)});
    }
    return targets;
}

void IntegerFrame::bindInputs()
{
    m_levelInputs.resize(m_program.layers().size());
    m_valueInputs.resize(m_program.layers().size());
    for (std::size_t i = 0; i < m_program.layers().size(); ++i) {
        for (const int input : m_program.layers()[i].inputs) {
            const auto form = static_cast<std::size_t>(input);
            if (m_forms[form].isValues())
                m_valueInputs[i].push_back(view<float>(form));
            else
                m_levelInputs[i].push_back(view<std::int16_t>(form));
        }
    }
}

void IntegerFrame::prepareRestores()
{
    for (const KeptMap &kept : m_options.kept) {
        if (!kept.isKnown || kept.map > m_options.firstLayer)
            continue;
        kernel::EpilogueTargets targets = formTargets(kept.map);
        targets.values = {}; // they are there
        if (targets.levels.empty())
            continue;
        Restore &restore = m_restores[kept.map];
        kernel::EpilogueParameters &parameters = restore.parameters;
        parameters.outChannels = m_program.generator().mapChannels(kept.map);
        const auto stride = static_cast<std::size_t>(parameters.outStride());
        parameters.multiplier.assign(stride, 1.0F);
        parameters.bias.assign(stride, -0.0F); // x + -0 is x for every x, +0 and -0 included
        restore.epilogue = std::make_unique<kernel::Epilogue>(parameters, std::move(targets), m_options.useVectors);
    }
}

std::vector<int> IntegerFrame::mapsToRestore() const
{
    std::vector<int> maps;
    for (const auto &[map, restore] : m_restores)
        maps.push_back(map);
    return maps;
}

void IntegerFrame::restoreLines(int map, int begin, int end, std::byte *scratch) const
{
    const kernel::Epilogue &epilogue = *m_restores.at(map).epilogue;
    const kernel::MapView<const float> from = values(map);
    const int stride = epilogue.outStride();
    for (int y = begin; y < end; ++y) {
        const float *line = from.pixel(y, 0);
        if (stride != from.layout.pixelStride) {
            auto *wide = reinterpret_cast<float *>(scratch);
            for (int x = 0; x < from.layout.width; ++x)
                for (int c = 0; c < stride; ++c)
                    wide[static_cast<std::ptrdiff_t>(x) * stride + c] =
                        c < from.layout.channels ? from.pixel(y, x)[c] : 0.0F;
            line = wide;
        }
        epilogue.apply({y, 0, 1, from.layout.width, line, static_cast<std::ptrdiff_t>(from.layout.width) * stride});
    }
}

kernel::ConvolutionRun IntegerFrame::convolutionRun(int layer) const
{
    const auto index = static_cast<std::size_t>(layer);
    const model::ConvLayer &conv = m_program.generator().layers[index];
    const int scale = m_program.generator().mapScale(conv.inputs.front()) * conv.upsample;
    return {m_levelInputs[index], m_valueInputs[index], m_options.input.height * scale, m_options.input.width * scale,
            &m_epilogues[index + 1]};
}

void IntegerFrame::fillBorders(int step) const
{
    for (std::size_t form = 0; form < m_forms.size(); ++form) {
        if (m_forms[form].map != step || !isUsed(m_options, m_forms[form]))
            continue;
        if (m_forms[form].isValues())
            kernel::fillBorder(view<float>(form));
        else
            m_forms[form].coding.fillBorder(view<std::int16_t>(form));
    }
}

kernel::MapView<const float> IntegerFrame::values(int map) const
{
    const auto found = std::find_if(m_forms.begin(), m_forms.end(),
                                    [&](const MapForm &form) { return form.map == map && form.isValues(); });
    return view<float>(static_cast<std::size_t>(found - m_forms.begin()));
}

} // namespace bitlens::run
