//! The LRU cache with per-entry expiry and a byte budget.

mod lru;

pub use lru::{Counts, Key, LruTtlCache};
