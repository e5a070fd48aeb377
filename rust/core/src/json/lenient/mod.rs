//! The lenient reader: one pass over the text, every guess local, every look ahead paid for.
//!
//! Guesses look at what stands around a character. Looking ahead costs fuel, of which there is a fixed amount for each
//! byte of input; when it is gone the nearest plain answer is taken. So the time is linear whatever the input.

mod arrays;
mod bare;
mod escapes;
mod judge;
mod objects;
mod quotes;
mod space;
mod strings;

pub(crate) use space::skip_space;

use super::error::{Error, ErrorKind, MAX_DEPTH};
use super::report::{Repair, RepairKind};
use super::tape::{Node, Tape};

/// Whether a quotation mark of any kind stands at `at`.
pub(crate) fn is_quote(bytes: &[u8], at: usize) -> bool {
    quotes::opening(bytes, at).is_some()
}

/// Most repairs that are kept for the report.
pub(crate) const MAX_REPAIRS: usize = 100_000;

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Outside every container.
    Top,
    /// A key of an object.
    Key,
    /// The value of a key.
    Member,
    /// An item of an array or tuple.
    Item,
}

/// An open container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    Object,
    Array,
    Paren,
}

/// What a state can be rolled back to.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) nodes: usize,
    pub(crate) side: usize,
    pub(crate) repairs: usize,
    pub(crate) weak: usize,
}

pub(crate) struct Parser<'a> {
    pub(crate) text: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    pub(crate) tape: Tape,
    pub(crate) open: Vec<Frame>,
    /// How many of `open` are objects, arrays and parentheses.
    pub(crate) depth_of: [usize; 3],
    pub(crate) fuel: usize,
    /// Read the text as one that is still being written.
    pub(crate) partial: bool,
    /// The text ended inside the value.
    pub(crate) truncated: bool,
    /// The scalar at the end of a partial text may still grow: the index of its node.
    pub(crate) unsure: Option<usize>,
    pub(crate) report: bool,
    pub(crate) repairs: Vec<Repair>,
    /// Signs that what was read is prose and no JSON.
    pub(crate) weak: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut tape = Tape::default();
        tape.nodes.reserve(text.len() / 10);
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            tape,
            open: Vec::new(),
            depth_of: [0; 3],
            fuel: text.len().saturating_mul(12).saturating_add(4096),
            partial: false,
            truncated: false,
            unsure: None,
            report: false,
            repairs: Vec::new(),
            weak: 0,
        }
    }

    #[inline]
    pub(crate) fn note(&mut self, kind: RepairKind, position: usize) {
        if self.report && self.repairs.len() < MAX_REPAIRS {
            self.repairs.push(Repair { kind, position });
        }
    }

    /// Pay for looking at `bytes` bytes. False when there is nothing left to pay with.
    #[inline]
    pub(crate) fn pay(&mut self, bytes: usize) -> bool {
        if self.fuel > bytes {
            self.fuel -= bytes;
            return true;
        }
        self.fuel = 0;
        false
    }

    #[inline]
    pub(crate) fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub(crate) fn starts(&self, at: usize, what: &[u8]) -> bool {
        self.bytes.get(at..at + what.len()) == Some(what)
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            nodes: self.tape.nodes.len(),
            side: self.tape.side.len(),
            repairs: self.repairs.len(),
            weak: self.weak,
        }
    }

    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.tape.nodes.truncate(mark.nodes);
        self.tape.side.truncate(mark.side);
        self.repairs.truncate(mark.repairs);
        self.weak = mark.weak;
        self.unsure = None;
    }

    pub(crate) fn enter(&mut self, frame: Frame) -> Result<(), Error> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Error::new(ErrorKind::TooDeep, self.at));
        }
        self.open.push(frame);
        self.depth_of[frame as usize] += 1;
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        if let Some(frame) = self.open.pop() {
            self.depth_of[frame as usize] -= 1;
        }
    }

    pub(crate) fn has_open(&self, frame: Frame) -> bool {
        self.depth_of[frame as usize] > 0
    }

    pub(crate) fn truncate_here(&mut self) {
        if !self.truncated {
            self.truncated = true;
            self.note(RepairKind::Truncated, self.bytes.len());
        }
    }

    /// Read one value. False, with nothing consumed but space, if none begins here.
    pub(crate) fn value(&mut self, place: Place) -> Result<bool, Error> {
        self.skip_trivia();
        let Some(byte) = self.byte(self.at) else {
            return Ok(false);
        };
        match byte {
            b'{' => self.object()?,
            b'[' => self.array()?,
            b'(' => self.paren()?,
            b'"' | b'\'' => return self.string_value(place),
            b'`' if self.starts(self.at, b"```") => return Ok(self.code_block()),
            b'`' => return self.string_value(place),
            b'\\' if self.byte(self.at + 1) == Some(b'"') => return self.string_value(place),
            b'}' | b']' | b')' | b',' | b':' | b';' => return Ok(false),
            b'-' | b'0'..=b'9' => {
                if self.plain_number() {
                    return Ok(true);
                }
                return self.bare(place);
            }
            b'/' if self.regex() => {}
            0x80.. if quotes::opening(self.bytes, self.at).is_some() => {
                return self.string_value(place);
            }
            _ => return self.bare(place),
        }
        Ok(true)
    }

    /// A well-formed number with a delimiter after it.
    fn plain_number(&mut self) -> bool {
        let Ok((number, end)) = super::number::strict(self.text, self.at) else {
            return false;
        };
        match self.byte(end) {
            Some(b',') => {
                if self.byte(end + 1).is_some_and(|byte| byte.is_ascii_digit()) {
                    return false;
                }
            }
            Some(b'}' | b']' | b'\n' | b'\r') => {}
            None if !self.partial => {}
            _ => return false,
        }
        self.tape.push_number(number);
        self.at = end;
        true
    }

    /// Go on after the character that stands here.
    pub(crate) fn skip_character(&mut self) {
        self.at += 1;
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    /// The text between two offsets; empty where they cut a character in two.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(crate) fn push(&mut self, node: Node) {
        self.tape.nodes.push(node);
    }
}
