//! Calls as JSON: one object, several in a row, or a list, between an opener and perhaps a closer.

use crate::json::Value;
use crate::toolcall::call::{ParsedCall, Trust, calls_in, known, read_json};
use crate::toolcall::dialect::{Cx, Machine, Need, Outcome};
use crate::toolcall::scan::{End, JsonScan};
use crate::toolcall::tools::get;

/// What a dialect says of its JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// What may close the block; it is swallowed.
    pub(crate) closers: &'static [&'static str],
    /// How much it takes to be a call.
    pub(crate) trust: Trust,
    /// A single key is the name, its value the arguments.
    pub(crate) keyed: bool,
    /// The objects may stand one after the other without a separator.
    pub(crate) row: bool,
}

impl Form {
    /// Calls with a marker before them.
    pub(crate) const fn marked(closers: &'static [&'static str]) -> Self {
        Self {
            closers,
            trust: Trust::Marked,
            keyed: false,
            row: true,
        }
    }
}

/// The machine.
#[derive(Debug)]
pub(crate) struct JsonCalls {
    form: Form,
    state: State,
    at: usize,
    list: bool,
    found: bool,
    /// End of the last value.
    last: usize,
    started: Option<u32>,
    told: usize,
}

#[derive(Debug)]
enum State {
    Begin,
    Item,
    Object(Box<JsonScan>),
    After,
}

impl JsonCalls {
    pub(crate) fn new(form: Form, at: usize) -> Self {
        Self {
            form,
            state: State::Begin,
            at,
            list: false,
            found: false,
            last: at,
            started: None,
            told: 0,
        }
    }

    pub(crate) fn boxed(form: Form, at: usize) -> Box<dyn Machine> {
        Box::new(Self::new(form, at))
    }

    fn over(&self, at: usize) -> Outcome {
        if self.found {
            Outcome::Done(at)
        } else {
            Outcome::Reject(at)
        }
    }

    fn begin(&mut self, cx: &Cx<'_, '_>) -> Need<Option<Outcome>> {
        self.at = cx.look.skip_space(self.at);
        // A fence around the JSON inside its own markup.
        if cx.look.starts(self.at, "```")? {
            let line = self.at + 3;
            let mut end = line;
            while cx
                .look
                .byte(end)?
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && end < line + 16
            {
                end += 1;
            }
            self.at = end;
            return Ok(None);
        }
        match cx.look.byte(self.at)? {
            Some(b'[') => {
                self.list = true;
                self.at += 1;
                self.state = State::Item;
            }
            Some(b'{') => self.state = State::Object(Box::new(JsonScan::new(self.at))),
            _ => return Ok(Some(self.over(self.at))),
        }
        Ok(None)
    }

    fn item(&mut self, cx: &Cx<'_, '_>) -> Need<Option<Outcome>> {
        self.at = cx.look.skip_space(self.at);
        match cx.look.byte(self.at)? {
            Some(b',') => self.at += 1,
            Some(b'{') => self.state = State::Object(Box::new(JsonScan::new(self.at))),
            Some(b']') => {
                self.at += 1;
                self.last = self.at;
                self.list = false;
                self.state = State::After;
            }
            _ => {
                self.last = self.at;
                self.list = false;
                self.state = State::After;
            }
        }
        Ok(None)
    }

    fn after(&mut self, cx: &Cx<'_, '_>) -> Need<Option<Outcome>> {
        self.at = cx.look.skip_space(self.at);
        if let Some(len) = cx.look.starts_any(self.at, self.form.closers)? {
            return Ok(Some(self.over(self.at + len)));
        }
        if cx.look.starts(self.at, "```")? && !self.form.closers.is_empty() {
            self.at += 3;
            self.last = self.at;
            return Ok(None);
        }
        match cx.look.byte(self.at)? {
            // Closers too many.
            Some(b'}' | b']') if self.found => self.at += 1,
            Some(b',' | b';') if self.found => {
                let next = cx.look.skip_space(self.at + 1);
                if cx.look.byte(next)? != Some(b'{') {
                    return Ok(Some(self.over(self.last)));
                }
                self.at = next;
                self.state = State::Object(Box::new(JsonScan::new(next)));
            }
            Some(b'{') if self.found && self.form.row => {
                self.state = State::Object(Box::new(JsonScan::new(self.at)));
            }
            _ => return Ok(Some(self.over(self.last))),
        }
        Ok(None)
    }

    /// Tell what is known of the object so far.
    fn tell(&mut self, scan: &JsonScan, cx: &mut Cx<'_, '_>) {
        let (Some(name), Some(from)) = (scan.name, scan.arguments) else {
            return;
        };
        if self.started.is_none() {
            let name = known(cx.look.slice(name.0, name.1), cx.tools);
            let sure = self.form.trust == Trust::Marked || cx.tools.get(name).is_some();
            if name.is_empty() || name.contains('\\') || self.form.keyed || !sure {
                return;
            }
            self.started = Some(cx.out.start(name));
            self.found = true;
            self.told = from;
        }
        let mut end = scan
            .arguments_end
            .unwrap_or(scan.at())
            .min(cx.look.text.len());
        while !cx.look.text.is_char_boundary(end) {
            end -= 1;
        }
        if let (Some(index), true) = (self.started, end > self.told) {
            cx.out.arguments(index, cx.look.slice(self.told, end));
            self.told = end;
        }
    }

    fn object(
        &mut self,
        mut scan: Box<JsonScan>,
        cx: &mut Cx<'_, '_>,
        start: usize,
    ) -> Need<Option<Outcome>> {
        let ran = scan.run(&cx.look);
        self.tell(&scan, cx);
        let end = match ran {
            Ok(end) => end,
            Err(more) => {
                self.state = State::Object(scan);
                return Err(more);
            }
        };
        let to = match end {
            End::Closed(to) => to,
            // The end of the text inside a string: the closer may stand in it.
            End::Broken(to) if scan.in_string() => self
                .form
                .closers
                .iter()
                .filter_map(|closer| cx.look.text.get(start..to)?.find(closer))
                .min()
                .map_or(to, |found| start + found),
            End::Broken(to) => to,
        };
        let broken = matches!(end, End::Broken(_));
        self.read(cx, (start, to), broken, scan.name.is_some());
        self.at = to;
        self.last = to;
        self.state = if self.list && matches!(end, End::Closed(_)) {
            State::Item
        } else {
            State::After
        };
        Ok(None)
    }

    fn read(
        &mut self,
        cx: &mut Cx<'_, '_>,
        (start, end): (usize, usize),
        broken: bool,
        named: bool,
    ) {
        let text = cx.look.slice(start, end);
        let offset = cx.base + start;
        let span = (offset, cx.base + end);
        let (mut value, mut repairs) = read_json(text, offset).unwrap_or((Value::Null, Vec::new()));
        if broken {
            repairs.push(("unterminated_call", span.1));
        }
        let mut calls = if self.form.keyed {
            keyed(&value)
        } else {
            calls_in(&mut value, self.form.trust, cx.tools)
        };
        if calls.is_empty() && self.form.trust == Trust::Marked {
            calls = keyed(&value);
            calls.retain(|(name, _, _)| cx.tools.get(name).is_some());
        }
        // A name that the end cut off is not known.
        let known = !broken || named || self.form.keyed || get(&value, "name").is_none();
        let mut calls = calls.into_iter().filter(|_| known);
        if let Some(index) = self.started.take() {
            // It keeps the name it was announced with, whatever mending made of it.
            let name = cx.out.name_of(index);
            let empty = || (String::new(), Value::Object(Vec::new()), None);
            let (_, arguments, id) = calls.next().unwrap_or_else(empty);
            let mut call = ParsedCall::new(&name, arguments, span);
            (call.id, call.repairs) = (id, std::mem::take(&mut repairs));
            cx.out.ready(index, call);
        }
        for (name, arguments, id) in calls {
            self.found = true;
            let mut call = ParsedCall::new(&name, arguments, span);
            (call.id, call.repairs) = (id, std::mem::take(&mut repairs));
            cx.out.whole(call);
        }
    }
}

/// `{"name": {...}}`, as often as there are keys.
fn keyed(value: &Value) -> Vec<(String, Value, Option<String>)> {
    match value {
        Value::Object(pairs) => pairs
            .iter()
            .filter(|(name, value)| !name.trim().is_empty() && matches!(value, Value::Object(_)))
            .map(|(name, value)| (name.clone(), value.clone(), None))
            .collect(),
        _ => Vec::new(),
    }
}

impl Machine for JsonCalls {
    fn step(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        loop {
            let done = match std::mem::replace(&mut self.state, State::After) {
                State::Begin => {
                    self.state = State::Begin;
                    self.begin(cx)?
                }
                State::Item => {
                    self.state = State::Item;
                    self.item(cx)?
                }
                State::Object(scan) => {
                    let start = scan.start();
                    self.object(scan, cx, start)?
                }
                State::After => self.after(cx)?,
            };
            if let Some(outcome) = done {
                return Ok(outcome);
            }
        }
    }
}
