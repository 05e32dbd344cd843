// The oneTBB side: "fib <n> <threads>" and "poly <count> <threads>" answer with the nanoseconds they took.
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include <immintrin.h>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

static long fib(long n)
{
    if (n < 2)
        return n;
    long a, b;
    tbb::task_group group;
    group.run([&] { a = fib(n - 1); });
    b = fib(n - 2);
    group.wait();
    return a + b;
}

static void poly(const float *in, float *out, size_t from, size_t to)
{
    // By hand, as the other side does: the comparison is of the loops' splitting, not of what a compiler vectorises.
    size_t i = from;
    const __m256 half = _mm256_set1_ps(0.5f);
    for (; i + 16 <= to; i += 16) {
        __m256 x0 = _mm256_loadu_ps(in + i), x1 = _mm256_loadu_ps(in + i + 8);
        __m256 y0 = _mm256_set1_ps(1.0f), y1 = y0;
        for (int k = 0; k < 64; k++) {
            y0 = _mm256_fmadd_ps(y0, x0, half);
            y1 = _mm256_fmadd_ps(y1, x1, half);
        }
        _mm256_storeu_ps(out + i, y0);
        _mm256_storeu_ps(out + i + 8, y1);
    }
    for (; i < to; i++) {
        float x = in[i], y = 1.0f;
        for (int k = 0; k < 64; k++)
            y = y * x + 0.5f;
        out[i] = y;
    }
}

int main()
{
    tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 64);
    std::string what;
    long size;
    int threads;
    std::vector<float> in, out;
    while (std::cin >> what >> size >> threads) {
        tbb::task_arena arena(threads);
        if (what == "poly" && in.size() != (size_t)size) {
            in.assign(size, 0.0f);
            out.assign(size, 0.0f);
            for (long i = 0; i < size; i++)
                in[i] = (float)(i % 1000) / 1000.0f;
        }

        // Workers join the arena before the clock starts.
        arena.execute([&] { tbb::parallel_for(0, threads * 4, [](int) {}); });
        auto start = std::chrono::steady_clock::now();
        long result = 1;
        arena.execute([&] {
            if (what == "fib")
                result = fib(size);
            else
                tbb::parallel_for(tbb::blocked_range<size_t>(0, size), [&](const tbb::blocked_range<size_t> &r) {
                    poly(in.data(), out.data(), r.begin(), r.end());
                });
        });
        auto elapsed = std::chrono::steady_clock::now() - start;
        if (result <= 0)
            return 1;
        std::cout << std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count() << std::endl;
    }
}
