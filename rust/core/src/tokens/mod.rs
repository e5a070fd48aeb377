//! Token counts: exact byte-pair encoders.
