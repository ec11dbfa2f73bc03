// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/pickleglobals.h"

#include <array>

namespace bitlens::model {

namespace {

struct GlobalRow {
    std::string_view module;
    std::string_view name;
    PickleGlobal global;
};
constexpr std::array<GlobalRow, 10> kGlobals{{
    {"collections", "OrderedDict", PickleGlobal::OrderedDict},
    {"torch._utils", "_rebuild_tensor", PickleGlobal::RebuildTensor},
    {"torch._utils", "_rebuild_tensor_v2", PickleGlobal::RebuildTensorV2},
    {"torch._utils", "_rebuild_parameter", PickleGlobal::RebuildParameter},
    {"torch", "FloatStorage", PickleGlobal::FloatStorage},
    {"torch", "HalfStorage", PickleGlobal::HalfStorage},
    {"torch", "BFloat16Storage", PickleGlobal::BFloat16Storage},
    {"torch", "DoubleStorage", PickleGlobal::DoubleStorage},
    {"torch", "LongStorage", PickleGlobal::LongStorage},
    {"torch", "IntStorage", PickleGlobal::IntStorage},
}};

} // namespace

std::optional<PickleGlobal> findPickleGlobal(std::string_view module, std::string_view name)
{
    for (const GlobalRow &row : kGlobals)
        if (row.module == module && row.name == name)
            return row.global;
    return std::nullopt;
}

std::optional<ElementType> storageElementType(PickleGlobal global)
{
    switch (global) {
    case PickleGlobal::FloatStorage:
        return ElementType::Float32;
    case PickleGlobal::HalfStorage:
        return ElementType::Float16;
    case PickleGlobal::BFloat16Storage:
        return ElementType::BFloat16;
    case PickleGlobal::DoubleStorage:
        return ElementType::Float64;
    case PickleGlobal::LongStorage:
        return ElementType::Int64;
    case PickleGlobal::IntStorage:
        return ElementType::Int32;
    default:
        return std::nullopt;
    }
}

} // namespace bitlens::model
