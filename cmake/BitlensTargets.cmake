# SPDX-FileCopyrightText: Bitlens contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How this project declares its targets, in one place:
#   bitlens_warnings                 INTERFACE target: the warnings every own target is built with
#   bitlens_engine_library(name …)   one folder of engine/ as a static library
#   bitlens_test(name …)             one tst_<name>.cpp with a ctest label

add_library(bitlens_warnings INTERFACE)
target_compile_options(bitlens_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  # No fused multiply-add behind our back: the reference kernels and the AVX2 ones must round alike.
  -ffp-contract=off
  # GCC 12 reports std::string's operator+ (its bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<BOOL:${BITLENS_WARNINGS_AS_ERRORS}>:-Werror>)

if(BITLENS_SANITIZE)
  # Lines for the reports, no more: full debug information doubles the time of this build.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1 -DNDEBUG")
  add_compile_options(-fsanitize=${BITLENS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${BITLENS_SANITIZE})
endif()

# bitlens_engine_library(<folder> SOURCES … [LINK …] [TORCH])
# TORCH: the folder may include LibTorch headers; they are precompiled once for the target.
function(bitlens_engine_library folder)
  cmake_parse_arguments(arg "TORCH" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  set(target bitlens_${folder})
  add_library(${target} STATIC ${arg_SOURCES})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE bitlens_warnings ${arg_PRIVATE_LINK})
  if(arg_TORCH)
    target_link_libraries(${target} PRIVATE bitlens_torch)
  endif()
endfunction()

# bitlens_test(<name> LABEL engine|ui|app|fuzz SOURCES … LINK … [ARGS …] [TIMEOUT seconds] [WINDOW])
# Qt Test programs; run offscreen. WINDOW: in a real window on a virtual X server where xvfb-run is installed.
find_program(XVFB_RUN xvfb-run)
function(bitlens_test name)
  cmake_parse_arguments(arg "WINDOW" "LABEL;TIMEOUT" "SOURCES;LINK;ARGS" ${ARGN})
  set(target tst_${name})
  add_executable(${target} ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_link_libraries(${target} PRIVATE bitlens_warnings Qt6::Test ${arg_LINK})
  target_compile_definitions(${target} PRIVATE
    BITLENS_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    BITLENS_PROGRAM="${CMAKE_BINARY_DIR}/bitlens")
  set(platform offscreen)
  set(launcher "")
  if(arg_WINDOW AND XVFB_RUN)
    set(platform xcb)
    set(launcher "${XVFB_RUN}" --auto-servernum --server-args "-screen 0 1600x1000x24 -dpi 96")
  endif()
  add_test(NAME ${name} COMMAND ${launcher} $<TARGET_FILE:${target}> ${arg_ARGS})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(BITLENS_SANITIZE)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5") # the instrumented program is that much slower
  endif()
  math(EXPR function_timeout "${arg_TIMEOUT} * 1000")
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT}
    ENVIRONMENT "QTEST_FUNCTION_TIMEOUT=${function_timeout};QT_QPA_PLATFORM=${platform};BITLENS_SHARED=${PROJECT_SOURCE_DIR}/../shared")
endfunction()
