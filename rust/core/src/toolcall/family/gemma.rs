//! Gemma's own notation: `call:f{a:1,b:<|"|>x<|"|>,c:[...]}`.

use crate::json::{Schema, Value, parse_strict};
use crate::toolcall::call::ParsedCall;
use crate::toolcall::call::known;
use crate::toolcall::dialect::{Cx, Look, Machine, More, Need, Outcome};
use crate::toolcall::python::{PyScan, arguments};
use crate::toolcall::typed::{Untyped, by_types, item_of, property_of, put, types_at};

/// The marks of a dialect.
#[derive(Debug)]
pub(crate) struct Marks {
    /// What opens and closes a string.
    pub(crate) quote: &'static str,
    pub(crate) closers: &'static [&'static str],
}

const MAX_DEPTH: usize = 128;
const MAX_NAME: usize = 256;

/// The name at `at`, behind an optional `call:`: its beginning and its end, before a `{` or `(`, or before the closer
/// where the arguments are missing.
pub(crate) fn name(look: &Look<'_>, at: usize, marks: &Marks) -> Need<Option<(usize, usize)>> {
    let mut at = look.skip_space(at);
    if look.starts(at, "call:")? {
        at = look.skip_space(at + 5);
    } else if look.starts(at, ":")? {
        at += 1;
    }
    let mut to = at;
    loop {
        match look.byte(to)? {
            Some(b'{' | b'(') if to > at => return Ok(Some((at, to))),
            Some(byte)
                if byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/')
                    || byte >= 0x80 =>
            {
                to += 1
            }
            Some(b' ') if to > at => to += 1,
            Some(b'<') if to > at && look.starts_any(to, marks.closers)?.is_some() => {
                return Ok(Some((at, to)));
            }
            _ => return Ok(None),
        }
        if to - at > MAX_NAME {
            return Ok(None);
        }
    }
}

/// The machine.
#[derive(Debug)]
pub(crate) struct GemmaCall {
    marks: &'static Marks,
    at: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    Begin,
    Scan {
        start: usize,
        open: usize,
        index: u32,
        scan: Scan,
    },
    After(usize),
}

#[derive(Debug)]
enum Scan {
    Python(PyScan),
    Braces {
        at: usize,
        depth: usize,
        quoted: Option<bool>,
    },
}

impl GemmaCall {
    pub(crate) fn boxed(marks: &'static Marks, at: usize) -> Box<dyn Machine> {
        Box::new(Self {
            marks,
            at,
            state: State::Begin,
        })
    }

    /// The end of the braces that open at the scanner's first byte.
    fn braces(
        marks: &Marks,
        look: &Look<'_>,
        at: &mut usize,
        depth: &mut usize,
        quoted: &mut Option<bool>,
    ) -> Need<Option<usize>> {
        let bytes = look.text.as_bytes();
        while let Some(&byte) = bytes.get(*at) {
            match *quoted {
                Some(true) => {
                    if byte == marks.quote.as_bytes()[0] && look.starts(*at, marks.quote)? {
                        *quoted = None;
                        *at += marks.quote.len();
                        continue;
                    }
                }
                Some(false) => {
                    if byte == b'\\' {
                        if *at + 1 >= bytes.len() {
                            break;
                        }
                        *at += 1;
                    } else if byte == b'"' {
                        *quoted = None;
                    }
                }
                None => match byte {
                    _ if byte == marks.quote.as_bytes()[0] && look.starts(*at, marks.quote)? => {
                        *quoted = Some(true);
                        *at += marks.quote.len();
                        continue;
                    }
                    b'<' if look.starts_any(*at, marks.closers)?.is_some() => return Ok(None),
                    b'"' => *quoted = Some(false),
                    b'{' | b'[' => *depth += 1,
                    b'}' | b']' => {
                        *depth = depth.saturating_sub(1);
                        if *depth == 0 {
                            *at += 1;
                            return Ok(Some(*at));
                        }
                    }
                    _ => {}
                },
            }
            *at += 1;
        }
        if look.end { Ok(None) } else { Err(More) }
    }

    /// The end of a string in quotation marks that never ends, or of braces that do not: the closer.
    fn cut(&self, look: &Look<'_>, from: usize) -> usize {
        let text = look.text.get(from..).unwrap_or_default();
        let found = self
            .marks
            .closers
            .iter()
            .filter_map(|closer| text.find(closer))
            .min();
        found.map_or(look.text.len(), |found| from + found)
    }

    fn ready(
        &self,
        cx: &mut Cx<'_, '_>,
        start: usize,
        open: usize,
        index: u32,
        end: Option<usize>,
    ) -> usize {
        let to = end.unwrap_or_else(|| self.cut(&cx.look, open));
        let name = known(cx.look.slice(start, open), cx.tools);
        let tool = cx.tools.get(name);
        let inside = cx
            .look
            .slice(open + 1, to.saturating_sub(usize::from(end.is_some())));
        let value = if cx.look.text.as_bytes().get(open) == Some(&b'<') {
            Value::Object(Vec::new())
        } else if cx.look.text.as_bytes().get(open) == Some(&b'(') {
            let order = tool.map(|tool| tool.parameters()).unwrap_or_default();
            Value::Object(arguments(inside, &order).unwrap_or_default())
        } else {
            let schema = tool.and_then(|tool| tool.schema.as_ref());
            let mut reader = Reader {
                text: inside,
                at: 0,
                quote: self.marks.quote,
            };
            reader.object(schema.map(|schema| (schema, schema.root)), 0)
        };
        let span = (cx.base + start, cx.base + to);
        let mut call = ParsedCall::new(name, value, span);
        if end.is_none() {
            call.unterminated(span.1);
        }
        cx.out.arguments(index, &call.arguments.to_json());
        cx.out.ready(index, call);
        to
    }
}

impl Machine for GemmaCall {
    fn step(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        loop {
            match &mut self.state {
                State::Begin => {
                    let Some((start, open)) = name(&cx.look, self.at, self.marks)? else {
                        return Ok(Outcome::Reject(self.at));
                    };
                    let index = cx.out.start(known(cx.look.slice(start, open), cx.tools));
                    let scan = if cx.look.text.as_bytes()[open] == b'(' {
                        Scan::Python(PyScan::new(open))
                    } else {
                        Scan::Braces {
                            at: open,
                            depth: 0,
                            quoted: None,
                        }
                    };
                    self.state = State::Scan {
                        start,
                        open,
                        index,
                        scan,
                    };
                }
                State::Scan {
                    start,
                    open,
                    index,
                    scan,
                } => {
                    let end = match scan {
                        Scan::Python(scan) => scan.run(&cx.look)?,
                        Scan::Braces { at, depth, quoted } => {
                            Self::braces(self.marks, &cx.look, at, depth, quoted)?
                        }
                    };
                    let (start, open, index) = (*start, *open, *index);
                    let to = self.ready(cx, start, open, index, end);
                    self.state = State::After(to);
                }
                State::After(to) => {
                    let mut at = cx.look.skip_space(*to);
                    // Closers too many.
                    while matches!(cx.look.byte(at)?, Some(b'}' | b')')) {
                        at += 1;
                    }
                    let closer = cx.look.starts_any(at, self.marks.closers)?;
                    return Ok(Outcome::Done(closer.map_or(*to, |len| at + len)));
                }
            }
        }
    }
}

type At<'s> = Option<(&'s Schema, usize)>;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    quote: &'static str,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Pairs up to a closing brace or the end.
    fn object(&mut self, schema: At<'_>, depth: usize) -> Value {
        let mut pairs = Vec::new();
        loop {
            self.space();
            match self.rest().bytes().next() {
                None => break,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',' | b']' | b':') => {
                    self.at += 1;
                    continue;
                }
                Some(_) => {}
            }
            let key = match self.string() {
                Some(key) => key,
                None => self.bare(&[':', ',', '}']).to_owned(),
            };
            self.space();
            if !self.rest().starts_with(':') {
                // A key that the end cut off.
                continue;
            }
            self.at += 1;
            if let Some(value) = self.value(
                schema.and_then(|at| property_of(at, &key)),
                depth + 1,
                false,
            ) {
                put(&mut pairs, &key, value);
            }
        }
        Value::Object(pairs)
    }

    fn list(&mut self, schema: At<'_>, depth: usize) -> Value {
        let mut items = Vec::new();
        loop {
            self.space();
            match self.rest().bytes().next() {
                None => break,
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                Some(b',' | b'}') => self.at += 1,
                Some(_) => items.extend(self.value(schema.and_then(item_of), depth + 1, true)),
            }
        }
        Value::Array(items)
    }

    fn value(&mut self, schema: At<'_>, depth: usize, listed: bool) -> Option<Value> {
        self.space();
        if let Some(text) = self.string() {
            return Some(Value::String(text));
        }
        match self.rest().bytes().next()? {
            b'{' if depth < MAX_DEPTH => {
                self.at += 1;
                Some(self.object(schema, depth))
            }
            b'[' if depth < MAX_DEPTH => {
                self.at += 1;
                Some(self.list(schema, depth))
            }
            b',' | b'}' | b']' => Some(Value::String(String::new())),
            _ => {
                let text = if listed {
                    self.bare(&[',', '}', ']'])
                } else {
                    self.sentence()
                };
                Some(match schema {
                    Some(at) => by_types(text, types_at(at), Untyped::Json),
                    None => by_types(text, 0, Untyped::Json),
                })
            }
        }
    }

    /// A string in the dialect's own quotes, or in quotation marks as JSON writes it.
    fn string(&mut self) -> Option<String> {
        if let Some(inside) = self.rest().strip_prefix(self.quote) {
            let end = inside.find(self.quote);
            self.at += self.quote.len() + end.map_or(inside.len(), |end| end + self.quote.len());
            return Some(inside[..end.unwrap_or(inside.len())].to_owned());
        }
        let inside = self.rest().strip_prefix('"')?;
        let mut escaped = false;
        let end = inside.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let from = self.at;
        self.at += 1 + end.map_or(inside.len(), |end| end + 1);
        match (end, parse_strict(&self.text[from..self.at])) {
            (Some(_), Ok(Value::String(text))) => Some(text),
            _ => Some(inside[..end.unwrap_or(inside.len())].to_owned()),
        }
    }

    /// A bare value of an object: a comma ends it only where a key follows.
    fn sentence(&mut self) -> &'a str {
        let from = self.at;
        loop {
            self.bare(&[',', '}', ']']);
            let rest = self.rest();
            let Some(next) = rest.strip_prefix(',') else {
                break;
            };
            let next = next.trim_start();
            let word = |character: char| {
                character.is_alphanumeric() || matches!(character, '_' | '-' | '"')
            };
            let key = next.len() - next.trim_start_matches(word).len();
            if next.is_empty() || key > 0 && next[key..].trim_start().starts_with(':') {
                break;
            }
            self.at += 1;
        }
        self.text[from..self.at].trim()
    }

    fn bare(&mut self, ends: &[char]) -> &'a str {
        let rest = self.rest();
        let end = rest.find(ends).unwrap_or(rest.len());
        self.at += end.max(1).min(rest.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        rest[..end].trim()
    }
}
