//! The cache without Python around it: `cargo bench -p harness-core --bench cache`
//!
//! One op is one `get` of a key that is there and whose time is not over, in a cache of 10,000 with a budget of bytes; or
//! one `set` of a new key, for which the oldest goes. Keys are 64 bytes; their hashes are at hand, as Python's are.

#![allow(missing_docs, reason = "criterion's macro writes a function")]

use criterion::{Criterion, criterion_group, criterion_main};
use harness_core::cache::{Gone, Lease, Lookup, LruTtlCache, SystemClock};
use std::hint::black_box;

const ENTRIES: u64 = 10_000;
const LEASE: Lease = Lease {
    size: 64,
    ttl: 3_600_000_000_000,
};

struct Key([u64; 8]);

impl Key {
    fn new(number: u64) -> Self {
        Self([number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1; 8])
    }
}

impl Lookup<[u64; 8]> for Key {
    fn hash(&self) -> u64 {
        self.0[0]
    }
    fn is(&self, held: &[u64; 8]) -> bool {
        self.0 == *held
    }
    fn into_key(self) -> [u64; 8] {
        self.0
    }
}

fn filled() -> LruTtlCache<[u64; 8], u64> {
    let mut cache = LruTtlCache::new(ENTRIES as usize, 64 << 20, false);
    for number in 0..ENTRIES {
        cache.set(
            Key::new(number),
            number,
            LEASE,
            &SystemClock,
            &mut Gone::default(),
        );
    }
    cache
}

fn bench(criterion: &mut Criterion) {
    let mut cache = filled();
    let mut number = 0;
    criterion.bench_function("cache/get a hit", |bencher| {
        bencher.iter(|| {
            number = (number + 7919) % ENTRIES;
            black_box(
                cache
                    .get(&Key::new(number), &SystemClock, &mut Gone::default())
                    .copied(),
            )
        });
    });
    assert_eq!(cache.counts().misses, 0);
    let mut cache = filled();
    let mut number = ENTRIES;
    criterion.bench_function("cache/set and evict", |bencher| {
        bencher.iter(|| {
            number += 1;
            cache.set(
                Key::new(number),
                number,
                LEASE,
                &SystemClock,
                &mut Gone::default(),
            )
        });
    });
    assert_eq!(cache.counts().entries as u64, ENTRIES);
}

criterion_group!(benches, bench);
criterion_main!(benches);
