//! Calls as a name with keys and values after it: `f<arg_key>a</arg_key><arg_value>1</arg_value>`.

use super::writer::Writer;
use crate::toolcall::dialect::{Cx, Look, Machine, Need, Outcome, Seek};
use crate::toolcall::typed::{Untyped, by_types, parameter, typed};

/// The marks of a dialect.
#[derive(Debug)]
pub(crate) struct Marks {
    /// What ends the name, beside a line break.
    pub(crate) after_name: &'static [&'static str],
    pub(crate) key: (&'static str, &'static str),
    pub(crate) kind: Option<(&'static str, &'static str)>,
    pub(crate) value: (&'static str, &'static str),
    pub(crate) end: &'static str,
    /// The opener of the next call, which also ends one.
    pub(crate) next: &'static str,
    pub(crate) untyped: Untyped,
}

/// Longest name that is read, in bytes.
const MAX_NAME: usize = 256;

/// Whether a name stands at `at`, with a key, a mark or the end of the call behind it.
pub(crate) fn name_follows(look: Look<'_>, at: usize, marks: &Marks) -> Need<bool> {
    let at = inner(&look, at, marks)?;
    Ok(name(&look, at, marks)?.is_some())
}

/// Past white space and the opener of a call, which may stand in a frame.
fn inner(look: &Look<'_>, at: usize, marks: &Marks) -> Need<usize> {
    let at = look.skip_space(at);
    if look.starts(at, marks.next)? {
        return Ok(look.skip_space(at + marks.next.len()));
    }
    Ok(at)
}

/// The name at `at`: its end, and where what follows begins.
fn name(look: &Look<'_>, at: usize, marks: &Marks) -> Need<Option<(usize, usize)>> {
    let bytes = look.text.as_bytes();
    let mut to = at;
    loop {
        let Some(byte) = look.byte(to)? else {
            return Ok(None);
        };
        if byte == b'<' || byte == b'\n' || byte == b'\\' {
            break;
        }
        if to - at > MAX_NAME || matches!(byte, b'{' | b'[' | b'(' | b'"' | b'`' | b'>' | b':') {
            return Ok(None);
        }
        to += 1;
    }
    let mut next = look.skip_space(to);
    // Line breaks that were written out.
    while look.starts(next, "\\n")? {
        next = look.skip_space(next + 2);
    }
    let end = to;
    if look.slice(at, end).trim().is_empty()
        || bytes[at..end].contains(&b' ') && look.slice(at, end).trim().contains(' ')
    {
        return Ok(None);
    }
    let marked = look.starts_any(next, marks.after_name)?.is_some()
        || look.starts(next, marks.key.0)?
        || look.starts(next, marks.end)?;
    Ok(marked.then_some((end, next)))
}

/// The machine.
#[derive(Debug)]
pub(crate) struct KeyedCall {
    marks: &'static Marks,
    state: State,
    at: usize,
    call: Option<Writer>,
    key: String,
    kind: Option<String>,
}

#[derive(Debug)]
enum State {
    Name,
    Marks,
    Until(What, usize, Seek),
}

#[derive(Debug, Clone, Copy)]
enum What {
    Key,
    Kind,
    Value,
    Junk,
}

impl KeyedCall {
    pub(crate) fn boxed(marks: &'static Marks, at: usize) -> Box<dyn Machine> {
        Box::new(Self {
            marks,
            state: State::Name,
            at,
            call: None,
            key: String::new(),
            kind: None,
        })
    }

    fn finish(&mut self, cx: &mut Cx<'_, '_>, end: usize, broken: bool) -> Outcome {
        if let Some(call) = self.call.take() {
            call.finish(cx, end, broken);
        }
        Outcome::Done(end)
    }

    fn marks(&mut self, cx: &mut Cx<'_, '_>) -> Need<Option<Outcome>> {
        let marks = self.marks;
        let look = cx.look;
        self.at = look.skip_space(self.at);
        // Line breaks that were written out.
        while look.starts(self.at, "\\n")? {
            self.at = look.skip_space(self.at + 2);
        }
        let at = self.at;
        if look.byte(at)?.is_none() {
            return Ok(Some(self.finish(cx, at, true)));
        }
        if look.starts(at, marks.end)? {
            return Ok(Some(self.finish(cx, at + marks.end.len(), false)));
        }
        if look.starts(at, marks.next)? {
            return Ok(Some(self.finish(cx, at, true)));
        }
        let until = |what, mark: &str| {
            let from = at + mark.len();
            State::Until(what, from, Seek::from(from))
        };
        self.state = if look.starts(at, marks.key.0)? {
            until(What::Key, marks.key.0)
        } else if look.starts(at, marks.value.0)? {
            until(What::Value, marks.value.0)
        } else if let Some((open, true)) = match marks.kind {
            Some((open, _)) => Some((open, look.starts(at, open)?)),
            None => None,
        } {
            until(What::Kind, open)
        } else if !self.key.is_empty() && !look.starts(at, "<")? {
            // The opener of the value is missing.
            until(What::Value, "")
        } else {
            State::Until(What::Junk, at, Seek::from(at + 1))
        };
        Ok(None)
    }

    fn ends(&self, what: What) -> [&'static str; 3] {
        // The first closes it; at the others it ends because it was left open.
        match what {
            What::Key => [self.marks.key.1, self.marks.value.0, self.marks.end],
            What::Kind => {
                let closer = self.marks.kind.map_or(self.marks.value.0, |kind| kind.1);
                [closer, self.marks.value.0, self.marks.end]
            }
            What::Value => [self.marks.value.1, self.marks.key.0, self.marks.end],
            What::Junk => ["<"; 3],
        }
    }

    fn found(&mut self, cx: &mut Cx<'_, '_>, what: What, from: usize, to: usize, closed: bool) {
        let text = cx.look.slice(from, to);
        // The line break before the next mark belongs to the markup.
        let text = if closed { text } else { text.trim_end() };
        match what {
            What::Key => self.key = text.trim().to_owned(),
            What::Kind => self.kind = Some(text.trim().to_owned()),
            What::Value => {
                let (key, kind) = (std::mem::take(&mut self.key), self.kind.take());
                if let (Some(call), false) = (&mut self.call, key.is_empty()) {
                    let tool = call.tool(cx.tools);
                    let value = match kind {
                        Some(kind) if parameter(tool, &key).0.is_none() => of_kind(text, &kind),
                        _ => typed(text, tool, &key, self.marks.untyped),
                    };
                    call.argument(cx, &key, value);
                }
            }
            What::Junk => {}
        }
    }
}

/// A text whose type the dialect names.
pub(crate) fn of_kind(text: &str, kind: &str) -> crate::json::Value {
    match kind {
        "string" => crate::json::Value::String(text.to_owned()),
        _ => by_types(text, 0, Untyped::Json),
    }
}

impl Machine for KeyedCall {
    fn step(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        loop {
            match &mut self.state {
                State::Name => {
                    self.at = inner(&cx.look, self.at, self.marks)?;
                    let Some((end, next)) = name(&cx.look, self.at, self.marks)? else {
                        return Ok(Outcome::Reject(self.at));
                    };
                    let name = cx.look.slice(self.at, end);
                    self.call = Some(Writer::start(cx, name, self.at));
                    self.at = next;
                    if let Some(len) = cx.look.starts_any(next, self.marks.after_name)? {
                        self.at += len;
                    }
                    self.state = State::Marks;
                }
                State::Marks => {
                    if let Some(outcome) = self.marks(cx)? {
                        return Ok(outcome);
                    }
                }
                State::Until(what, from, seek) => {
                    let (what, from) = (*what, *from);
                    let mut search = *seek;
                    let ends = self.ends(what);
                    let count = if matches!(what, What::Junk) { 1 } else { 3 };
                    let found = search.find(&cx.look, &ends[..count]);
                    if let State::Until(_, _, seek) = &mut self.state {
                        *seek = search;
                    }
                    let (to, next) = match found? {
                        Some((at, 0)) if !matches!(what, What::Junk) => (at, at + ends[0].len()),
                        Some((at, _)) => (at.max(from), at),
                        None => {
                            let rest = cx.look.text.get(from..).unwrap_or_default();
                            let end = rest
                                .find(self.marks.end)
                                .map_or(cx.look.text.len(), |at| from + at);
                            (end, end)
                        }
                    };
                    self.found(cx, what, from, to, next > to);
                    self.at = next;
                    self.state = State::Marks;
                }
            }
        }
    }
}
