//! The stream parser: events out of chunks.
