# cmake -DBINARY_DIR=… -P build.cmake: configures and builds the shared library, one process at a time.
#
# Native.targets runs this. The lock is held until the process ends, so that builds started side by side (two terminals, a build beside a
# test run) take turns; whoever comes second finds everything up to date.

cmake_minimum_required(VERSION 3.20)
file(MAKE_DIRECTORY "${BINARY_DIR}")
file(LOCK "${BINARY_DIR}/build.lock" GUARD PROCESS TIMEOUT 600)

if(NOT DEFINED ENV{CC})
  find_program(GRISTMILL_CC NAMES gcc clang cc NAMES_PER_DIR)
  if(NOT GRISTMILL_CC)
    # Native.targets looks for this word.
    message(FATAL_ERROR "gristmill-no-c-compiler")
  endif()
  set(compiler "-DCMAKE_C_COMPILER=${GRISTMILL_CC}")
endif()

find_program(GRISTMILL_NINJA NAMES ninja ninja-build)
find_program(GRISTMILL_MAKE NAMES make gmake mingw32-make)
if(NOT EXISTS "${BINARY_DIR}/CMakeCache.txt")
  if(GRISTMILL_NINJA)
    set(generator -G Ninja)
  elseif(GRISTMILL_MAKE)
    set(generator -G "Unix Makefiles")
  else()
    message(FATAL_ERROR "gristmill-no-c-compiler")
  endif()
endif()

execute_process(
  COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${BINARY_DIR}" ${generator} ${compiler} -DCMAKE_BUILD_TYPE=Release
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND "${CMAKE_COMMAND}" --build "${BINARY_DIR}" --config Release --target gristmill_kernels
  COMMAND_ERROR_IS_FATAL ANY)
