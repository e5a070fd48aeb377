//! The hot core of harness: everything that runs per byte, per token or per chunk. It knows no Python.

pub mod cache;
pub mod json;
pub mod prompt;
pub mod stream;
pub mod tokens;
pub mod toolcall;
