//! What a stream parser tells: text, reasoning and calls as they come in.

use crate::toolcall::ParsedCall;

/// One thing that became known.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Text of the answer.
    Text(String),
    /// Text of the reasoning before it.
    Reasoning(String),
    /// All text until here was reasoning: its end came without a beginning.
    TextWasReasoning,
    /// A call has begun and its name is known.
    Started {
        /// Number of the call, from 0.
        index: u32,
        /// The tool's name.
        name: String,
    },
    /// More of a call's arguments, as JSON text as far as the dialect writes JSON.
    Arguments {
        /// Number of the call.
        index: u32,
        /// The piece.
        text: String,
    },
    /// The last byte of a call is in.
    Ready {
        /// Number of the call.
        index: u32,
        /// The call.
        call: ParsedCall,
    },
}
