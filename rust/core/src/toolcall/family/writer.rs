//! A call whose arguments come one by one: told as JSON, piece by piece.

use crate::json::{Value, write_string, write_value};
use crate::toolcall::call::{ParsedCall, known};
use crate::toolcall::dialect::Cx;
use crate::toolcall::tools::{Tool, Tools};
use crate::toolcall::typed::{put, unwrap};

/// A call under way.
#[derive(Debug)]
pub(crate) struct Writer {
    index: u32,
    name: String,
    /// The tool has just this name: its schema is the one that counts.
    exact: bool,
    pairs: Vec<(String, Value)>,
    start: usize,
}

impl Writer {
    /// The name is known.
    pub(crate) fn start(cx: &mut Cx<'_, '_>, name: &str, start: usize) -> Self {
        let bare = known(name, cx.tools);
        let exact = cx.tools.get(bare).is_some();
        let name = if exact {
            bare
        } else {
            last_part(bare, cx.tools)
        }
        .to_owned();
        Self {
            exact,
            index: cx.out.start(&name),
            name,
            pairs: Vec::new(),
            start: cx.base + start,
        }
    }

    /// The tool whose schema types the arguments.
    pub(crate) fn tool<'t>(&self, tools: &'t Tools) -> Option<&'t Tool> {
        tools.get(&self.name).filter(|_| self.exact)
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
        let tool = cx.tools.get(&self.name).filter(|_| self.exact);
        let arguments = unwrap(Value::Object(self.pairs), tool);
        let span = (self.start, cx.base + end);
        let mut call = ParsedCall::new(&self.name, arguments, span);
        if broken {
            call.repairs.push(("unterminated_call", span.1));
        }
        cx.out.ready(self.index, call);
    }
}

/// The name of a tool behind a namespace: `f` in `space.f`, where only `f` is known.
fn last_part<'a>(name: &'a str, tools: &Tools) -> &'a str {
    match name.rsplit_once('.') {
        Some((_, last)) if tools.get(last).is_some() => last,
        _ => name,
    }
}
