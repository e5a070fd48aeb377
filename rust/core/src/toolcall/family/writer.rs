//! A call whose arguments come one by one: told as JSON, piece by piece.

use crate::json::{Value, write_string, write_value};
use crate::toolcall::call::{ParsedCall, known};
use crate::toolcall::dialect::Cx;
use crate::toolcall::tools::{Tool, Tools};
use crate::toolcall::typed::{is_wrapper, put, unwrap};

/// A call under way.
#[derive(Debug)]
pub(crate) struct Writer {
    index: u32,
    name: String,
    /// The tool has just this name: its schema is the one that counts.
    exact: bool,
    pairs: Vec<(String, Value)>,
    /// The first argument has not been told: it may be what all arguments are wrapped in.
    held: bool,
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
            held: false,
            start: cx.base + start,
        }
    }

    /// The tool whose schema types the arguments.
    pub(crate) fn tool<'t>(&self, tools: &'t Tools) -> Option<&'t Tool> {
        tools.get(&self.name).filter(|_| self.exact)
    }

    /// An argument is whole.
    pub(crate) fn argument(&mut self, cx: &mut Cx<'_, '_>, key: &str, value: Value) {
        if self.pairs.is_empty() && is_wrapper(key) {
            self.held = true;
        } else {
            self.tell_held(cx);
            if !cx.out.quiet {
                let text = pair(self.pairs.is_empty(), key, &value);
                cx.out.arguments(self.index, &text);
            }
        }
        put(&mut self.pairs, key, value);
    }

    fn tell_held(&mut self, cx: &mut Cx<'_, '_>) {
        if let (true, Some((key, value))) = (self.held, self.pairs.first()) {
            cx.out.arguments(self.index, &pair(true, key, value));
        }
        self.held = false;
    }

    /// The call is whole, or broken off.
    pub(crate) fn finish(self, cx: &mut Cx<'_, '_>, end: usize, broken: bool) {
        let tool = cx.tools.get(&self.name).filter(|_| self.exact);
        let (held, empty) = (self.held, self.pairs.is_empty());
        let arguments = unwrap(Value::Object(self.pairs), tool);
        match (held, empty) {
            (true, _) => cx.out.arguments(self.index, &arguments.to_json()),
            (_, true) => cx.out.arguments(self.index, "{}"),
            _ => cx.out.arguments(self.index, "}"),
        }
        let span = (self.start, cx.base + end);
        let mut call = ParsedCall::new(&self.name, arguments, span);
        if broken {
            call.unterminated(span.1);
        }
        cx.out.ready(self.index, call);
    }
}

fn pair(first: bool, key: &str, value: &Value) -> String {
    let mut text = String::from(if first { "{" } else { ", " });
    write_string(&mut text, key);
    text.push_str(": ");
    write_value(&mut text, value);
    text
}

/// The name of a tool behind a namespace: `f` in `space.f`, where only `f` is known.
fn last_part<'a>(name: &'a str, tools: &Tools) -> &'a str {
    match name.rsplit_once('.') {
        Some((_, last)) if tools.get(last).is_some() => last,
        _ => name,
    }
}
