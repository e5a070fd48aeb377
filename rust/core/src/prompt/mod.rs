//! What a model call sees: an append-only transcript that keeps what it has encoded and counted, windows into it, and
//! request bodies for every wire dialect.
//!
//! A message is encoded for a dialect when that dialect first asks for it, and never again; a body is a few pieces of
//! memory copied one after the other.

mod body;
mod dialect;
mod fingerprint;
mod message;
mod options;
mod transcript;
mod view;

pub use body::{Out, Prompt, Snippet};
pub use dialect::Dialect;
pub use fingerprint::{FINGERPRINT_VERSION, Fingerprint};
pub use message::{Image, Message, Part, Role, arguments_object};
pub use options::{CallOptions, ResponseFormat, Tool, ToolChoice, Tools};
pub use transcript::Transcript;
pub use view::View;
