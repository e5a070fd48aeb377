//! The stream parser: events out of chunks.

mod event;
mod fold;
mod live;
mod machine;
mod native;
pub(crate) mod reasoning;
mod text;

pub use event::Event;
pub use fold::Extraction;
pub use live::{Live, Step};
pub use machine::StreamParser;
