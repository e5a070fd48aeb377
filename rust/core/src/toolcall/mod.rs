//! Tool calls in every dialect that models write.

pub(crate) mod call;
pub(crate) mod dialect;
mod dialects;
mod family;
mod python;
pub(crate) mod registry;
pub(crate) mod scan;
#[cfg(test)]
mod testing;
mod tools;
mod typed;

pub use call::ParsedCall;
pub use registry::{find, names};
pub use tools::{Tool, Tools};
