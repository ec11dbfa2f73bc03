// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/kernel/registry.h"

#include "engine/base/error.h"
#include "engine/kernel/columnconvolution.h"
#include "engine/kernel/directconvolution.h"
#include "engine/kernel/floatconvolution.h"
#include "engine/kernel/floatreferenceconvolution.h"
#include "engine/kernel/referenceconvolution.h"
#include "engine/kernel/winogradconvolution.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

namespace bitlens::kernel {

namespace {

bool always(const base::CpuFeatures &) { return true; }

bool hasAvx2(const base::CpuFeatures &cpu) { return cpu.avx2; }

bool hasAvx512Vnni(const base::CpuFeatures &cpu) { return cpu.avx2 && cpu.avx512Vnni; }

template <typename Kernel, auto... options>
std::unique_ptr<const Convolution> make(const ConvolutionSpec &spec)
{
    return std::make_unique<const Kernel>(spec, options...);
}

bool (*needed(Instructions instructions))(const base::CpuFeatures &)
{
    return instructions == Instructions::Avx2 ? hasAvx2 : hasAvx512Vnni;
}

template <WinogradConvolution::Form form, Instructions instructions>
KernelEntry winograd(const char *name)
{
    return {name, needed(instructions),
            [](const ConvolutionSpec &spec) { return WinogradConvolution::suits(spec, form); },
            make<WinogradConvolution, form, instructions>};
}

template <DirectConvolution::Form form, Instructions instructions>
KernelEntry direct(const char *name)
{
    return {name, needed(instructions),
            [](const ConvolutionSpec &spec) { return DirectConvolution::suits(spec, form); },
            make<DirectConvolution, form, instructions>};
}

bool isFloat(const ConvolutionSpec &spec) { return spec.isFloat(); }
bool isInteger(const ConvolutionSpec &spec) { return !spec.isFloat(); }

using Form = WinogradConvolution::Form;

// Fastest first, as kernels_benchmark measures them; see docs/adding-a-kernel.md.
const std::array kKernels{
    KernelEntry{"columns-i16-avx512vnni", hasAvx512Vnni, ColumnConvolution::suits,
                make<ColumnConvolution, Instructions::Avx512Vnni>},
    KernelEntry{"columns-i16-avx2", hasAvx2, ColumnConvolution::suits, make<ColumnConvolution, Instructions::Avx2>},
    winograd<Form::F43, Instructions::Avx512Vnni>("winograd-f43-avx512vnni"),
    winograd<Form::F43, Instructions::Avx2>("winograd-f43-avx2"),
    winograd<Form::F23, Instructions::Avx512Vnni>("winograd-f23-avx512vnni"),
    winograd<Form::F23, Instructions::Avx2>("winograd-f23-avx2"),
    winograd<Form::F23Groups, Instructions::Avx512Vnni>("winograd-f23-groups-avx512vnni"),
    winograd<Form::F23Groups, Instructions::Avx2>("winograd-f23-groups-avx2"),
    winograd<Form::F43Parts, Instructions::Avx512Vnni>("winograd-f43-parts-avx512vnni"),
    winograd<Form::F43Parts, Instructions::Avx2>("winograd-f43-parts-avx2"),
    direct<DirectConvolution::Form::Narrow, Instructions::Avx2>("direct-i16-avx2"),
    direct<DirectConvolution::Form::Narrow, Instructions::Avx512Vnni>("direct-i16-avx512vnni"),
    direct<DirectConvolution::Form::Wide, Instructions::Avx2>("direct-i16-wide-avx2"),
    KernelEntry{"float-fma-avx2", hasAvx2, isFloat, make<FloatConvolution>},
    KernelEntry{"reference", always, isInteger, make<ReferenceConvolution>},
    KernelEntry{"float-reference", always, isFloat, make<FloatReferenceConvolution>},
};

bool isReference(const KernelEntry &entry) { return std::strstr(entry.name, kReferenceKernels) != nullptr; }

} // namespace

std::span<const KernelEntry> kernels() { return kKernels; }

std::unique_ptr<const Convolution> packConvolution(const ConvolutionSpec &spec, const std::string &wish)
{
    const base::CpuFeatures cpu = base::cpuFeatures();
    const bool plain = wish == kReferenceKernels;
    const bool one = !wish.empty() && !plain;
    const auto usable = [&](const KernelEntry &entry) { return entry.isAvailable(cpu) && entry.suits(spec); };
    if (one) {
        const auto named = std::find_if(kKernels.begin(), kKernels.end(),
                                        [&](const KernelEntry &entry) { return wish == entry.name; });
        if (named == kKernels.end())
            throw base::Error(base::ErrorCode::InvalidArgument, {}, fmt::format("there is no kernel \"{}\"", wish));
        if (usable(*named))
            return named->pack(spec);
    }
    const auto first = std::find_if(kKernels.begin(), kKernels.end(), [&](const KernelEntry &entry) {
        return usable(entry) && (!plain || isReference(entry));
    });
    return first->pack(spec);
}

} // namespace bitlens::kernel
