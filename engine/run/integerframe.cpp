// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/run/integerframe.h"

#include "engine/base/error.h"

#include <algorithm>
#include <new>

#include <fmt/format.h>

namespace bitlens::run {

namespace {

std::size_t elementBytes(const MapForm &form) { return form.isValues() ? sizeof(float) : sizeof(std::int16_t); }

} // namespace

void IntegerFrame::Free::operator()(std::byte *memory) const
{
    ::operator delete (memory, std::align_val_t{kBufferAlignment});
}

IntegerFrame::Memory IntegerFrame::allocate(std::size_t bytes)
{
    try {
        return Memory(static_cast<std::byte *>(::operator new (bytes, std::align_val_t{kBufferAlignment})));
    } catch (const std::bad_alloc &) {
        throw base::Error(base::ErrorCode::OutOfMemory, {},
                          fmt::format("{} MB for the feature maps are not available", bytes >> 20));
    }
}

std::vector<MapForm> IntegerFrame::formsFor(const IntegerProgram &program, const Options &options)
{
    std::vector<MapForm> forms = program.forms();
    if (!options.allValues)
        return forms;
    const int maps = static_cast<int>(program.layers().size()) + 1;
    for (int map = 0; map < maps; ++map) {
        const std::vector<int> existing = program.formsOf(map);
        const bool hasValues = std::any_of(existing.begin(), existing.end(),
                                           [&](int form) { return forms[static_cast<std::size_t>(form)].isValues(); });
        if (!hasValues) {
            MapForm added;
            added.map = map;
            added.firstStep = map;
            added.lastStep = map;
            forms.push_back(added);
        }
    }
    return forms;
}

kernel::MapLayout IntegerFrame::layoutOf(const IntegerProgram &program, const Options &options, const MapForm &form)
{
    const model::Generator &generator = program.generator();
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
    for (const MapForm &form : forms)
        lives.push_back({layoutOf(program, options, form).count() * elementBytes(form), form.firstStep, form.lastStep});
    return planMemory(lives);
}

std::size_t IntegerFrame::scratchFor(const IntegerProgram &program, const Options &options)
{
    const model::Generator &generator = program.generator();
    std::size_t bytes = static_cast<std::size_t>(options.input.width)
                        * static_cast<std::size_t>(kernel::outStrideFor(generator.mapChannels(0))) * sizeof(float);
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

IntegerFrame::IntegerFrame(const IntegerProgram &program, const Options &options)
    : m_program(program),
      m_options(options),
      m_forms(formsFor(program, options)),
      m_scratchBytes(scratchFor(program, options))
{
    const MemoryPlan plan = planFor(program, options, m_forms);
    m_offsets = plan.offsets;
    m_maps = allocate(plan.total);
    m_scratch = allocate(m_scratchBytes * static_cast<std::size_t>(options.threads));
    m_epilogues.emplace_back(program.inputEpilogue(), targetsOf(0), options.useVectors);
    for (std::size_t i = 0; i < program.layers().size(); ++i)
        m_epilogues.emplace_back(program.layers()[i].epilogue, targetsOf(static_cast<int>(i) + 1), options.useVectors);
    bindInputs();
}

template <typename T>
kernel::MapView<T> IntegerFrame::view(std::size_t form) const
{
    return {reinterpret_cast<T *>(m_maps.get() + m_offsets[form]), layoutOf(m_program, m_options, m_forms[form])};
}

kernel::EpilogueTargets IntegerFrame::targetsOf(int step) const
{
    kernel::EpilogueTargets targets;
    for (std::size_t form = 0; form < m_forms.size(); ++form) {
        if (m_forms[form].map != step)
            continue;
        if (m_forms[form].isValues())
            targets.values = view<float>(form);
        else
            targets.levels.push_back({view<std::int16_t>(form), &m_forms[form].coding});
    }
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
        if (m_forms[form].map != step)
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
