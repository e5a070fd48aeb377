//! Calls as Python writes them: `[f(a=1), g(b="x")]`, or one a line.

use crate::json::Value;
use crate::toolcall::call::{ParsedCall, known};
use crate::toolcall::dialect::{Cx, Look, Machine, Need, Outcome};
use crate::toolcall::python::{PyScan, arguments};
use crate::toolcall::tools::Tools;

/// What a dialect says of its calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// What may close the block; it is swallowed.
    pub(crate) closers: &'static [&'static str],
    /// Nothing but the shape says that it is a call: it has to be whole, in a list, and of a known name.
    pub(crate) shape: bool,
    /// A call that the end of the text cuts off is none.
    pub(crate) whole: bool,
}

impl Form {
    /// Calls with a marker before them.
    pub(crate) const fn marked(closers: &'static [&'static str]) -> Self {
        Self {
            closers,
            shape: false,
            whole: false,
        }
    }
}

/// Longest name that is read, in bytes.
const MAX_NAME: usize = 128;

/// The end of the name at `at`, if an opening parenthesis follows it.
pub(crate) fn name(look: &Look<'_>, at: usize) -> Need<Option<usize>> {
    let mut to = at;
    loop {
        match look.byte(to)? {
            Some(byte)
                if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || byte >= 0x80 =>
            {
                to += 1
            }
            Some(b'-' | b':') if to > at => to += 1,
            Some(b'(') if to > at && !look.text.as_bytes()[at].is_ascii_digit() => {
                // White space beyond ASCII is no part of a name either.
                let name = look.text.get(at..to).unwrap_or_default();
                let whole = !name.is_empty() && !name.contains(char::is_whitespace);
                return Ok(whole.then_some(to));
            }
            _ => return Ok(None),
        }
        if to - at > MAX_NAME {
            return Ok(None);
        }
    }
}

/// Whether calls begin at `at`, in brackets or not.
pub(crate) fn calls_follow(look: &Look<'_>, at: usize) -> Need<bool> {
    let mut at = look.skip_space(at);
    if look.byte(at)? == Some(b'[') {
        at = look.skip_space(at + 1);
    }
    Ok(name(look, at)?.is_some())
}

/// Whether a list of calls begins at `at` that nothing but its shape says to be one.
pub(crate) fn list_follows(look: &Look<'_>, at: usize, line: bool, tools: &Tools) -> Need<bool> {
    if look.byte(at)? != Some(b'[') {
        return Ok(false);
    }
    let at = look.skip_space(at + 1);
    let Some(end) = name(look, at)? else {
        return Ok(false);
    };
    if !tools.is_empty() {
        return Ok(tools.get(known(look.slice(at, end), tools)).is_some());
    }
    // Without tools: at the beginning of a line, and with nothing or a name in the parentheses.
    if !line {
        return Ok(false);
    }
    let mut to = look.skip_space(end + 1);
    if look.byte(to)? == Some(b')') {
        return Ok(true);
    }
    let from = to;
    while look
        .byte(to)?
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80)
    {
        to += 1;
        if to - from > MAX_NAME {
            return Ok(false);
        }
    }
    Ok(to > from && look.byte(look.skip_space(to))? == Some(b'='))
}

/// The machine.
#[derive(Debug)]
pub(crate) struct PythonCalls {
    form: Form,
    state: State,
    at: usize,
    list: bool,
    last: usize,
    found: bool,
    /// Calls that wait for the end of their list.
    waiting: Vec<ParsedCall>,
}

#[derive(Debug)]
enum State {
    Begin,
    Item,
    Call {
        start: usize,
        open: usize,
        scan: PyScan,
        index: Option<u32>,
    },
    After,
}

impl PythonCalls {
    pub(crate) fn boxed(form: Form, at: usize) -> Box<dyn Machine> {
        Box::new(Self {
            form,
            state: State::Begin,
            at,
            list: false,
            last: at,
            found: false,
            waiting: Vec::new(),
        })
    }

    fn over(&mut self, cx: &mut Cx<'_, '_>, at: usize) -> Outcome {
        for call in self.waiting.drain(..) {
            self.found = true;
            cx.out.whole(call);
        }
        if self.found {
            Outcome::Done(at)
        } else {
            Outcome::Reject(at)
        }
    }

    fn item(&mut self, cx: &mut Cx<'_, '_>) -> Need<Option<Outcome>> {
        self.at = cx.look.skip_space(self.at);
        let at = self.at;
        match cx.look.byte(at)? {
            Some(b',' | b';') => self.at += 1,
            Some(b']') if self.list => {
                self.at += 1;
                self.last = self.at;
                self.list = false;
                self.state = State::After;
            }
            _ => match name(&cx.look, at)? {
                Some(open) => {
                    // Told at once where a marker, or a known name, makes sure of it.
                    let sure = !self.form.whole && (!self.form.shape || !cx.tools.is_empty());
                    let index = sure.then(|| {
                        self.found = true;
                        cx.out.start(known(cx.look.slice(at, open), cx.tools))
                    });
                    let scan = PyScan::new(open);
                    self.state = State::Call {
                        start: at,
                        open,
                        scan,
                        index,
                    };
                }
                None if self.form.shape && self.list => {
                    self.waiting.clear();
                    return Ok(Some(self.over(cx, at)));
                }
                None => self.state = State::After,
            },
        }
        Ok(None)
    }

    fn call(
        &mut self,
        cx: &mut Cx<'_, '_>,
        start: usize,
        open: usize,
        index: Option<u32>,
        end: Option<usize>,
    ) -> Option<Outcome> {
        let to = end.unwrap_or(cx.look.text.len());
        if end.is_none() && index.is_none() {
            self.waiting.clear();
            return Some(self.over(cx, to));
        }
        let name = known(cx.look.slice(start, open), cx.tools);
        let inside = cx.look.slice(open + 1, to - usize::from(end.is_some()));
        let order: Vec<&str> = cx
            .tools
            .get(name)
            .map(|tool| tool.parameters())
            .unwrap_or_default();
        let pairs = arguments(inside, &order);
        if pairs.is_none() && index.is_none() {
            self.waiting.clear();
            return Some(self.over(cx, to));
        }
        let value = Value::Object(pairs.unwrap_or_default());
        let span = (cx.base + start, cx.base + to);
        let mut call = ParsedCall::new(name, value, span);
        if end.is_none() {
            call.unterminated(span.1);
        }
        match index {
            Some(index) => {
                cx.out.arguments(index, &call.arguments.to_json());
                cx.out.ready(index, call);
            }
            None if self.form.shape => self.waiting.push(call),
            None => {
                self.found = true;
                cx.out.whole(call);
            }
        }
        self.at = to;
        self.last = to;
        self.state = State::Item;
        None
    }

    fn after(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        let at = cx.look.skip_space(self.at);
        let closer = cx.look.starts_any(at, self.form.closers)?;
        let end = closer.map_or(self.last, |len| at + len);
        Ok(self.over(cx, end))
    }
}

impl Machine for PythonCalls {
    fn step(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        loop {
            match &mut self.state {
                State::Begin => {
                    self.at = cx.look.skip_space(self.at);
                    if cx.look.byte(self.at)? == Some(b'[') {
                        self.list = true;
                        self.at += 1;
                    }
                    self.state = State::Item;
                }
                State::Item => {
                    if let Some(outcome) = self.item(cx)? {
                        return Ok(outcome);
                    }
                }
                State::Call {
                    start,
                    open,
                    scan,
                    index,
                } => {
                    let end = scan.run(&cx.look)?;
                    let (start, open, index) = (*start, *open, *index);
                    if let Some(outcome) = self.call(cx, start, open, index, end) {
                        return Ok(outcome);
                    }
                }
                State::After => return self.after(cx),
            }
        }
    }
}
