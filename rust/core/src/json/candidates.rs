//! Finding the value in a text: fences, prose around it, several candidates.
//!
//! Of several candidates the highest rank is taken. A container with content that reads as JSON outranks an empty one,
//! and that one what may well be prose (`[1]`, `[word]`, `{word}`); within these, a block fenced as JSON outranks any
//! other fenced block, and that one unfenced text. Candidates of one rank, in order, become one list.

use super::error::{Error, ErrorKind, MAX_INPUT};
use super::lenient::{Mark, Parser, Place};
use super::report::{Repair, RepairKind};
use super::strict;
use super::tape::{Node, Tape};
use super::value::Value;

/// How to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Keep the list of repairs.
    pub report: bool,
    /// Read the text as one that is still being written: what is unfinished at its end is kept as far as it is known,
    /// a key without its value is left out.
    pub partial: bool,
}

/// A value and what was mended.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// The value.
    pub value: Value,
    /// What was mended, by position; empty unless asked for.
    pub repairs: Vec<Repair>,
}

/// A value in flat form, what was mended, and how the text ended.
#[derive(Debug, Default)]
pub struct Reading {
    /// The value.
    pub tape: Tape,
    /// What was mended, by position; empty unless asked for.
    pub repairs: Vec<Repair>,
    /// The text ended inside the value.
    pub truncated: bool,
    /// In a partial text, the node of a number that may still grow.
    pub unsure: Option<usize>,
}

/// One place in the text that reads as a value. Small, for a text may hold very many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) rank: u32,
    pub(crate) nodes: (u32, u32),
    pub(crate) span: (u32, u32),
    pub(crate) repairs: (u32, u32),
    pub(crate) truncated: bool,
}

/// What was found in a text.
pub(crate) struct Found {
    pub(crate) candidates: Vec<Candidate>,
    /// Candidates that were outranked and let go.
    pub(crate) outranked: usize,
}

impl From<Candidate> for Found {
    fn from(candidate: Candidate) -> Self {
        Self {
            candidates: vec![candidate],
            outranked: 0,
        }
    }
}

impl Found {
    /// Keep a candidate that was just read, unless only the highest rank is wanted and this is not of it.
    fn add(&mut self, parser: &mut Parser<'_>, mark: Mark, mut new: Candidate, all: bool) {
        match self.candidates.last().map(|last| last.rank) {
            Some(best) if !all && new.rank < best => {
                self.outranked += 1;
                parser.rewind(mark);
                return;
            }
            Some(best) if !all && new.rank > best => {
                self.outranked += self.candidates.len();
                self.candidates.clear();
                parser.tape.nodes.drain(..mark.nodes);
                parser.repairs.drain(..mark.repairs);
                parser.unsure = parser.unsure.map(|node| node - mark.nodes);
                new.nodes = (0, new.nodes.1 - new.nodes.0);
                new.repairs = (0, new.repairs.1 - new.repairs.0);
            }
            _ => {}
        }
        self.candidates.push(new);
    }
}

/// Find the value in `text` and mend it.
///
/// # Errors
/// Empty text, no value, or nesting beyond [`super::MAX_DEPTH`].
pub fn repair(text: &str, options: &Options) -> Result<Repaired, Error> {
    let reading = read(text, options)?;
    Ok(Repaired {
        value: reading.tape.to_value(text),
        repairs: reading.repairs,
    })
}

/// The lenient value that begins at the start of the text, white space aside; the number of bytes it takes; and
/// whether it was complete. None if no value begins there.
pub fn repair_prefix(text: &str) -> Option<(Value, usize, bool)> {
    if text.len() > MAX_INPUT {
        return None;
    }
    let mut parser = Parser::new(text);
    match parser.value(Place::Top) {
        Ok(true) => Some((parser.tape.to_value(text), parser.at, !parser.truncated)),
        _ => None,
    }
}

/// As [`repair`], in flat form.
///
/// # Errors
/// As [`repair`].
pub fn read(text: &str, options: &Options) -> Result<Reading, Error> {
    if text.len() > MAX_INPUT {
        return Err(Error::new(ErrorKind::TooLong, MAX_INPUT));
    }
    match strict::parse_likely(text) {
        // A number at the very end of a text that is still being written may grow.
        Ok(tape) => {
            let number = options.partial
                && matches!(tape.nodes.first(), Some(Node::Int(_) | Node::Float(_)));
            return Ok(Reading {
                tape,
                unsure: number.then_some(0),
                ..Reading::default()
            });
        }
        Err(error) if error.kind == ErrorKind::TooDeep || error.kind == ErrorKind::Empty => {
            return Err(error);
        }
        Err(_) => {}
    }
    let mut parser = Parser::new(text);
    parser.report = options.report;
    parser.partial = options.partial;
    let found = find(&mut parser, false)?;
    Ok(choose(parser, &found))
}

/// The candidates of a text, at least one: all of them, or those of the highest rank.
pub(crate) fn find(parser: &mut Parser<'_>, all: bool) -> Result<Found, Error> {
    parser.skip_trivia();
    let start = after_reasoning(parser);
    parser.at = start;
    if start >= parser.bytes.len() {
        return Err(Error::new(ErrorKind::Empty, 0));
    }
    if let Some(candidate) = quoted_start(parser, start)? {
        return Ok(candidate.into());
    }
    let found = scan(parser, start, all)?;
    if found.candidates.is_empty() {
        return match scalar(parser, start)? {
            Some(candidate) => Ok(candidate.into()),
            None => Err(Error::new(ErrorKind::NoValue, start)),
        };
    }
    Ok(found)
}

/// Where the answer begins, after a block of reasoning.
fn after_reasoning(parser: &Parser<'_>) -> usize {
    const END: &str = "</think>";
    let start = parser.at;
    if matches!(parser.byte(start), Some(b'{' | b'[' | b'"')) {
        return start;
    }
    let text = &parser.text[start..];
    let mut end = text.len();
    // By its first character, which a search of words finds ten times as fast as one of patterns.
    while let Some(found) = text[..end].rfind('<') {
        if text[found..].starts_with(END) {
            let answer = found + END.len();
            return if text[answer..].contains(['{', '[']) {
                start + answer
            } else {
                start
            };
        }
        end = found;
    }
    start
}

fn candidate(parser: &Parser<'_>, from: usize, mark: &Mark, rank: u32) -> Candidate {
    Candidate {
        rank,
        nodes: (mark.nodes as u32, parser.tape.nodes.len() as u32),
        span: (from as u32, parser.at as u32),
        repairs: (mark.repairs as u32, parser.repairs.len() as u32),
        truncated: parser.truncated,
    }
}

/// A text that begins with a quote (or a parenthesis): a string, alone, or the first key of an object without braces.
fn quoted_start(parser: &mut Parser<'_>, start: usize) -> Result<Option<Candidate>, Error> {
    let quote = super::lenient::is_quote(parser.bytes, start) && !parser.starts(start, b"```");
    if !quote && parser.byte(start) != Some(b'(') {
        return Ok(None);
    }
    let mark = parser.mark();
    let read = parser.value(Place::Top)?;
    let end = parser.at;
    parser.skip_trivia();
    while matches!(parser.byte(parser.at), Some(b';' | b',')) {
        parser.at += 1;
        parser.skip_trivia();
    }
    if read && parser.at >= parser.bytes.len() {
        return Ok(Some(candidate(parser, start, &mark, u32::MAX)));
    }
    let key = quote
        && end > start
        && parser.byte(super::lenient::skip_space(parser.bytes, end)) == Some(b':');
    parser.rewind(mark);
    (parser.at, parser.truncated) = (start, false);
    if key {
        parser.note(RepairKind::MissingOpener, start);
        parser.object_body()?;
        return Ok(Some(candidate(parser, start, &mark, u32::MAX)));
    }
    Ok(None)
}

/// A text that is one literal or number.
fn scalar(parser: &mut Parser<'_>, start: usize) -> Result<Option<Candidate>, Error> {
    let mut from = start;
    if parser.starts(from, b"```") {
        from += 3;
        while parser
            .byte(from)
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
        {
            from += 1;
        }
    }
    parser.at = from;
    parser.skip_trivia();
    let mark = parser.mark();
    let weak = parser.weak;
    let read = parser.value(Place::Top)?;
    let end = parser.at;
    parser.skip_trivia();
    while matches!(parser.byte(parser.at), Some(b';' | b',' | b'`')) {
        parser.at += 1;
        parser.skip_trivia();
    }
    let whole = parser.at >= parser.bytes.len() && parser.weak == weak;
    parser.at = end;
    if read && whole {
        return Ok(Some(candidate(parser, from, &mark, u32::MAX)));
    }
    parser.rewind(mark);
    Ok(None)
}

/// Every object and array in the text, outermost ones only.
fn scan(parser: &mut Parser<'_>, start: usize, all: bool) -> Result<Found, Error> {
    let mut found = Found {
        candidates: Vec::new(),
        outranked: 0,
    };
    let mut fence = 0;
    let mut at = start;
    while let Some(byte) = parser.byte(at) {
        match byte {
            b'{' | b'[' => {
                let mark = parser.mark();
                parser.at = at;
                parser.truncated = false;
                parser.unsure = None;
                parser.value(Place::Top)?;
                let class = class(parser, &mark, at, at == start);
                if class == 0
                    && (parser.truncated || parser.at <= at)
                    && parser.pay((parser.at - at) * 4)
                {
                    // It ran to the end and made no sense: an opening bracket in prose.
                    parser.rewind(mark);
                    at += 1;
                    continue;
                }
                let new = candidate(parser, at, &mark, class * 4 + fence);
                at = parser.at.max(at + 1);
                found.add(parser, mark, new, all);
            }
            b'`' if parser.starts(at, b"```") => {
                at += 3;
                let info = at;
                while parser
                    .byte(at)
                    .is_some_and(|byte| byte.is_ascii_alphanumeric())
                {
                    at += 1;
                }
                fence = match (fence, &parser.text[info..at]) {
                    (0, "json" | "JSON" | "json5" | "jsonc" | "jsonl") => 2,
                    (0, _) => 1,
                    _ => 0,
                };
            }
            _ => at += 1,
        }
    }
    Ok(found)
}

/// How much the container read since `mark` looks like JSON: 2 yes, 1 empty, 0 perhaps prose.
fn class(parser: &Parser<'_>, mark: &Mark, from: usize, whole: bool) -> u32 {
    let weak = parser.weak - mark.weak;
    match (
        parser.tape.nodes.get(mark.nodes),
        parser.tape.nodes.get(mark.nodes + 1),
    ) {
        (Some(Node::Array(0) | Node::Object(0)), _) => {
            let inner = parser.at.saturating_sub(from);
            u32::from(weak == 0 && (inner < 16 || whole))
        }
        (Some(Node::Array(1)), Some(Node::Int(_))) if !whole => 0,
        (Some(Node::Array(count)), _) if weak >= *count as usize && !whole => 0,
        (Some(Node::Object(count)), _) if weak > *count as usize => 0,
        (Some(_), _) => 2,
        (None, _) => 0,
    }
}

/// The reading that candidates of one rank amount to.
fn choose(parser: Parser<'_>, found: &Found) -> Reading {
    let best = &found.candidates;
    let truncated = best.iter().any(|candidate| candidate.truncated);
    let mut repairs = Vec::new();
    if parser.report {
        report_choice(&mut repairs, found, parser.bytes.len());
        for candidate in best {
            repairs.extend_from_slice(
                &parser.repairs[candidate.repairs.0 as usize..candidate.repairs.1 as usize],
            );
        }
        repairs.sort_by_key(|repair| repair.position);
    }
    let mut tape = parser.tape;
    let mut unsure = parser.unsure;
    if best.len() == 1 {
        let (from, to) = (best[0].nodes.0 as usize, best[0].nodes.1 as usize);
        tape.nodes.truncate(to);
        tape.nodes.drain(..from);
        unsure = unsure.and_then(|node| node.checked_sub(from));
    } else {
        // Candidates of one rank follow each other on the tape: what stood between them was taken back.
        tape.nodes.insert(0, Node::Array(best.len() as u32));
        unsure = unsure.map(|node| node + 1);
    }
    Reading {
        tape,
        repairs,
        truncated,
        unsure,
    }
}

fn report_choice(repairs: &mut Vec<Repair>, found: &Found, len: usize) {
    let best = &found.candidates;
    let first = best
        .first()
        .map_or(0, |candidate| candidate.span.0 as usize);
    let last = best.last().map_or(0, |candidate| candidate.span.1 as usize);
    if first > 0 {
        repairs.push(Repair {
            kind: RepairKind::SurroundingText,
            position: 0,
        });
    }
    if last < len {
        repairs.push(Repair {
            kind: RepairKind::SurroundingText,
            position: last,
        });
    }
    if found.outranked > 0 {
        repairs.push(Repair {
            kind: RepairKind::ChosenCandidate,
            position: first,
        });
    }
    if best.len() > 1 {
        repairs.push(Repair {
            kind: RepairKind::SeveralValues,
            position: first,
        });
    }
}
