//! Arrays, tuples and sets, with commas and brackets missing, doubled or mixed up.

use super::objects::{Pair, Step};
use super::space::skip_space;
use super::{Frame, Parser, Place};
use crate::json::error::Error;
use crate::json::report::RepairKind;
use crate::json::tape::Node;

/// An array being read.
struct Reading {
    count: u32,
    /// A comma stands before what comes next, or nothing has come yet.
    comma: bool,
    /// The last item ended with a closing bracket.
    after_closer: bool,
    closer: u8,
}

impl Parser<'_> {
    /// Read the array whose `[` stands here.
    pub(crate) fn array(&mut self) -> Result<(), Error> {
        self.enter(Frame::Array)?;
        self.at += 1;
        let head = self.tape.nodes.len();
        self.push(Node::Array(0));
        let done = self.items(head, 0, Frame::Array);
        self.leave();
        done
    }

    /// Read a value in parentheses: itself if it is alone, an array otherwise.
    pub(crate) fn paren(&mut self) -> Result<(), Error> {
        let from = self.at;
        self.enter(Frame::Paren)?;
        self.at += 1;
        let head = self.tape.nodes.len();
        self.push(Node::Array(0));
        let done = self.items(head, 0, Frame::Paren);
        self.leave();
        done?;
        self.note(RepairKind::Tuple, from);
        let inner = &self.bytes[from..self.at.saturating_sub(1).max(from)];
        let tuple = inner.iter().rev().find(|byte| !byte.is_ascii_whitespace()) == Some(&b',');
        if self.tape.nodes[head] == Node::Array(1)
            && !tuple
            && self.pay(self.tape.nodes.len() - head)
        {
            self.tape.nodes.remove(head);
        }
        Ok(())
    }

    /// Read items until the array, set or tuple ends.
    pub(super) fn items(&mut self, head: usize, count: u32, frame: Frame) -> Result<(), Error> {
        let closer = if frame == Frame::Paren { b')' } else { b']' };
        let mut reading = Reading {
            count,
            comma: count == 0,
            after_closer: false,
            closer,
        };
        loop {
            self.skip_trivia();
            match self.before_item(&mut reading) {
                Step::End => break,
                Step::Again => continue,
                Step::Content => {}
            }
            let (from, item) = (self.at, self.tape.nodes.len());
            if !self.value(Place::Item)? {
                if self.starts(self.at, b"```") {
                    self.missing_closer();
                    break;
                }
                if self.at == from {
                    self.skip_character();
                }
                continue;
            }
            if !reading.comma {
                self.note(RepairKind::MissingComma, from);
            }
            (reading.comma, reading.count) = (false, reading.count + 1);
            reading.after_closer =
                matches!(self.bytes.get(self.at.wrapping_sub(1)), Some(b'}' | b']'));
            if frame == Frame::Array && self.key_without_brace(item)? {
                reading.after_closer = false;
            }
        }
        self.tape.nodes[head] = Node::Array(reading.count);
        Ok(())
    }

    /// Deal with whatever is no item.
    fn before_item(&mut self, reading: &mut Reading) -> Step {
        let Some(byte) = self.byte(self.at) else {
            self.missing_closer();
            return Step::End;
        };
        match byte {
            _ if byte == reading.closer => {
                if reading.comma && reading.count > 0 {
                    self.note(RepairKind::ExtraComma, self.at);
                }
                self.at += 1;
                return Step::End;
            }
            b',' | b';' => {
                if reading.comma || byte == b';' {
                    self.note(RepairKind::ExtraComma, self.at);
                }
                reading.comma = true;
                self.at += 1;
            }
            b'}' | b']' | b')' => {
                if self.array_ends_at_other(byte, reading.after_closer) {
                    return Step::End;
                }
            }
            b'`' if self.starts(self.at, b"```") && !reading.comma => {
                self.missing_closer();
                return Step::End;
            }
            b':' => {
                self.note(RepairKind::StrayText, self.at);
                self.at += 1;
            }
            _ => match self.ellipsis_end(self.at) {
                Some(end) => {
                    self.note(RepairKind::Ellipsis, self.at);
                    self.at = end;
                }
                None => return Step::Content,
            },
        }
        Step::Again
    }

    pub(super) fn missing_closer(&mut self) {
        self.note(RepairKind::MissingCloser, self.at);
        if self.at >= self.bytes.len() {
            self.truncated = true;
        }
    }

    /// `["key": 1, "other": 2]`: the item was a key, whose brace is missing.
    fn key_without_brace(&mut self, item: usize) -> Result<bool, Error> {
        if item + 1 != self.tape.nodes.len()
            || !matches!(self.tape.nodes[item], Node::Raw { .. } | Node::Owned { .. })
        {
            return Ok(false);
        }
        let to = self.peek_trivia(self.at);
        if self.byte(to) != Some(b':') {
            return Ok(false);
        }
        self.note(RepairKind::MissingOpener, to);
        self.at = to + 1;
        self.tape.nodes.insert(item, Node::Object(0));
        self.enter(Frame::Object)?;
        let mut count = 1;
        if !self.value(Place::Member)? {
            self.push(Node::Null);
        }
        loop {
            let next = self.peek_trivia(self.at);
            if self.byte(next) == Some(b'}') {
                self.at = next + 1;
                break;
            }
            if self.byte(next) != Some(b',') {
                break;
            }
            let key = self.peek_trivia(next + 1);
            if !self.key_at(key) {
                break;
            }
            self.at = key;
            if !matches!(self.pair_key(count, true)?, Pair::Key) {
                break;
            }
            count += 1;
            if !self.value(Place::Member)? {
                self.push(Node::Null);
            }
        }
        self.leave();
        self.tape.nodes[item] = Node::Object(count);
        Ok(true)
    }

    /// A closer of another kind where an item could stand: whether the array ends here.
    fn array_ends_at_other(&mut self, byte: u8, after_closer: bool) -> bool {
        let outer = &self.open[..self.open.len().saturating_sub(1)];
        let frame = match byte {
            b'}' => Frame::Object,
            b']' => Frame::Array,
            _ => Frame::Paren,
        };
        let enclosing = outer.iter().rposition(|&other| other == frame);
        let next = skip_space(self.bytes, self.at + 1);
        match enclosing {
            Some(index) => {
                // `{"a": [1, 2}, "b": 3}`: the object goes on, so this closed the array and has the wrong shape.
                let direct = index + 1 == outer.len();
                let farther = outer[..index].contains(&Frame::Object);
                let goes_on =
                    direct && !farther && byte == b'}' && self.byte(next) == Some(b',') && {
                        let key = self.peek_trivia(next + 1);
                        self.key_at(key)
                    };
                if goes_on {
                    self.note(RepairKind::ExtraCloser, self.at);
                    self.at += 1;
                } else {
                    self.missing_closer();
                }
                true
            }
            None => {
                self.note(RepairKind::ExtraCloser, self.at);
                self.at += 1;
                let more = self.byte(next) == Some(b',') && next + 1 < self.bytes.len();
                !(after_closer && (more || self.byte(next) == Some(b']')))
            }
        }
    }
}
