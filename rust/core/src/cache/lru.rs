//! A hash table over a slab whose slots are linked in the order of their use.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// A key: text and bytes are two name spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key<'a> {
    /// A key given as text.
    Text(&'a str),
    /// A key given as bytes.
    Bytes(&'a [u8]),
}

impl Key<'_> {
    fn parts(&self) -> (bool, &[u8]) {
        match self {
            Key::Text(text) => (true, text.as_bytes()),
            Key::Bytes(bytes) => (false, bytes),
        }
    }

    /// Length in bytes.
    #[allow(clippy::len_without_is_empty, reason = "an empty key is a key")]
    pub fn len(&self) -> usize {
        self.parts().1.len()
    }
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

const NONE: u32 = u32::MAX;

struct Slot<V> {
    text: bool,
    key: Box<[u8]>,
    /// `None` where the slot is free.
    value: Option<V>,
    size: usize,
    /// In the caller's units of time; the value is gone from then on.
    expires: u64,
    newer: u32,
    older: u32,
}

/// Keeps the values that were used last, each until its time is over, all within a number and a size.
///
/// Time comes from the caller, in any unit that does not go back. Values that leave the cache are handed to the caller
/// in `gone`, so that a value's destructor never runs while the cache is half changed. All operations are O(1),
/// `set` amortised over what it evicts; `purge` and `clear` are linear.
pub struct LruTtlCache<V> {
    table: HashTable<u32>,
    slots: Vec<Slot<V>>,
    free: Vec<u32>,
    hasher: DefaultHashBuilder,
    newest: u32,
    oldest: u32,
    max_entries: usize,
    max_bytes: usize,
    counts: Counts,
}

impl<V> LruTtlCache<V> {
    /// A cache of at most `max_entries` values (at least 1, at most 2^32 - 2) of `max_bytes` together.
    pub fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            table: HashTable::new(),
            slots: Vec::new(),
            free: Vec::new(),
            hasher: DefaultHashBuilder::default(),
            newest: NONE,
            oldest: NONE,
            max_entries: max_entries.clamp(1, NONE as usize - 1),
            max_bytes,
            counts: Counts::default(),
        }
    }

    /// The value of `key`, which now counts as used.
    pub fn get(&mut self, key: Key<'_>, now: u64, gone: &mut Vec<V>) -> Option<&V> {
        let Some(at) = self.find(key) else {
            self.counts.misses += 1;
            return None;
        };
        if self.slots[at as usize].expires <= now {
            self.counts.misses += 1;
            self.counts.expirations += 1;
            self.remove_slot(at, gone);
            return None;
        }
        self.counts.hits += 1;
        if self.newest != at {
            self.unlink(at);
            self.link(at);
        }
        self.slots[at as usize].value.as_ref()
    }

    /// Whether `key` has a value; counts as no use.
    pub fn contains(&self, key: Key<'_>, now: u64) -> bool {
        self.find(key)
            .is_some_and(|at| self.slots[at as usize].expires > now)
    }

    /// Keeps `value` until `expires`, and drops what was used longest ago where there is no room.
    ///
    /// Returns whether it is kept: not one that is larger than the whole cache, nor one whose time is over. Either
    /// way an earlier value of the key is gone.
    pub fn set(
        &mut self,
        key: Key<'_>,
        value: V,
        size: usize,
        expires: u64,
        now: u64,
        gone: &mut Vec<V>,
    ) -> bool {
        let earlier = self.find(key);
        if size > self.max_bytes || expires <= now {
            if let Some(at) = earlier {
                self.remove_slot(at, gone);
            }
            gone.push(value);
            return false;
        }
        if let Some(at) = earlier {
            let slot = &mut self.slots[at as usize];
            self.counts.bytes = self.counts.bytes - slot.size + size;
            gone.extend(slot.value.replace(value));
            slot.size = size;
            slot.expires = expires;
            if self.newest != at {
                self.unlink(at);
                self.link(at);
            }
        } else {
            self.insert(key, value, size, expires);
        }
        while (self.counts.entries > self.max_entries || self.counts.bytes > self.max_bytes)
            && self.oldest != NONE
        {
            if self.slots[self.oldest as usize].expires <= now {
                self.counts.expirations += 1;
            } else {
                self.counts.evictions += 1;
            }
            self.remove_slot(self.oldest, gone);
        }
        true
    }

    /// Forgets `key`; returns whether it had a value whose time was not over.
    pub fn delete(&mut self, key: Key<'_>, now: u64, gone: &mut Vec<V>) -> bool {
        let Some(at) = self.find(key) else {
            return false;
        };
        let live = self.slots[at as usize].expires > now;
        self.remove_slot(at, gone);
        live
    }

    /// Forgets all values whose time is over; returns how many.
    pub fn purge(&mut self, now: u64, gone: &mut Vec<V>) -> usize {
        let mut purged = 0;
        let mut at = self.oldest;
        while at != NONE {
            let next = self.slots[at as usize].newer;
            if self.slots[at as usize].expires <= now {
                self.remove_slot(at, gone);
                purged += 1;
            }
            at = next;
        }
        self.counts.expirations += purged as u64;
        purged
    }

    /// Forgets everything, and gives the memory back. The counts of what was done stay.
    pub fn clear(&mut self, gone: &mut Vec<V>) {
        gone.extend(self.slots.drain(..).filter_map(|slot| slot.value));
        self.table = HashTable::new();
        self.slots = Vec::new();
        self.free = Vec::new();
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
        self.slots.iter().filter_map(|slot| slot.value.as_ref())
    }

    fn hash(&self, key: Key<'_>) -> u64 {
        self.hasher.hash_one(key.parts())
    }

    fn find(&self, key: Key<'_>) -> Option<u32> {
        let (text, bytes) = key.parts();
        self.table
            .find(self.hash(key), |&at| {
                let slot = &self.slots[at as usize];
                slot.text == text && *slot.key == *bytes
            })
            .copied()
    }

    fn insert(&mut self, key: Key<'_>, value: V, size: usize, expires: u64) {
        let hash = self.hash(key);
        let (text, bytes) = key.parts();
        let slot = Slot {
            text,
            key: bytes.into(),
            value: Some(value),
            size,
            expires,
            newer: NONE,
            older: NONE,
        };
        // One more than `max_entries` slots are ever in use, so the index fits.
        let at = match self.free.pop() {
            Some(at) => {
                self.slots[at as usize] = slot;
                at
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        };
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.table.insert_unique(hash, at, |&each| {
            let slot = &slots[each as usize];
            hasher.hash_one((slot.text, &*slot.key))
        });
        self.counts.entries += 1;
        self.counts.bytes += size;
        self.link(at);
    }

    fn remove_slot(&mut self, at: u32, gone: &mut Vec<V>) {
        self.unlink(at);
        let slot = &mut self.slots[at as usize];
        let hash = self.hasher.hash_one((slot.text, &*slot.key));
        if let Ok(entry) = self.table.find_entry(hash, |&each| each == at) {
            entry.remove();
        }
        self.counts.entries -= 1;
        self.counts.bytes -= slot.size;
        slot.key = Box::default();
        gone.extend(slot.value.take());
        self.free.push(at);
    }

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
mod tests {
    use super::*;

    const NEVER: u64 = u64::MAX;

    fn kept(cache: &mut LruTtlCache<u32>, key: &str, now: u64) -> Option<u32> {
        cache.get(Key::Text(key), now, &mut Vec::new()).copied()
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut cache = LruTtlCache::new(2, 100);
        let mut gone = Vec::new();
        assert!(cache.set(Key::Text("a"), 1, 1, NEVER, 0, &mut gone));
        assert!(cache.set(Key::Text("b"), 2, 1, NEVER, 0, &mut gone));
        assert_eq!(kept(&mut cache, "a", 0), Some(1));
        assert!(cache.set(Key::Text("c"), 3, 1, NEVER, 0, &mut gone));
        assert_eq!(gone, [2]);
        assert_eq!(kept(&mut cache, "b", 0), None);
        assert_eq!(cache.counts().evictions, 1);
    }

    #[test]
    fn a_value_is_gone_when_its_time_comes() {
        let mut cache = LruTtlCache::new(2, 100);
        let mut gone = Vec::new();
        cache.set(Key::Text("a"), 1, 1, 10, 0, &mut gone);
        assert_eq!(kept(&mut cache, "a", 9), Some(1));
        assert!(!cache.contains(Key::Text("a"), 10));
        assert_eq!(kept(&mut cache, "a", 10), None);
        assert_eq!(cache.counts().entries, 0);
        assert_eq!(cache.counts().expirations, 1);
    }

    #[test]
    fn the_budget_of_bytes_holds() {
        let mut cache = LruTtlCache::new(100, 10);
        let mut gone = Vec::new();
        assert!(!cache.set(Key::Text("large"), 0, 11, NEVER, 0, &mut gone));
        for number in 0..5 {
            assert!(cache.set(
                Key::Bytes(&[number]),
                u32::from(number),
                4,
                NEVER,
                0,
                &mut gone
            ));
        }
        assert_eq!(cache.counts().entries, 2);
        assert_eq!(cache.counts().bytes, 8);
        assert!(cache.set(Key::Bytes(&[4]), 9, 10, NEVER, 0, &mut gone));
        assert_eq!(cache.counts().entries, 1);
        assert_eq!(cache.counts().bytes, 10);
    }

    #[test]
    fn text_and_bytes_are_two_name_spaces() {
        let mut cache = LruTtlCache::new(10, 10);
        cache.set(Key::Text("a"), 1, 1, NEVER, 0, &mut Vec::new());
        assert!(!cache.contains(Key::Bytes(b"a"), 0));
    }

    #[test]
    fn purging_and_clearing_hand_out_every_value() {
        let mut cache = LruTtlCache::new(10, 100);
        let mut gone = Vec::new();
        for number in 0..8u8 {
            cache.set(
                Key::Bytes(&[number]),
                u32::from(number),
                1,
                u64::from(number) + 1,
                0,
                &mut gone,
            );
        }
        assert_eq!(cache.purge(4, &mut gone), 4);
        assert_eq!(gone, [0, 1, 2, 3]);
        cache.clear(&mut gone);
        assert_eq!(gone.len(), 8);
        assert_eq!(cache.values().count(), 0);
        assert!(cache.set(Key::Text("again"), 1, 1, NEVER, 0, &mut gone));
        assert_eq!(kept(&mut cache, "again", 0), Some(1));
    }
}
