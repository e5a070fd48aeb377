//! JSON as models write it: strict parsing and repair.

mod value;

pub use value::{Number, Value};
