// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/image/image.h"
#include "engine/kernel/convolution.h"
#include "engine/run/integerprogram.h"
#include "engine/run/memoryplan.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace bitlens::run {

/// The memory of an integer program for one size of its network input: every map form has a place in one block, and
/// every layer is bound to its maps, so that running allocates nothing.
class IntegerFrame {
public:
    struct Options {
        image::Size input;      ///< of feature map 0
        int threads = 1;        ///< that will use scratch memory
        bool useVectors = true; ///< in epilogues
        bool allValues = false; ///< keep float32 values of every map until the end of its step
    };

    /// Throws base::Error{OutOfMemory} with the number of bytes. The program outlives the frame.
    IntegerFrame(const IntegerProgram &program, const Options &options);

    const Options &options() const { return m_options; }

    /// Step 0 brings the input into the forms of map 0; step i + 1 is layer i.
    const kernel::Epilogue &epilogue(int step) const { return m_epilogues[static_cast<std::size_t>(step)]; }
    kernel::ConvolutionRun convolutionRun(int layer) const;
    /// Writes what stands for 0 into the borders of the maps that a step is about to write.
    void fillBorders(int step) const;
    /// Scratch memory of one thread, for every layer and for one row of the input.
    std::byte *scratch(int thread) const { return m_scratch.get() + m_scratchBytes * static_cast<std::size_t>(thread); }
    /// float32 values of a map; the form must exist and its step be the newest that has run, or be read later.
    kernel::MapView<const float> values(int map) const;

    /// Bytes that a frame of these options takes, without making it.
    static std::size_t bytes(const IntegerProgram &program, const Options &options);

private:
    struct Free {
        void operator()(std::byte *memory) const;
    };
    using Memory = std::unique_ptr<std::byte, Free>;
    static Memory allocate(std::size_t bytes);
    static std::vector<MapForm> formsFor(const IntegerProgram &program, const Options &options);
    static kernel::MapLayout layoutOf(const IntegerProgram &program, const Options &options, const MapForm &form);
    static MemoryPlan planFor(const IntegerProgram &program, const Options &options, const std::vector<MapForm> &forms);
    static std::size_t scratchFor(const IntegerProgram &program, const Options &options);

    template <typename T>
    kernel::MapView<T> view(std::size_t form) const;
    kernel::EpilogueTargets targetsOf(int step) const;
    void bindInputs();

    const IntegerProgram &m_program;
    Options m_options;
    std::vector<MapForm> m_forms; ///< those of the program first, in its order
    std::vector<std::size_t> m_offsets;
    std::size_t m_scratchBytes = 0; ///< of one thread
    Memory m_maps;
    Memory m_scratch;
    std::vector<kernel::Epilogue> m_epilogues;                                   ///< one per step
    std::vector<std::vector<kernel::MapView<const std::int16_t>>> m_levelInputs; ///< one per layer
    std::vector<std::vector<kernel::MapView<const float>>> m_valueInputs;
};

} // namespace bitlens::run
