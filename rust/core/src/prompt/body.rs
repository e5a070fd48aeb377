//! What one model call sees, and its body.

use super::dialect::{Dialect, Frame};
use super::fingerprint::{Fields, Fingerprint};
use super::message::{Message, Role};
use super::options::{CallOptions, Tools};
use super::transcript::Transcript;
use super::view::View;
use std::ops::Range;
use std::sync::Arc;

/// Where a body is written to.
pub trait Out {
    /// What is written anew, behind all that was written before.
    fn text(&mut self) -> &mut String;

    /// Append what was encoded before.
    fn piece(&mut self, piece: &str);
}

impl Out for String {
    fn text(&mut self) -> &mut String {
        self
    }

    fn piece(&mut self, piece: &str) {
        self.push_str(piece);
    }
}

/// A piece of knowledge shown to the model beside the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// Where it is from; may be empty.
    pub source: String,
    /// What it says.
    pub text: String,
}

/// What one model call sees: system prompt, a view of a transcript, snippets, tools. Cheap to make; nothing of the
/// transcript is copied.
#[derive(Clone)]
pub struct Prompt {
    transcript: Transcript,
    view: View,
    system: Option<Arc<str>>,
    tools: Arc<Tools>,
    snippets: Vec<Snippet>,
    /// Tokens of what is not in the transcript and not tools: system prompt, snippets, what every request costs.
    around: u64,
}

impl Prompt {
    /// A prompt of a system prompt and a view. `around` are the tokens of the system prompt, of the snippets and of
    /// what every request costs.
    pub fn new(
        transcript: Transcript,
        view: View,
        system: Option<Arc<str>>,
        tools: Arc<Tools>,
        snippets: Vec<Snippet>,
        around: u64,
    ) -> Self {
        Self {
            transcript,
            view,
            system,
            tools,
            snippets,
            around,
        }
    }

    /// What is seen of the transcript.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The tokens of the whole prompt.
    pub fn tokens(&self) -> u64 {
        self.around + self.tools.tokens() + self.view.tokens(&self.transcript)
    }

    /// Append the request's body to `out`. What comes first changes least: model, tools, system prompt, then the
    /// messages as they were said; what an option changes comes behind them. So the bytes of one turn's body are, up
    /// to the new messages, those of the turn before, and a provider's cache of prefixes is hit.
    pub fn body(&self, dialect: Dialect, options: &CallOptions, out: &mut impl Out) {
        let end = self.view.ranges().last().map_or(0, |range| range.end);
        let last = end.checked_sub(1).and_then(|at| self.transcript.role(at));
        let frame = Frame {
            system: self.system.as_deref(),
            tools: &self.tools,
            options,
            cacheable: matches!(last, Some(Role::User | Role::Tool)),
        };
        dialect.open(&frame, out.text());
        let mut any = !out.text().ends_with('[');
        let split = self.snippet_place();
        for range in self.view.ranges() {
            let cut = split.filter(|at| range.contains(at));
            self.messages(
                dialect,
                range.start..cut.unwrap_or(range.end),
                end,
                &mut any,
                out,
            );
            if let Some(cut) = cut {
                separate(&mut any, out);
                dialect.message(&self.snippet_message(), out.text());
                self.messages(dialect, cut..range.end, end, &mut any, out);
            }
        }
        dialect.close(&frame, out.text());
    }

    /// Append messages; the last of all, which a dialect may mark when it closes the list, as text.
    fn messages(
        &self,
        dialect: Dialect,
        range: Range<usize>,
        end: usize,
        any: &mut bool,
        out: &mut impl Out,
    ) {
        let whole = range.start..range.end.min(end - 1);
        if !whole.is_empty() {
            separate(any, out);
            self.transcript.write(dialect, whole.start, whole.end, out);
        }
        if range.contains(&(end - 1)) {
            separate(any, out);
            self.transcript.write(dialect, end - 1, end, out.text());
        }
    }

    /// The number of the message before which the snippets stand: the user's last one, so that all before it keeps its
    /// bytes.
    fn snippet_place(&self) -> Option<usize> {
        if self.snippets.is_empty() {
            return None;
        }
        let mut seen = self
            .view
            .ranges()
            .iter()
            .rev()
            .flat_map(|range| range.clone().rev());
        let user = seen.find(|&at| self.transcript.role(at) == Some(Role::User));
        user.or_else(|| self.view.ranges().last().map(|range| range.start))
    }

    fn snippet_message(&self) -> Message {
        let mut text = String::from("<context>\n");
        for snippet in &self.snippets {
            let source = snippet.source.replace(['"', '<', '>', '\n'], " ");
            text.push_str(&format!(
                "<snippet source=\"{source}\">\n{}\n</snippet>\n",
                snippet.text
            ));
        }
        text.push_str("</context>");
        Message::text(Role::User, &text)
    }

    /// A name for everything that can change the answer: system prompt, messages, snippets, tools and options. Not for
    /// whether it is streamed, nor for the ids of calls.
    pub fn fingerprint(&self, options: &CallOptions) -> Fingerprint {
        let mut fields = Fields::new("prompt");
        fields.option(self.system.as_deref());
        fields.number(self.view.len() as u64);
        for range in self.view.ranges() {
            for at in range.clone() {
                fields.digest(self.transcript.digest(at).unwrap_or_default());
            }
        }
        fields.number(self.snippets.len() as u64);
        for snippet in &self.snippets {
            fields.text(&snippet.source);
            fields.text(&snippet.text);
        }
        fields.digest(self.tools.digest());
        options.fingerprint(&mut fields);
        Fingerprint(fields.end())
    }
}

/// A comma, unless what comes next is the first in the list.
fn separate(any: &mut bool, out: &mut impl Out) {
    if std::mem::replace(any, true) {
        out.text().push(',');
    }
}
