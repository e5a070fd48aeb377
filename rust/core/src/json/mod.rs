//! JSON as models write it: strict parsing and repair.

mod candidates;
mod error;
mod lenient;
mod number;
mod report;
mod schema;
mod strict;
mod tape;
mod value;
mod write;

pub use candidates::{Options, Reading, Repaired, read, repair, repair_prefix};
pub use error::{Error, ErrorKind, MAX_DEPTH, MAX_DIGITS, MAX_INPUT};
pub use report::{Repair, RepairKind};
pub use schema::{Schema, SchemaReading, read_with_schema};
pub use strict::{parse_strict, parse_tape};
pub use tape::{Node, Tape};
pub use value::{Number, Value};
pub use write::{write_number, write_string, write_value};
