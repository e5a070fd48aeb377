//! The LRU cache with per-entry expiry and a byte budget.

mod clock;
mod lru;

pub use clock::{At, Clock, SystemClock};
pub use lru::{Counts, Gone, Lease, Lookup, LruTtlCache, NEVER};
