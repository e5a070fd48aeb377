//! A call whose arguments come one by one: told as JSON, piece by piece.

use crate::json::{Value, write_string, write_value};
use crate::toolcall::call::{ParsedCall, known};
use crate::toolcall::dialect::Cx;
use crate::toolcall::typed::{put, unwrap};

/// A call under way.
#[derive(Debug)]
pub(crate) struct Writer {
    index: u32,
    pub(crate) name: String,
    pairs: Vec<(String, Value)>,
    start: usize,
}

impl Writer {
    /// The name is known.
    pub(crate) fn start(cx: &mut Cx<'_, '_>, name: &str, start: usize) -> Self {
        let name = known(name, cx.tools).to_owned();
        Self {
            index: cx.out.start(&name),
            name,
            pairs: Vec::new(),
            start: cx.base + start,
        }
    }

    /// An argument is whole.
    pub(crate) fn argument(&mut self, cx: &mut Cx<'_, '_>, key: &str, value: Value) {
        let mut text = String::from(if self.pairs.is_empty() { "{" } else { ", " });
        write_string(&mut text, key);
        text.push_str(": ");
        write_value(&mut text, &value);
        cx.out.arguments(self.index, &text);
        put(&mut self.pairs, key, value);
    }

    /// The call is whole, or broken off.
    pub(crate) fn finish(self, cx: &mut Cx<'_, '_>, end: usize, broken: bool) {
        cx.out
            .arguments(self.index, if self.pairs.is_empty() { "{}" } else { "}" });
        let arguments = unwrap(Value::Object(self.pairs), cx.tools.get(&self.name));
        let span = (self.start, cx.base + end);
        let mut call = ParsedCall::new(&self.name, arguments, span);
        if broken {
            call.repairs.push(("unterminated_call", span.1));
        }
        cx.out.ready(self.index, call);
    }
}
