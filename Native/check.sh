#!/usr/bin/env bash
# Builds and tests the native kernels: every compiler that is here, sanitizers, valgrind, and a short run of each fuzz target.
#
#   Native/check.sh [--quick] [BUILD_DIR]
#
# --quick is what .ci/run does: the tests with the first compiler, plain and with the address and undefined-behaviour sanitizers.
# What a machine lacks is named and left out; what fails, fails the script.
set -uo pipefail
cd "$(dirname "$0")"

quick=false
if [ "${1:-}" = --quick ]; then quick=true; shift; fi
build=${1:-../artifacts/native-check}
fuzz_seconds=${FUZZ_SECONDS:-10}
mkdir -p "$build"
build=$(cd "$build" && pwd)
passed=0 failed=0
if ! command -v make >/dev/null && command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi

step() { # step NAME COMMAND...
  local name=$1 log="$build/$1.log"; shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1)); echo "  passed  $name"
  else
    failed=$((failed + 1)); echo "  FAILED  $name"; tail -n 30 "$log"
  fi
}

leave_out() { echo "  left out: $1"; }

configure_build() { # configure_build DIR COMPILER OPTIONS...
  local dir=$build/$1 compiler=$2; shift 2
  CC=$compiler cmake -S . -B "$dir" -DCMAKE_BUILD_TYPE=Release "$@" && cmake --build "$dir" --parallel
}

test_build() { # test_build DIR COMPILER OPTIONS...
  configure_build "$@" -DGRISTMILL_TESTS=ON && ctest --test-dir "$build/$1" --output-on-failure --parallel 2
}

test_threads() { # The other suites have one thread: nothing for this sanitizer to see.
  configure_build "$@" -DGRISTMILL_TESTS=ON -DGRISTMILL_SANITIZE=thread && "$build/$1/tests/kernels_test" threads
}

valgrind_run() { # Valgrind knows no AVX-512 and hides it, so the other variants run. Primes would take an hour; the sanitizers have them.
  for suite in arithmetic hash matrix search sort text vector; do
    valgrind --quiet --error-exitcode=9 --leak-check=full "$1/tests/kernels_test" "$suite" || return 1
  done
}

fuzz_run() { # fuzz_run DIR TARGET
  mkdir -p "$build/corpus/$2"
  "$1/fuzz/fuzz_$2" -max_total_time="$fuzz_seconds" -max_len=4096 -print_final_stats=1 "$build/corpus/$2"
}

compiler=""
for candidate in gcc clang clang-20 clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 cc; do
  if ! command -v "$candidate" >/dev/null; then continue; fi
  if [ -n "$compiler" ] && { $quick || [ "$candidate" = cc ]; }; then continue; fi
  case $candidate in clang-*) if [ -n "${clang:-}" ]; then continue; fi ;; esac
  case $candidate in clang*) clang=$candidate ;; esac
  compiler=${compiler:-$candidate}
  step "ctest-$candidate" test_build "$candidate" "$candidate"
done
if [ -z "$compiler" ]; then echo "There is no C compiler."; exit 1; fi

offers() { echo 'int main(void){return 0;}' | "$compiler" -x c - "-fsanitize=$1" -o "$build/probe" 2>/dev/null; }
if offers address,undefined; then
  step ctest-address-undefined test_build address-undefined "$compiler" -DGRISTMILL_SANITIZE=address,undefined
else
  leave_out "$compiler has no -fsanitize=address,undefined"
fi
if ! $quick; then
  if offers thread; then step ctest-thread test_threads thread "$compiler"; else leave_out "$compiler has no -fsanitize=thread"; fi

  if command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null; then
    step ctest-arm64 test_build arm64 aarch64-linux-gnu-gcc -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/arm64.cmake"
  else
    leave_out "Arm64 (no aarch64-linux-gnu-gcc or no qemu-aarch64)"
  fi

  if command -v valgrind >/dev/null; then step valgrind valgrind_run "$build/$compiler"; else leave_out "valgrind"; fi
  if [ -n "${clang:-}" ] && echo 'int LLVMFuzzerTestOneInput(const char*d,long n){return d==0&&n>0;}' \
      | "$clang" -x c - -fsanitize=fuzzer,address,undefined -o "$build/probe" 2>/dev/null; then
    step fuzz-build configure_build fuzz "$clang" -DGRISTMILL_FUZZ=ON -DGRISTMILL_SANITIZE=address,undefined
    for target in hash numbers search text utf8; do step "fuzz-$target" fuzz_run "$build/fuzz" "$target"; done
  else
    leave_out "fuzz targets (no clang with libFuzzer)"
  fi
fi

echo "native: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
