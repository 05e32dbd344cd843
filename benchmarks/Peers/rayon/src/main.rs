// The Rayon side of the fork-join benches: "fib <n> <threads>" answers with the nanoseconds it took.
use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::time::Instant;

fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = rayon::join(|| fib(n - 1), || fib(n - 2));
    a + b
}

fn main() {
    let mut pools: HashMap<usize, rayon::ThreadPool> = HashMap::new();
    for line in io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let n: u64 = words[1].parse().unwrap();
        let threads: usize = words[2].parse().unwrap();
        let pool = pools
            .entry(threads)
            .or_insert_with(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap());
        let start = Instant::now();
        let value = pool.install(|| fib(n));
        let elapsed = start.elapsed().as_nanos();
        assert!(value > 0);
        println!("{}", elapsed);
        io::stdout().flush().unwrap();
    }
}
