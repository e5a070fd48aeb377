use super::super::clock::{At, Clock, SystemClock};
use super::*;
use std::collections::VecDeque;

/// A key that is looked up as itself. The hash is as poor as can be, so that keys meet in the table.
impl Lookup<u64> for u64 {
    fn hash(&self) -> u64 {
        self % 7
    }
    fn is(&self, held: &u64) -> bool {
        self == held
    }
    fn into_key(self) -> u64 {
        self
    }
}

struct Cache {
    inner: LruTtlCache<u64, u32>,
    now: u64,
    gone: Vec<u32>,
}

impl Cache {
    fn new(max_entries: usize, max_bytes: usize, sliding: bool) -> Self {
        Self {
            inner: LruTtlCache::new(max_entries, max_bytes, sliding),
            now: 0,
            gone: Vec::new(),
        }
    }

    fn get(&mut self, key: u64) -> Option<u32> {
        let mut gone = Gone::default();
        let found = self.inner.get(&key, &At(self.now), &mut gone).copied();
        self.gone.extend(gone);
        found
    }

    fn set(&mut self, key: u64, value: u32, size: usize, ttl: u64) -> bool {
        let mut gone = Gone::default();
        let lease = Lease { size, ttl };
        let kept = self.inner.set(key, value, lease, &At(self.now), &mut gone);
        self.gone.extend(gone);
        kept
    }

    fn delete(&mut self, key: u64) -> bool {
        let mut gone = Gone::default();
        let was = self.inner.delete(&key, &At(self.now), &mut gone);
        self.gone.extend(gone);
        was
    }

    fn purge(&mut self) -> usize {
        let mut gone = Gone::default();
        let purged = self.inner.purge(&At(self.now), &mut gone);
        self.gone.extend(gone);
        purged
    }
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let mut cache = Cache::new(2, 100, false);
    assert!(cache.set(1, 1, 1, NEVER));
    assert!(cache.set(2, 2, 1, NEVER));
    assert_eq!(cache.get(1), Some(1));
    assert!(cache.set(3, 3, 1, NEVER));
    assert_eq!(cache.gone, [2]);
    assert_eq!(cache.get(2), None);
    assert_eq!(cache.inner.counts().evictions, 1);
}

#[test]
fn a_value_is_gone_when_its_time_comes() {
    let mut cache = Cache::new(2, 100, false);
    cache.set(1, 1, 1, 10);
    cache.now = 9;
    assert_eq!(cache.get(1), Some(1));
    cache.now = 10;
    assert!(!cache.inner.contains(&1, &At(10)));
    assert_eq!(cache.get(1), None);
    assert_eq!(cache.inner.counts().entries, 0);
    assert_eq!(cache.inner.counts().expirations, 1);
}

#[test]
fn a_use_renews_a_value_where_time_slides() {
    let mut cache = Cache::new(2, 100, true);
    cache.set(1, 1, 1, 10);
    cache.set(2, 2, 1, NEVER);
    for now in [9, 18, 27] {
        cache.now = now;
        assert_eq!(cache.get(1), Some(1));
        assert!(cache.inner.contains(&1, &At(now + 9)));
        assert!(!cache.inner.contains(&1, &At(now + 10)));
    }
    cache.now = 37;
    assert_eq!(cache.get(1), None);
    assert_eq!(cache.get(2), Some(2));
}

#[test]
fn the_budget_of_bytes_holds() {
    let mut cache = Cache::new(100, 10, false);
    assert!(!cache.set(9, 0, 11, NEVER));
    for number in 0..5 {
        assert!(cache.set(number, 1, 4, NEVER));
    }
    assert_eq!(cache.inner.counts().entries, 2);
    assert_eq!(cache.inner.counts().bytes, 8);
    assert!(cache.set(4, 9, 10, NEVER));
    assert_eq!(cache.inner.counts().entries, 1);
    assert_eq!(cache.inner.counts().bytes, 10);
    // A value that does not fit leaves nothing of the one before it.
    assert!(!cache.set(4, 9, 11, NEVER));
    assert_eq!(cache.inner.counts().bytes, 0);
}

#[test]
fn sizes_that_together_pass_all_numbers_do_not_overflow() {
    let mut cache = Cache::new(100, usize::MAX, false);
    for number in 0..4 {
        assert!(cache.set(number % 2, 1, usize::MAX - 1, NEVER));
    }
    assert!(cache.set(5, 1, 1, NEVER));
    assert_eq!(cache.inner.counts().entries, 2);
    assert_eq!(cache.inner.counts().bytes, usize::MAX);
}

#[test]
fn purging_and_clearing_hand_out_every_value() {
    let mut cache = Cache::new(10, 100, false);
    for number in 0..8 {
        cache.set(number, number as u32, 1, number + 1);
    }
    cache.now = 4;
    assert_eq!(cache.purge(), 4);
    assert_eq!(cache.gone, [0, 1, 2, 3]);
    let mut gone = Gone::default();
    cache.inner.clear(&mut gone);
    assert_eq!(gone.into_iter().collect::<Vec<_>>(), [4, 5, 6, 7]);
    assert_eq!(cache.inner.values().count(), 0);
    assert!(cache.set(1, 1, 1, NEVER));
    assert_eq!(cache.get(1), Some(1));
}

#[test]
fn the_clock_of_the_system_ends_a_value() {
    let mut cache = LruTtlCache::new(2, 100, false);
    let lease = Lease {
        size: 1,
        ttl: 1_000_000,
    };
    let mut gone = Gone::default();
    let end = SystemClock.now() + lease.ttl;
    assert!(cache.set(1, 1, lease, &SystemClock, &mut gone));
    while cache.contains(&1, &SystemClock) {}
    assert!(SystemClock.now() >= end);
    assert_eq!(cache.get(&1, &SystemClock, &mut gone), None);
}

/// The same cache, slowly: what was used last is in front.
struct Model {
    held: VecDeque<(u64, u32, usize, u64, u64)>,
    counts: Counts,
    left: u64,
}

const ENTRIES: usize = 24;
const BYTES: usize = 400;

impl Model {
    fn take(&mut self, key: u64) -> Option<(u64, u32, usize, u64, u64)> {
        let at = self.held.iter().position(|each| each.0 == key)?;
        self.held.remove(at)
    }

    fn get(&mut self, key: u64, now: u64, sliding: bool) -> Option<u32> {
        let Some(mut found) = self.take(key) else {
            self.counts.misses += 1;
            return None;
        };
        if found.4 <= now {
            self.counts.misses += 1;
            self.counts.expirations += 1;
            self.left += 1;
            return None;
        }
        self.counts.hits += 1;
        if sliding && found.3 != NEVER {
            found.4 = now + found.3;
        }
        self.held.push_front(found);
        Some(found.1)
    }

    fn set(&mut self, key: u64, value: u32, size: usize, ttl: u64, now: u64) -> bool {
        self.left += u64::from(self.take(key).is_some());
        if size > BYTES || ttl == 0 {
            self.left += 1;
            return false;
        }
        self.held
            .push_front((key, value, size, ttl, now.saturating_add(ttl)));
        while self.held.len() > ENTRIES || self.bytes() > BYTES {
            let Some(last) = self.held.pop_back() else {
                break;
            };
            self.left += 1;
            if last.4 <= now {
                self.counts.expirations += 1;
            } else {
                self.counts.evictions += 1;
            }
        }
        true
    }

    fn bytes(&self) -> usize {
        self.held.iter().map(|each| each.2).sum()
    }
}

fn half_a_million_random_operations(sliding: bool) {
    let mut cache = Cache::new(ENTRIES, BYTES, sliding);
    let mut model = Model {
        held: VecDeque::new(),
        counts: Counts::default(),
        left: 0,
    };
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut left = 0;
    for turn in 0..500_000_u32 {
        // Xorshift: the same sequence in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let (key, size) = (state >> 20 & 63, (state >> 30) as usize % 48);
        let ttl = [NEVER, 0, 50, 200, 1_000][(state >> 40) as usize % 5];
        cache.now += state >> 50 & 3;
        match state % 16 {
            0..=6 => assert_eq!(cache.get(key), model.get(key, cache.now, sliding)),
            7..=13 => {
                let size = if size == 47 { BYTES + 1 } else { size };
                let kept = model.set(key, turn, size, ttl, cache.now);
                assert_eq!(cache.set(key, turn, size, ttl), kept);
            }
            14 => {
                let was = model.take(key);
                let live = was.is_some_and(|each| each.4 > cache.now);
                model.left += u64::from(was.is_some());
                model.counts.expirations += u64::from(was.is_some() && !live);
                assert_eq!(cache.delete(key), live);
            }
            _ if turn % 64 == 0 => {
                let before = model.held.len();
                model.held.retain(|each| each.4 > cache.now);
                let purged = before - model.held.len();
                model.left += purged as u64;
                model.counts.expirations += purged as u64;
                assert_eq!(cache.purge(), purged);
            }
            _ => assert_eq!(
                cache.inner.contains(&key, &At(cache.now)),
                model
                    .held
                    .iter()
                    .any(|each| each.0 == key && each.4 > cache.now)
            ),
        }
        model.counts.entries = model.held.len();
        model.counts.bytes = model.bytes();
        assert_eq!(cache.inner.counts(), model.counts);
        left += cache.gone.drain(..).count() as u64;
        assert_eq!(left, model.left);
    }
    assert!(model.counts.evictions > 10_000 && model.counts.expirations > 1_000);
    assert!(cache.inner.slots.len() <= ENTRIES);
    assert_eq!(cache.inner.values().count(), model.held.len());
}

#[test]
fn counts_stay_exact_where_time_is_absolute() {
    half_a_million_random_operations(false);
}

#[test]
fn counts_stay_exact_where_time_slides() {
    half_a_million_random_operations(true);
}
