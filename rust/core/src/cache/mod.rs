//! The LRU cache with per-entry expiry and a byte budget.
