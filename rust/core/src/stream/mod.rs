//! The stream parser: events out of chunks.

mod event;
mod fold;
mod machine;
pub(crate) mod reasoning;
mod text;

pub use event::Event;
pub use fold::Extraction;
pub use machine::StreamParser;
