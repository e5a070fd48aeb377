//! What the events of a stream amount to.

use super::Event;
use crate::toolcall::ParsedCall;

/// Calls, text and reasoning of a whole answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extraction {
    /// The calls, in their order.
    pub calls: Vec<ParsedCall>,
    /// What is left over.
    pub text: String,
    /// What stood between marks of reasoning.
    pub reasoning: String,
    /// The dialect of the first call.
    pub format: Option<&'static str>,
}

impl Extraction {
    /// Take in one event.
    pub fn add(&mut self, event: Event) {
        match event {
            Event::Text(text) => self.text.push_str(&text),
            Event::Reasoning(text) => self.reasoning.push_str(&text),
            Event::TextWasReasoning => {
                let text = std::mem::take(&mut self.text);
                self.reasoning.push_str(&text);
            }
            Event::Ready { call, .. } => self.calls.push(call),
            Event::Started { .. } | Event::Arguments { .. } => {}
        }
    }
}
