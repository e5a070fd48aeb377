//! Calls as a name and JSON behind it: `f[ARGS]{"a": 1}` and its kin.

use crate::json::Value;
use crate::toolcall::call::{ParsedCall, known, object, read_json};
use crate::toolcall::dialect::{Cx, Look, Machine, Need, Outcome, Seek};
use crate::toolcall::scan::{End, JsonScan};

/// The marks of a dialect.
#[derive(Debug)]
pub(crate) struct Marks {
    /// What may end the name; the first that is found does. An empty one: the end of the text, too.
    pub(crate) after_name: &'static [&'static str],
    /// What may stand between name and JSON, in any order, each to be passed over.
    pub(crate) between: &'static [&'static str],
    /// What may follow the JSON, to be passed over.
    pub(crate) closers: &'static [&'static str],
    /// The name and the id in what stands before `after_name`.
    pub(crate) name: fn(&str) -> (&str, Option<&str>),
}

/// Longest name that is read, in bytes.
const MAX_NAME: usize = 300;

/// The whole is the name.
pub(crate) fn plain(text: &str) -> (&str, Option<&str>) {
    (text.trim(), None)
}

/// No more of the text than a name may take.
fn window<'a>(look: &Look<'a>, at: usize) -> Look<'a> {
    if look.text.len() <= at + MAX_NAME {
        return *look;
    }
    let mut to = at + MAX_NAME;
    while !look.text.is_char_boundary(to) {
        to -= 1;
    }
    Look {
        text: &look.text[..to],
        end: true,
    }
}

/// Where the name that begins at `at` ends; none if there is no name.
pub(crate) fn name_end(look: &Look<'_>, at: usize, marks: &Marks) -> Need<Option<usize>> {
    let window = window(look, at);
    let end = match Seek::from(at).find(&window, marks.after_name)? {
        Some((end, _)) => end,
        None if marks.after_name.contains(&"") && window.text.len() == look.text.len() => {
            look.text.len()
        }
        None => return Ok(None),
    };
    let (name, _) = (marks.name)(look.slice(at, end));
    Ok(is_name(name).then_some(end))
}

/// Whether this may be a tool's name: no white space, no brackets, no quotes.
pub(crate) fn is_name(name: &str) -> bool {
    let odd = |character: char| {
        character.is_whitespace()
            || matches!(
                character,
                '{' | '}' | '[' | ']' | '(' | ')' | '"' | '\'' | '<' | '>' | '`' | ',' | ';' | '='
            )
    };
    !name.is_empty() && !name.contains(odd)
}

/// The machine.
#[derive(Debug)]
pub(crate) struct NamedCall {
    marks: &'static Marks,
    state: State,
    at: usize,
    start: usize,
    last: usize,
    index: u32,
    name: String,
    id: Option<String>,
    told: usize,
}

#[derive(Debug)]
enum State {
    Name,
    Between,
    Json(Box<JsonScan>),
    After,
}

impl NamedCall {
    pub(crate) fn boxed(marks: &'static Marks, at: usize) -> Box<dyn Machine> {
        Box::new(Self {
            marks,
            state: State::Name,
            at,
            start: at,
            last: at,
            index: 0,
            name: String::new(),
            id: None,
            told: 0,
        })
    }

    fn name(&mut self, cx: &mut Cx<'_, '_>) -> Need<Option<Outcome>> {
        self.at = cx.look.skip_space(self.at);
        let Some(end) = name_end(&cx.look, self.at, self.marks)? else {
            return Ok(Some(Outcome::Reject(self.at)));
        };
        let raw = cx.look.slice(self.at, end);
        let (name, id) = (self.marks.name)(raw);
        self.name = known(name, cx.tools).to_owned();
        self.id = id.map(str::to_owned);
        self.index = cx.out.start(&self.name);
        self.start = self.at;
        self.at = end;
        self.state = State::Between;
        Ok(None)
    }

    fn between(&mut self, cx: &mut Cx<'_, '_>) -> Need<()> {
        self.at = cx.look.skip_space(self.at);
        if cx.look.starts(self.at, "[CALL_ID]")? {
            let from = self.at + "[CALL_ID]".len();
            let window = window(&cx.look, from);
            let found = Seek::from(from).find(&window, &["[", "{"])?;
            let end = found.map_or(window.text.len(), |(at, _)| at);
            self.id = Some(cx.look.slice(from, end).trim().to_owned());
            self.at = end;
            return Ok(());
        }
        if let Some(len) = cx.look.starts_any(self.at, self.marks.between)? {
            self.at += len;
            return Ok(());
        }
        if cx.look.starts(self.at, "```")? {
            let json = cx.look.starts(self.at + 3, "json")?;
            self.at += if json { 7 } else { 3 };
            return Ok(());
        }
        if cx.look.byte(self.at)? == Some(b'{') {
            self.told = self.at;
            self.state = State::Json(Box::new(JsonScan::new(self.at)));
        } else {
            self.ready(cx, self.at, self.at, false);
        }
        Ok(())
    }

    fn ready(&mut self, cx: &mut Cx<'_, '_>, from: usize, to: usize, broken: bool) {
        let offset = cx.base + from;
        let (value, mut repairs) = match cx.look.slice(from, to) {
            "" => (Value::Object(Vec::new()), Vec::new()),
            text => read_json(text, offset).unwrap_or((Value::Null, Vec::new())),
        };
        let span = (cx.base + self.start, cx.base + to);
        if broken {
            repairs.push(("unterminated_call", span.1));
        }
        let arguments = object(value).unwrap_or_else(|| Value::Object(Vec::new()));
        let mut call = ParsedCall::new(&self.name, arguments, span);
        call.id = self.id.take();
        call.repairs = repairs;
        if from == to {
            cx.out.arguments(self.index, "{}");
        }
        cx.out.ready(self.index, call);
        self.at = to;
        self.last = to;
        self.state = State::After;
    }

    fn json(&mut self, mut scan: Box<JsonScan>, cx: &mut Cx<'_, '_>) -> Need<()> {
        let ran = scan.run(&cx.look);
        let mut seen = scan.at().min(cx.look.text.len());
        while !cx.look.text.is_char_boundary(seen) {
            seen -= 1;
        }
        if seen > self.told {
            cx.out.arguments(self.index, cx.look.slice(self.told, seen));
            self.told = seen;
        }
        let from = scan.start();
        let (to, broken) = match ran {
            Ok(End::Closed(to)) => (to, false),
            Ok(End::Broken(to)) if scan.in_string() => {
                let text = cx.look.slice(from, to);
                let found = self
                    .marks
                    .closers
                    .iter()
                    .filter_map(|closer| text.find(closer))
                    .min();
                (found.map_or(to, |found| from + found), true)
            }
            Ok(End::Broken(to)) => (to, true),
            Err(more) => {
                self.state = State::Json(scan);
                return Err(more);
            }
        };
        self.ready(cx, from, to, broken);
        Ok(())
    }

    fn after(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        loop {
            let at = cx.look.skip_space(self.at);
            self.at = at;
            if let Some(len) = cx.look.starts_any(at, self.marks.closers)? {
                self.at += len;
            } else if !self.marks.closers.is_empty() && cx.look.starts(at, "```")? {
                self.at += 3;
            } else if cx.look.byte(at)? == Some(b'}') {
                self.at += 1;
            } else {
                return Ok(Outcome::Done(self.last));
            }
            self.last = self.at;
        }
    }
}

impl Machine for NamedCall {
    fn step(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        loop {
            match std::mem::replace(&mut self.state, State::After) {
                State::Name => {
                    self.state = State::Name;
                    if let Some(outcome) = self.name(cx)? {
                        return Ok(outcome);
                    }
                }
                State::Between => {
                    self.state = State::Between;
                    self.between(cx)?;
                }
                State::Json(scan) => self.json(scan, cx)?,
                State::After => return self.after(cx),
            }
        }
    }
}
