//! Tool calls as text: one file a dialect.
