//! A hash table over a slab whose slots are linked in the order of their use.

use super::clock::Clock;
use hashbrown::HashTable;

/// A time that never comes.
pub const NEVER: u64 = u64::MAX;

/// What a key is looked up by.
///
/// The caller brings the hash, for he may have it at hand: a Python string carries its own. Equal keys must have equal
/// hashes, and strangers should not be able to choose keys whose hashes collide.
pub trait Lookup<K> {
    /// The hash of the key.
    fn hash(&self) -> u64;
    /// Whether this is the key `held`, whose hash is the same.
    fn is(&self, held: &K) -> bool;
    /// The key to hold.
    fn into_key(self) -> K;
}

/// What holding a value costs, and for how long it is held.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// In bytes, or whatever the cache's budget is in.
    pub size: usize,
    /// In the clock's unit; `NEVER` has no end.
    pub ttl: u64,
}

/// What a cache has done and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Look-ups that found a value.
    pub hits: u64,
    /// Look-ups that found none, or an expired one.
    pub misses: u64,
    /// Values dropped because the cache was full.
    pub evictions: u64,
    /// Values dropped because their time was over.
    pub expirations: u64,
    /// Values held, expired ones that nobody asked for included.
    pub entries: usize,
    /// Their sizes together.
    pub bytes: usize,
}

/// Values on their way out. One has room without an allocation, as mostly there is none or one.
#[derive(Debug)]
pub struct Gone<V> {
    first: Option<V>,
    more: Vec<V>,
}

impl<V> Default for Gone<V> {
    fn default() -> Self {
        Self {
            first: None,
            more: Vec::new(),
        }
    }
}

impl<V> Gone<V> {
    #[inline]
    fn push(&mut self, value: V) {
        if self.first.is_none() {
            self.first = Some(value);
        } else {
            self.more.push(value);
        }
    }
}

impl<V> IntoIterator for Gone<V> {
    type Item = V;
    type IntoIter = std::iter::Chain<std::option::IntoIter<V>, std::vec::IntoIter<V>>;

    /// The values in the order in which they left.
    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.more)
    }
}

const NONE: u32 = u32::MAX;

struct Slot<K, V> {
    /// `None` where the slot is free.
    entry: Option<(K, V)>,
    hash: u64,
    size: usize,
    ttl: u64,
    /// In the clock's unit; the value is gone from then on.
    expires: u64,
    /// The slot that was used next, or the next free one.
    newer: u32,
    older: u32,
}

/// Keeps the values that were used last, each until its time is over, all within a number and a size.
///
/// Values that leave the cache are handed to the caller in `gone`, so that a value's destructor never runs while the
/// cache is half changed; keys are dropped at once, so their destructors must not use the cache. All operations are
/// O(1), `set` amortised over what it evicts; `purge` and `clear` are linear.
pub struct LruTtlCache<K, V> {
    table: HashTable<u32>,
    slots: Vec<Slot<K, V>>,
    free: u32,
    newest: u32,
    oldest: u32,
    max_entries: usize,
    max_bytes: usize,
    sliding: bool,
    counts: Counts,
}

impl<K, V> LruTtlCache<K, V> {
    /// A cache of at most `max_entries` values (at least 1, at most 2^32 - 2) of `max_bytes` together.
    ///
    /// With `sliding`, each `get` gives its value the whole time anew that it was set with.
    pub fn new(max_entries: usize, max_bytes: usize, sliding: bool) -> Self {
        Self {
            table: HashTable::new(),
            slots: Vec::new(),
            free: NONE,
            newest: NONE,
            oldest: NONE,
            max_entries: max_entries.clamp(1, NONE as usize - 1),
            max_bytes,
            sliding,
            counts: Counts::default(),
        }
    }

    /// The value of `key`, which now counts as used.
    #[inline]
    pub fn get(
        &mut self,
        key: &impl Lookup<K>,
        clock: &impl Clock,
        gone: &mut Gone<V>,
    ) -> Option<&V> {
        let Some(at) = self.find(key) else {
            self.counts.misses += 1;
            return None;
        };
        if self.expired(at, clock) {
            self.counts.misses += 1;
            self.counts.expirations += 1;
            self.remove(at, gone);
            return None;
        }
        self.counts.hits += 1;
        self.touch(at);
        let slot = &mut self.slots[at as usize];
        if self.sliding && slot.expires != NEVER {
            slot.expires = clock.after(slot.ttl);
        }
        slot.entry.as_ref().map(|(_, value)| value)
    }

    /// Whether `key` has a value; counts as no use.
    pub fn contains(&self, key: &impl Lookup<K>, clock: &impl Clock) -> bool {
        self.find(key).is_some_and(|at| !self.expired(at, clock))
    }

    /// Keeps `value`, and drops what was used longest ago where there is no room.
    ///
    /// Returns whether it is kept: not one that is larger than the whole cache, nor one that has no time. Either way an
    /// earlier value of the key is gone.
    #[inline]
    pub fn set(
        &mut self,
        key: impl Lookup<K>,
        value: V,
        lease: Lease,
        clock: &impl Clock,
        gone: &mut Gone<V>,
    ) -> bool {
        let earlier = self.find(&key);
        if lease.size > self.max_bytes || lease.ttl == 0 {
            if let Some(at) = earlier {
                self.remove(at, gone);
            }
            gone.push(value);
            return false;
        }
        let expires = match lease.ttl {
            NEVER => NEVER,
            ttl => clock.after(ttl),
        };
        if let Some(at) = earlier {
            self.touch(at);
            let slot = &mut self.slots[at as usize];
            self.counts.bytes -= slot.size;
            // It is the newest and weighs nothing for now, so making room for it never takes it.
            slot.size = 0;
            slot.ttl = lease.ttl;
            slot.expires = expires;
            if let Some((_, held)) = &mut slot.entry {
                gone.push(std::mem::replace(held, value));
            }
            self.evict(self.max_entries, self.max_bytes - lease.size, clock, gone);
            self.slots[at as usize].size = lease.size;
            self.counts.bytes += lease.size;
        } else {
            // Before the new one takes a slot, so that it takes one that is warm, and there is never one too many.
            self.evict(
                self.max_entries - 1,
                self.max_bytes - lease.size,
                clock,
                gone,
            );
            let hash = key.hash();
            self.insert(Slot {
                entry: Some((key.into_key(), value)),
                hash,
                size: lease.size,
                ttl: lease.ttl,
                expires,
                newer: NONE,
                older: NONE,
            });
        }
        true
    }

    /// Forgets `key`; returns whether it had a value whose time was not over.
    pub fn delete(&mut self, key: &impl Lookup<K>, clock: &impl Clock, gone: &mut Gone<V>) -> bool {
        let Some(at) = self.find(key) else {
            return false;
        };
        let live = !self.expired(at, clock);
        if !live {
            self.counts.expirations += 1;
        }
        self.remove(at, gone);
        live
    }

    /// Forgets all values whose time is over; returns how many.
    pub fn purge(&mut self, clock: &impl Clock, gone: &mut Gone<V>) -> usize {
        let mut purged = 0;
        let mut at = self.oldest;
        while at != NONE {
            let next = self.slots[at as usize].newer;
            if self.expired(at, clock) {
                self.remove(at, gone);
                purged += 1;
            }
            at = next;
        }
        self.counts.expirations += purged as u64;
        purged
    }

    /// Forgets everything, and gives the memory back. The counts of what was done stay.
    pub fn clear(&mut self, gone: &mut Gone<V>) {
        for slot in std::mem::take(&mut self.slots) {
            if let Some((_, value)) = slot.entry {
                gone.push(value);
            }
        }
        self.table = HashTable::new();
        self.free = NONE;
        self.newest = NONE;
        self.oldest = NONE;
        self.counts.entries = 0;
        self.counts.bytes = 0;
    }

    /// What was done and is held.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// All values, in no order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.slots
            .iter()
            .filter_map(|slot| slot.entry.as_ref().map(|(_, value)| value))
    }

    #[inline]
    fn find(&self, key: &impl Lookup<K>) -> Option<u32> {
        let hash = key.hash();
        self.table
            .find(hash, |&at| {
                let slot = &self.slots[at as usize];
                slot.hash == hash && slot.entry.as_ref().is_some_and(|(held, _)| key.is(held))
            })
            .copied()
    }

    #[inline]
    fn expired(&self, at: u32, clock: &impl Clock) -> bool {
        let expires = self.slots[at as usize].expires;
        expires != NEVER && clock.reached(expires)
    }

    /// Make room: at most so many entries of so many bytes.
    #[inline]
    fn evict(&mut self, entries: usize, bytes: usize, clock: &impl Clock, gone: &mut Gone<V>) {
        while (self.counts.entries > entries || self.counts.bytes > bytes) && self.oldest != NONE {
            if self.expired(self.oldest, clock) {
                self.counts.expirations += 1;
            } else {
                self.counts.evictions += 1;
            }
            self.remove(self.oldest, gone);
        }
    }

    fn insert(&mut self, slot: Slot<K, V>) {
        let (hash, size) = (slot.hash, slot.size);
        let at = self.free;
        let at = if at == NONE {
            self.slots.push(slot);
            // No more than `max_entries` slots are ever in use, so the index fits.
            (self.slots.len() - 1) as u32
        } else {
            self.free = self.slots[at as usize].newer;
            self.slots[at as usize] = slot;
            at
        };
        let slots = &self.slots;
        self.table
            .insert_unique(hash, at, |&each| slots[each as usize].hash);
        self.counts.entries += 1;
        self.counts.bytes += size;
        self.link(at);
    }

    fn remove(&mut self, at: u32, gone: &mut Gone<V>) {
        self.unlink(at);
        let slot = &mut self.slots[at as usize];
        if let Ok(entry) = self.table.find_entry(slot.hash, |&each| each == at) {
            entry.remove();
        }
        self.counts.entries -= 1;
        self.counts.bytes -= slot.size;
        if let Some((_, value)) = slot.entry.take() {
            gone.push(value);
        }
        slot.newer = self.free;
        self.free = at;
    }

    #[inline]
    fn touch(&mut self, at: u32) {
        if self.newest != at {
            self.unlink(at);
            self.link(at);
        }
    }

    #[inline]
    fn link(&mut self, at: u32) {
        let before = self.newest;
        let slot = &mut self.slots[at as usize];
        slot.older = before;
        slot.newer = NONE;
        if before == NONE {
            self.oldest = at;
        } else {
            self.slots[before as usize].newer = at;
        }
        self.newest = at;
    }

    #[inline]
    fn unlink(&mut self, at: u32) {
        let (newer, older) = {
            let slot = &self.slots[at as usize];
            (slot.newer, slot.older)
        };
        if newer == NONE {
            self.newest = older;
        } else {
            self.slots[newer as usize].older = older;
        }
        if older == NONE {
            self.oldest = newer;
        } else {
            self.slots[older as usize].newer = newer;
        }
    }
}

#[cfg(test)]
#[path = "lru_tests.rs"]
mod tests;
