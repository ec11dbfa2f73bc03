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

template <typename Kernel>
std::unique_ptr<const Convolution> make(const ConvolutionSpec &spec)
{
    return std::make_unique<const Kernel>(spec);
}

bool hasAvx2(const base::CpuFeatures &cpu) { return cpu.avx2; }

bool hasAvx512Vnni(const base::CpuFeatures &cpu) { return cpu.avx2 && cpu.avx512Vnni; }

template <WinogradConvolution::Form form, WinogradConvolution::Instructions instructions>
KernelEntry winograd(const char *name)
{
    return {name, instructions == WinogradConvolution::Instructions::Avx2 ? hasAvx2 : hasAvx512Vnni,
            [](const ConvolutionSpec &spec) { return WinogradConvolution::suits(spec, form); },
            [](const ConvolutionSpec &spec) -> std::unique_ptr<const Convolution> {
                return std::make_unique<const WinogradConvolution>(spec, form, instructions);
            }};
}

template <DirectConvolution::Form form>
KernelEntry direct(const char *name)
{
    return {name, hasAvx2, [](const ConvolutionSpec &spec) { return DirectConvolution::suits(spec, form); },
            [](const ConvolutionSpec &spec) -> std::unique_ptr<const Convolution> {
                return std::make_unique<const DirectConvolution>(spec, form);
            }};
}

bool isFloat(const ConvolutionSpec &spec) { return spec.isFloat(); }
bool isInteger(const ConvolutionSpec &spec) { return !spec.isFloat(); }

using Form = WinogradConvolution::Form;
using Instructions = WinogradConvolution::Instructions;

// Fastest first, see docs/adding-a-kernel.md.
const std::array kKernels{
    KernelEntry{"columns-i16-avx2", hasAvx2, ColumnConvolution::suits, make<ColumnConvolution>},
    winograd<Form::F43, Instructions::Avx512Vnni>("winograd-f43-avx512vnni"),
    winograd<Form::F43, Instructions::Avx2>("winograd-f43-avx2"),
    winograd<Form::F23, Instructions::Avx512Vnni>("winograd-f23-avx512vnni"),
    winograd<Form::F23, Instructions::Avx2>("winograd-f23-avx2"),
    winograd<Form::F43Parts, Instructions::Avx512Vnni>("winograd-f43-parts-avx512vnni"),
    winograd<Form::F43Parts, Instructions::Avx2>("winograd-f43-parts-avx2"),
    direct<DirectConvolution::Form::Narrow>("direct-i16-avx2"),
    direct<DirectConvolution::Form::Wide>("direct-i16-wide-avx2"),
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
