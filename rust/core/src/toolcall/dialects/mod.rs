//! One file a dialect.

use super::dialect::Dialect;

mod hermes_json;

/// Every dialect. Where several share an opener, the first that takes what follows reads the block.
pub(crate) static ALL: &[&dyn Dialect] = &[&hermes_json::HermesJson];
