//! Objects, with quotes, colons, commas and brackets missing, doubled or mixed up.

use super::quotes::{After, opening};
use super::space::skip_space;
use super::{Frame, Mark, Parser, Place};
use crate::json::error::Error;
use crate::json::report::RepairKind;
use crate::json::tape::Node;

/// How reading the key of a pair went.
pub(super) enum Pair {
    /// A key stands on the tape, its value comes next.
    Key,
    /// Nothing was pushed; go on.
    Skipped,
    /// The object turned out to be a set: its first item stands on the tape.
    Set,
    /// A key without a value stands on the tape.
    Lone,
}

/// What stands where a pair could.
pub(super) enum Step {
    /// The container ends.
    End,
    /// Something was skipped.
    Again,
    /// A pair or an item.
    Content,
}

/// An object being read.
struct Reading {
    count: u32,
    /// A comma stands before what comes next, or nothing has come yet.
    comma: bool,
    /// Opening braces that were doubled.
    extra: usize,
    /// The node of the last value, if it was an array.
    array: Option<usize>,
}

impl Parser<'_> {
    /// Read the object whose `{` stands here.
    pub(crate) fn object(&mut self) -> Result<(), Error> {
        self.at += 1;
        self.object_body()
    }

    /// Read an object whose `{` is read or missing.
    pub(crate) fn object_body(&mut self) -> Result<(), Error> {
        self.enter(Frame::Object)?;
        let head = self.tape.nodes.len();
        self.push(Node::Object(0));
        let done = self.pairs(head);
        self.leave();
        done
    }

    /// Read pairs until the object ends.
    fn pairs(&mut self, head: usize) -> Result<(), Error> {
        let mut reading = Reading {
            count: 0,
            comma: true,
            extra: 0,
            array: None,
        };
        loop {
            self.skip_trivia();
            match self.before_pair(&mut reading)? {
                Step::End => break,
                Step::Again => continue,
                Step::Content => {}
            }
            let (before, from) = (self.mark(), self.at);
            match self.pair_key(reading.count, reading.comma)? {
                Pair::Skipped => {
                    if self.at == from {
                        self.skip_character();
                    }
                    continue;
                }
                Pair::Set => {
                    self.note(RepairKind::Tuple, from);
                    self.leave();
                    self.enter(Frame::Array)?;
                    return self.items(head, 1, Frame::Array);
                }
                Pair::Lone => self.push(Node::Null),
                Pair::Key => {
                    if !self.member(&mut reading, before, from)? {
                        continue;
                    }
                }
            }
            reading.count += 1;
            if !reading.comma {
                self.note(RepairKind::MissingComma, from);
            }
            reading.comma = false;
        }
        self.tape.nodes[head] = Node::Object(reading.count);
        Ok(())
    }

    /// Deal with whatever is no pair.
    fn before_pair(&mut self, reading: &mut Reading) -> Result<Step, Error> {
        let Some(byte) = self.byte(self.at) else {
            self.missing_closer();
            return Ok(Step::End);
        };
        match byte {
            b'}' => {
                if reading.comma && reading.count > 0 {
                    self.note(RepairKind::ExtraComma, self.at);
                }
                self.at += 1;
                if reading.extra == 0 {
                    return Ok(Step::End);
                }
                reading.extra -= 1;
            }
            b',' | b';' => {
                if reading.comma || byte == b';' {
                    self.note(RepairKind::ExtraComma, self.at);
                }
                reading.comma = true;
                self.at += 1;
            }
            b']' | b')' => {
                if self.object_ends_at_other(byte) {
                    return Ok(Step::End);
                }
            }
            b'`' if self.starts(self.at, b"```") => {
                self.missing_closer();
                return Ok(Step::End);
            }
            b'{' => {
                let outer = self
                    .open
                    .len()
                    .checked_sub(2)
                    .and_then(|index| self.open.get(index));
                if reading.count > 0 && outer == Some(&Frame::Array) {
                    self.missing_closer();
                    return Ok(Step::End);
                }
                self.note(RepairKind::ExtraOpener, self.at);
                reading.extra += 1;
                self.at += 1;
            }
            b'[' if reading.array.is_some() => {
                self.more_items(reading.array.unwrap_or_default())?;
                reading.comma = false;
            }
            _ => match self.ellipsis_end(self.at) {
                Some(end) => {
                    self.note(RepairKind::Ellipsis, self.at);
                    self.at = end;
                }
                None => return Ok(Step::Content),
            },
        }
        Ok(Step::Again)
    }

    /// Read the value of the key that was just read. False if there is none and the key was taken back.
    fn member(&mut self, reading: &mut Reading, before: Mark, from: usize) -> Result<bool, Error> {
        self.skip_trivia();
        let (at, node) = (self.at, self.tape.nodes.len());
        reading.array = None;
        if self.value(Place::Member)? {
            reading.array =
                matches!(self.tape.nodes.get(node), Some(Node::Array(_))).then_some(node);
            return Ok(true);
        }
        if at >= self.bytes.len() || (self.partial && self.at >= self.bytes.len()) {
            self.rewind(before);
            self.note(RepairKind::DanglingKey, from);
            return Ok(false);
        }
        if self.starts(at, b"```") {
            self.rewind(before);
            return Ok(false);
        }
        self.note(RepairKind::MissingValue, at);
        self.push(Node::Null);
        if self.byte(self.at) == Some(b':') {
            self.at += 1;
        }
        Ok(true)
    }

    /// `"key": [1], [2]`: an array where a key could stand belongs to the array before it. Its items join the others,
    /// or it becomes an item itself where the others are arrays and its own are not.
    fn more_items(&mut self, last: usize) -> Result<(), Error> {
        self.note(RepairKind::ExtraCloser, self.at);
        let head = self.tape.nodes.len();
        self.array()?;
        let (Node::Array(before), Node::Array(more)) =
            (self.tape.nodes[last], self.tape.nodes[head])
        else {
            return Ok(());
        };
        let nested = |node: Option<&Node>| matches!(node, Some(Node::Array(_)));
        let as_item =
            nested(self.tape.nodes.get(last + 1)) && !nested(self.tape.nodes.get(head + 1));
        if as_item {
            self.tape.nodes[last] = Node::Array(before + 1);
        } else {
            self.tape.nodes.remove(head);
            self.tape.nodes[last] = Node::Array(before + more);
        }
        Ok(())
    }

    /// A `]` or `)` where a pair could stand: whether the object ends here.
    fn object_ends_at_other(&mut self, byte: u8) -> bool {
        let frame = if byte == b']' {
            Frame::Array
        } else {
            Frame::Paren
        };
        if self.has_open(frame) {
            self.missing_closer();
            return true;
        }
        self.note(RepairKind::ExtraCloser, self.at);
        self.at += 1;
        let next = skip_space(self.bytes, self.at);
        if self.byte(next) == Some(b',') {
            let key = self.peek_trivia(next + 1);
            if self.key_at(key) {
                return false;
            }
        }
        // Of the wrong kind, and nothing more for this object.
        if self.byte(next) == Some(b'}') {
            return false;
        }
        true
    }

    /// Read a key and what separates it from its value.
    pub(super) fn pair_key(&mut self, count: u32, comma: bool) -> Result<Pair, Error> {
        let from = self.at;
        let before = self.mark();
        let quoted = opening(self.bytes, from).is_some();
        if quoted {
            if count > 0 && !comma && self.is_stray_quote(from) {
                self.note(RepairKind::StrayText, from);
                self.at += opening(self.bytes, from).map_or(1, |(_, len)| len);
                return Ok(Pair::Skipped);
            }
            self.quoted(Place::Key);
        } else if !self.bare_key() {
            return Ok(Pair::Skipped);
        }
        let end = self.at;
        self.skip_trivia();
        match self.byte(self.at) {
            Some(b':') => {
                self.at += 1;
                if matches!(self.byte(self.at), Some(b'=' | b':')) {
                    self.note(RepairKind::MissingColon, self.at);
                    self.at += 1;
                }
                return Ok(Pair::Key);
            }
            Some(b'=') => {
                self.note(RepairKind::MissingColon, self.at);
                self.at += 1 + usize::from(self.byte(self.at + 1) == Some(b'>'));
                return Ok(Pair::Key);
            }
            None => {
                self.rewind(before);
                self.note(RepairKind::DanglingKey, from);
                self.truncate_here();
                return Ok(Pair::Skipped);
            }
            Some(b',' | b'}' | b']' | b')' | b';') => {
                let digit = self.bytes[from].is_ascii_digit();
                if count == 0 && (quoted || digit) && self.byte(self.at) != Some(b']') {
                    if digit {
                        self.rewind(before);
                        self.at = from;
                        self.value(Place::Item)?;
                    }
                    return Ok(Pair::Set);
                }
                if !quoted && (!comma || count == 0) {
                    self.rewind(before);
                    self.note(RepairKind::StrayText, from);
                    self.weak += 1;
                    return Ok(Pair::Skipped);
                }
                self.note(RepairKind::MissingValue, self.at);
                return Ok(Pair::Lone);
            }
            Some(_) => {}
        }
        // No colon. A bare word before a key is a stray word; before a value it is a key.
        if !quoted {
            let spaced = self
                .text
                .get(from..end)
                .unwrap_or_default()
                .trim()
                .contains(' ');
            let key_follows = opening(self.bytes, self.at).is_some()
                && self.after_quoted(self.at) == After::Colon;
            if key_follows || spaced || self.starts(self.at, b"```") {
                self.rewind(before);
                self.note(RepairKind::StrayText, from);
                self.weak += 1;
                return Ok(Pair::Skipped);
            }
        }
        self.note(RepairKind::MissingColon, self.at);
        Ok(Pair::Key)
    }

    fn is_stray_quote(&mut self, at: usize) -> bool {
        let Some((_, len)) = opening(self.bytes, at) else {
            return false;
        };
        let to = self.peek_trivia(at + len);
        matches!(self.byte(to), None | Some(b',' | b'}' | b']'))
    }

    /// Read an unquoted key and push it. False, with something skipped, if there is none.
    fn bare_key(&mut self) -> bool {
        let start = self.at;
        let mut to = start;
        while let Some(byte) = self.byte(to) {
            match byte {
                b':' | b',' | b'{' | b'}' | b'[' | b']' | b'"' | b'\n' | b'\r' | b'=' | b'`'
                | b';' => break,
                b'\'' if to == start || self.bytes[to - 1] == b' ' => break,
                b'/' if matches!(self.byte(to + 1), Some(b'*' | b'/')) => break,
                0xe2 if opening(self.bytes, to).is_some() => break,
                _ => to += 1,
            }
        }
        let end = self.trim_end(start, to);
        self.at = to;
        if end == start {
            self.at = to;
            if to == start {
                self.skip_character();
            }
            self.note(RepairKind::StrayText, start);
            return false;
        }
        // `key" : 1`: only the closing quote.
        if self.byte(to) == Some(b'"') && self.byte(skip_space(self.bytes, to + 1)) == Some(b':') {
            self.at = to + 1;
        }
        self.note(RepairKind::Unquoted, start);
        self.tape.push_raw(start, end);
        true
    }
}
