//! Calls as elements: `<invoke name="f"><parameter name="a">1</parameter></invoke>` and its kin.

use super::writer::Writer;
use crate::json::Value;
use crate::toolcall::dialect::{Cx, Look, Machine, Need, Outcome, Seek};
use crate::toolcall::typed::{Untyped, by_types, is_wrapper, parameter, takes_text, typed};

/// What a dialect calls its elements. Tags are given without what follows their name.
#[derive(Debug)]
pub(crate) struct Tags {
    /// What may stand around the calls.
    pub(crate) section: &'static [&'static str],
    /// `<invoke`, `<function`: a name follows, as `=f` or ` name="f"`.
    pub(crate) call: &'static [&'static str],
    pub(crate) call_end: &'static [&'static str],
    /// `<parameter`
    pub(crate) parameter: &'static [&'static str],
    pub(crate) parameter_end: &'static [&'static str],
    /// What may close the block around the calls.
    pub(crate) section_end: &'static [&'static str],
    /// A value may also end where the next parameter begins, or the call ends.
    pub(crate) loose: bool,
    /// One line break around a value belongs to the markup.
    pub(crate) lines: bool,
    /// Parameters that the tool does not know are left out.
    pub(crate) drop_unknown: bool,
    /// Values may be CDATA.
    pub(crate) data: bool,
    pub(crate) untyped: Untyped,
}

impl Tags {
    /// The common names, without a prefix.
    pub(crate) const PLAIN: Self = Self {
        section: &[],
        call: &["<invoke"],
        call_end: &["</invoke>"],
        parameter: &["<parameter"],
        parameter_end: &["</parameter>"],
        section_end: &[],
        loose: false,
        lines: false,
        drop_unknown: false,
        data: false,
        untyped: Untyped::Json,
    };
}

/// Longest tag that is read, in bytes.
const MAX_TAG: usize = 1024;

/// A tag's name and attributes, and where it ends.
pub(crate) struct Tag<'a> {
    pub(crate) inside: &'a str,
    pub(crate) end: usize,
    pub(crate) closed: bool,
}

/// The tag whose name ends at `at`; none if it does not close.
pub(crate) fn tag<'a>(look: &Look<'a>, at: usize) -> Need<Option<Tag<'a>>> {
    let bytes = look.text.as_bytes();
    let mut quote = 0;
    for (offset, &byte) in bytes[at.min(bytes.len())..].iter().enumerate() {
        if offset > MAX_TAG {
            return Ok(None);
        }
        match byte {
            b'"' | b'\'' if quote == 0 && offset > 0 && bytes[at + offset - 1] == b'=' => {
                quote = byte
            }
            _ if quote != 0 && byte == quote => quote = 0,
            b'>' if quote == 0 => {
                let closed = offset > 0 && bytes[at + offset - 1] == b'/';
                let inside = look.slice(at, at + offset - usize::from(closed));
                return Ok(Some(Tag {
                    inside,
                    end: at + offset + 1,
                    closed,
                }));
            }
            b'\n' if quote == 0 && bytes[at] == b'=' && offset > 1 => {
                // The bracket is missing: markup on the next line shows that it was a tag.
                let end = at + offset;
                let next = look.byte(look.skip_space(end))?;
                let inside = look.slice(at, end);
                return Ok((next == Some(b'<')).then_some(Tag {
                    inside,
                    end,
                    closed: false,
                }));
            }
            b'<' | b'\n' if quote == 0 => return Ok(None),
            _ => {}
        }
    }
    if look.end {
        Ok(None)
    } else {
        Err(crate::toolcall::dialect::More)
    }
}

/// The value of an attribute: `key="..."`, `key='...'` or `key=word`.
pub(crate) fn attribute<'a>(inside: &'a str, key: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(found) = inside[from..].find(key) {
        let begin = from + found;
        let rest = inside[begin + key.len()..].trim_start();
        let apart = begin == 0 || inside.as_bytes()[begin - 1].is_ascii_whitespace();
        if let (true, Some(value)) = (apart, rest.strip_prefix('=')) {
            let value = value.trim_start();
            return match value.bytes().next() {
                Some(quote @ (b'"' | b'\'')) => {
                    let value = &value[1..];
                    Some(value.find(quote as char).map_or(value, |end| &value[..end]))
                }
                _ => Some(value.split_whitespace().next().unwrap_or_default()),
            };
        }
        from = begin + key.len();
    }
    None
}

/// The name in a tag: `=f` or ` name="f"`.
fn name_in(inside: &str) -> &str {
    let name = match inside.strip_prefix('=') {
        Some(rest) => rest,
        None => attribute(inside, "name").unwrap_or_default(),
    };
    name.trim().trim_matches(['"', '\'']).trim()
}

/// Whether a call's opening tag stands at the beginning,
/// the opener of the section first, if there is one.
pub(crate) fn call_follows(look: Look<'_>, tags: &Tags) -> Need<bool> {
    let section = look.starts_any(0, tags.section)?.unwrap_or(0);
    let at = look.skip_space(section);
    let Some(len) = look.starts_any(at, tags.call)? else {
        return Ok(false);
    };
    match tag(&look, at + len)? {
        Some(tag) => Ok(!name_in(tag.inside).is_empty()),
        None => Ok(false),
    }
}

/// The machine.
#[derive(Debug)]
pub(crate) struct XmlCalls {
    tags: &'static Tags,
    state: State,
    at: usize,
    last: usize,
    call: Option<Writer>,
    found: bool,
}

#[derive(Debug)]
enum State {
    Begin,
    Section,
    Inside,
    Value {
        key: String,
        text: Option<bool>,
        from: usize,
        seek: Seek,
    },
    Data {
        key: String,
        from: usize,
        seek: Seek,
    },
    Junk(Seek),
}

impl XmlCalls {
    pub(crate) fn boxed(tags: &'static Tags) -> Box<dyn Machine> {
        Box::new(Self {
            tags,
            state: State::Begin,
            at: 0,
            last: 0,
            call: None,
            found: false,
        })
    }

    fn section(&mut self, cx: &mut Cx<'_, '_>) -> Need<Option<Outcome>> {
        let at = cx.look.skip_space(self.at);
        self.at = at;
        if let Some(len) = cx.look.starts_any(at, self.tags.section_end)? {
            let end = at + len;
            return Ok(Some(if self.found {
                Outcome::Done(end)
            } else {
                Outcome::Reject(end)
            }));
        }
        if let Some(len) = cx.look.starts_any(at, self.tags.call)? {
            if let Some(tag) = tag(&cx.look, at + len)? {
                let name = name_in(tag.inside);
                if !name.is_empty() {
                    let call = Writer::start(cx, name, at);
                    self.found = true;
                    self.at = tag.end;
                    self.last = tag.end;
                    if tag.closed {
                        call.finish(cx, tag.end, false);
                    } else {
                        self.call = Some(call);
                        self.state = State::Inside;
                    }
                    return Ok(None);
                }
            }
        }
        Ok(Some(if self.found {
            Outcome::Done(self.last)
        } else {
            Outcome::Reject(at)
        }))
    }

    fn close(&mut self, cx: &mut Cx<'_, '_>, end: usize, broken: bool) {
        if let Some(call) = self.call.take() {
            call.finish(cx, end, broken);
        }
        self.at = end;
        self.last = end;
        self.state = State::Section;
    }

    fn inside(&mut self, cx: &mut Cx<'_, '_>) -> Need<()> {
        let at = cx.look.skip_space(self.at);
        self.at = at;
        if cx.look.byte(at)?.is_none() {
            self.close(cx, at, true);
        } else if let Some(len) = cx.look.starts_any(at, self.tags.call_end)? {
            self.close(cx, at + len, false);
        } else if cx.look.starts_any(at, self.tags.section_end)?.is_some()
            || cx.look.starts_any(at, self.tags.call)?.is_some()
        {
            self.close(cx, at, true);
        } else if let Some(len) = cx.look.starts_any(at, self.tags.parameter)? {
            match tag(&cx.look, at + len)? {
                Some(tag) => {
                    let key = name_in(tag.inside).to_owned();
                    let text = attribute(tag.inside, "string").map(|flag| flag == "true");
                    let data = cx.look.skip_space(tag.end);
                    let is_data = self.tags.data && cx.look.starts(data, "<![CDATA[")?;
                    let (from, seek) = (tag.end, Seek::from(tag.end));
                    self.at = tag.end;
                    self.state = if is_data {
                        let from = data + "<![CDATA[".len();
                        let seek = Seek::from(from);
                        State::Data { key, from, seek }
                    } else {
                        State::Value {
                            key,
                            text,
                            from,
                            seek,
                        }
                    };
                }
                None => self.state = State::Junk(Seek::from(at + 1)),
            }
        } else {
            self.state = State::Junk(Seek::from(at + 1));
        }
        Ok(())
    }

    /// Where the value that is sought ends, and where the text goes on.
    fn value_end(&self, look: &Look<'_>, seek: &mut Seek) -> Need<(usize, usize)> {
        if !self.tags.loose {
            let found = seek.find(look, self.tags.parameter_end)?;
            let len = |which: usize| self.tags.parameter_end[which].len();
            return Ok(match found {
                Some((at, which)) => (at, at + len(which)),
                None => {
                    // Never closed: it goes to the end of its call.
                    let from = self.at.min(look.text.len());
                    let ends = self.tags.call_end.iter().chain(self.tags.section_end);
                    let end = ends
                        .filter_map(|end| look.text.get(from..)?.find(end))
                        .min()
                        .map_or(look.text.len(), |found| from + found);
                    (end, end)
                }
            });
        }
        loop {
            let Some((at, _)) = seek.find(look, &["<"])? else {
                return Ok((look.text.len(), look.text.len()));
            };
            if let Some(len) = look.starts_any(at, self.tags.parameter_end)? {
                return Ok((at, at + len));
            }
            if look.starts_any(at, self.tags.call_end)?.is_some() {
                return Ok((at, at));
            }
            if let Some(len) = look.starts_any(at, self.tags.parameter)? {
                if matches!(look.byte(at + len)?, Some(b'=' | b' ')) {
                    return Ok((at, at));
                }
            }
            *seek = Seek::from(at + 1);
        }
    }

    fn argument(&mut self, cx: &mut Cx<'_, '_>, key: &str, value: Value) {
        if let Some(call) = &mut self.call {
            let unknown = self.tags.drop_unknown && {
                let (node, known) = parameter(call.tool(cx.tools), key);
                known && node.is_none()
            };
            if !key.is_empty() && (is_wrapper(key) || !unknown) {
                call.argument(cx, key, value);
            }
        }
    }

    fn value(
        &mut self,
        cx: &mut Cx<'_, '_>,
        key: &str,
        text: Option<bool>,
        from: usize,
        to: usize,
    ) {
        let mut raw = cx.look.slice(from, to);
        if self.tags.lines {
            raw = raw
                .strip_prefix("\r\n")
                .or_else(|| raw.strip_prefix('\n'))
                .unwrap_or(raw);
            raw = raw
                .strip_suffix('\n')
                .map_or(raw, |raw| raw.strip_suffix('\r').unwrap_or(raw));
        }
        let tool = self.call.as_ref().and_then(|call| call.tool(cx.tools));
        let value = match text {
            Some(true) if takes_text(tool, key) => Value::String(raw.to_owned()),
            Some(false) if parameter(tool, key).0.is_none() => by_types(raw, 0, Untyped::Json),
            _ => typed(raw, tool, key, self.tags.untyped),
        };
        self.argument(cx, key, value);
    }
}

impl Machine for XmlCalls {
    fn step(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        loop {
            match &mut self.state {
                State::Begin => {
                    self.at = cx.look.starts_any(0, self.tags.section)?.unwrap_or(0);
                    self.state = State::Section;
                }
                State::Section => {
                    if let Some(outcome) = self.section(cx)? {
                        return Ok(outcome);
                    }
                }
                State::Inside => self.inside(cx)?,
                State::Junk(seek) => {
                    match seek.find(&cx.look, &["<"])? {
                        Some((at, _)) => self.at = at,
                        None => self.at = cx.look.text.len(),
                    }
                    self.state = State::Inside;
                }
                State::Value { seek, .. } => {
                    let mut seek = *seek;
                    let found = self.value_end(&cx.look, &mut seek);
                    if let State::Value { seek: kept, .. } = &mut self.state {
                        *kept = seek;
                    }
                    let (to, next) = found?;
                    if let State::Value {
                        key, text, from, ..
                    } = std::mem::replace(&mut self.state, State::Inside)
                    {
                        self.value(cx, &key, text, from, to);
                    }
                    self.at = next;
                }
                State::Data { seek, .. } => {
                    let found = seek.find(&cx.look, &["]]>"])?;
                    let to = found.map_or(cx.look.text.len(), |(at, _)| at);
                    if let State::Data { key, from, .. } =
                        std::mem::replace(&mut self.state, State::Inside)
                    {
                        let value = Value::String(cx.look.slice(from, to).to_owned());
                        self.argument(cx, &key, value);
                    }
                    let mut next = found.map_or(to, |(at, _)| at + 3);
                    next = cx.look.skip_space(next);
                    // The closing tag is junk to `inside`, which passes over it.
                    self.at = next;
                }
            }
        }
    }
}
