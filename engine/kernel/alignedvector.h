// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace bitlens::kernel {

/// Zero-filled numbers whose first lies at a multiple of 64 bytes, for packed weights. Not copyable.
template <typename T>
class AlignedVector {
public:
    AlignedVector() = default;
    explicit AlignedVector(std::size_t count) : m_storage(count + kAlignment / sizeof(T))
    {
        void *start = m_storage.data();
        std::size_t space = m_storage.size() * sizeof(T);
        m_data = static_cast<T *>(std::align(kAlignment, count * sizeof(T), start, space));
    }
    AlignedVector(AlignedVector &&) noexcept = default;
    AlignedVector &operator=(AlignedVector &&) noexcept = default;

    T *data() { return m_data; }
    const T *data() const { return m_data; }
    T &operator[](std::size_t index) { return m_data[index]; }

    std::size_t bytes() const { return m_storage.size() * sizeof(T); }

    static constexpr std::size_t kAlignment = 64;

private:
    std::vector<T> m_storage;
    T *m_data = nullptr;
};

} // namespace bitlens::kernel
