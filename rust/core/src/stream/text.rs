//! The machine outside calls: where something begins, and what is code or quoted.

use super::Event;
use super::machine::{Mode, StreamParser};
use crate::toolcall::dialect::{Before, Look, More, Need, Place, Seek};
use crate::toolcall::registry::{Entry, dialects};

impl StreamParser {
    pub(super) fn text(&mut self, end: bool) -> Need<()> {
        loop {
            let (from, line) = (self.at, self.fresh);
            let found = if line { self.first(end) } else { self.next() };
            let Some(byte) = found else {
                return Err(More);
            };
            if byte == b'\n' {
                self.at += 1;
                (self.fresh, self.span, self.quoted) = (true, 0, false);
                continue;
            }
            match self.open(line, end) {
                Ok(true) => return Ok(()),
                Ok(false) => self.seen = self.seen || line,
                Err(More) => {
                    if line {
                        (self.at, self.fresh) = (from, true);
                    }
                    self.tell(self.at);
                    return Err(More);
                }
            }
            if byte == b'`' {
                self.tick(end)?;
            } else {
                self.quoted ^= byte == b'"';
                self.at += 1;
            }
        }
    }

    /// The first byte of a line that is no blank.
    fn first(&mut self, end: bool) -> Option<u8> {
        let look = Look {
            text: &self.buf,
            end,
        };
        let first = look.skip_blank(self.at);
        let byte = self.buf.as_bytes().get(first).copied();
        if byte.is_some() {
            self.at = first;
            self.fresh = false;
        } else {
            self.tell(self.at);
        }
        byte
    }

    /// The next byte that may matter. At the end of the text so far all of it is told.
    fn next(&mut self) -> Option<u8> {
        let table = self.table;
        let bytes = self.buf.as_bytes();
        let mut at = self.at;
        while bytes.get(at).is_some_and(|&byte| {
            let mark = table.begins(byte) && is_mark(byte);
            !mark && !matches!(byte, b'\n' | b'`' | b'"')
        }) {
            at += 1;
        }
        self.at = at;
        let byte = bytes.get(at).copied();
        if byte.is_none() {
            self.tell(at);
        }
        byte
    }

    /// A run of backticks opens or closes a code span.
    fn tick(&mut self, end: bool) -> Need<()> {
        let bytes = self.buf.as_bytes();
        let run = bytes[self.at..]
            .iter()
            .take_while(|byte| **byte == b'`')
            .count();
        if self.at + run == bytes.len() && !end {
            self.tell(self.at);
            return Err(More);
        }
        if self.span == 0 {
            self.span = run;
        } else if self.span == run {
            self.span = 0;
        }
        self.at += run;
        Ok(())
    }

    /// The text from here on.
    fn here(&self, end: bool) -> Look<'_> {
        Look {
            text: &self.buf[self.at..],
            end,
        }
    }

    /// See whether something begins here. True if the mode has changed or markup was passed.
    fn open(&mut self, line: bool, end: bool) -> Need<bool> {
        let table = self.table;
        let first = self.buf.as_bytes().get(self.at).copied().unwrap_or(0);
        let before = Before {
            nothing: !self.seen,
            line: line || self.last_two() == *b": ",
        };
        let quoted = self.quoted && self.last_two()[1] == b'"';
        if self.span == 0 && !quoted && table.begins(first) {
            let found = table.at(&self.here(end), 0)?;
            for (node, len) in found.longest_first() {
                for &(entry, place) in table.entries(node) {
                    let here = place == Place::Anywhere || line;
                    if here && self.enter(entry, len, before, end)? {
                        return Ok(true);
                    }
                }
            }
        }
        if line {
            let look = self.here(end);
            for &which in &table.line {
                if self.tries(which, 0) && self.takes(which, look, 0, before)? {
                    self.begin(which, 0, before, end);
                    return Ok(true);
                }
            }
            if look.starts(0, "```")? {
                let run = look.text.bytes().take_while(|byte| *byte == b'`').count();
                if run == look.text.len() && !end {
                    return Err(More);
                }
                self.at += run;
                self.seen = true;
                self.mode = Mode::Fence(run);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Begin what a literal of this length may begin here. False if it does not.
    fn enter(&mut self, entry: Entry, len: usize, before: Before, end: bool) -> Need<bool> {
        let look = self.here(end);
        match entry {
            Entry::Dialect(which) => {
                if !self.tries(which, len) || !self.takes(which, look, len, before)? {
                    return Ok(false);
                }
                self.begin(which, len, before, end);
                return Ok(true);
            }
            Entry::Frame(next) if !look.starts(look.skip_space(len), next)? => return Ok(false),
            _ => {}
        }
        self.break_at(self.at);
        self.resume(self.at + len);
        match entry {
            Entry::Think(think) => self.mode = Mode::Think(think, Seek::from(self.at)),
            // Only the first can be the end of what the chat template has begun.
            Entry::ThinkEnd if !self.thought => {
                self.thought = true;
                self.sink.events.push(Event::TextWasReasoning);
                self.seen = false;
            }
            _ => self.after_call = true,
        }
        Ok(true)
    }

    fn tries(&self, which: u16, len: usize) -> bool {
        match self.only {
            Some(only) => only == which,
            None => {
                !((self.marked || self.quoted || self.data)
                    && dialects()[usize::from(which)].shape(len))
            }
        }
    }

    fn takes(&self, which: u16, look: Look<'_>, len: usize, before: Before) -> Need<bool> {
        dialects()[usize::from(which)].opens(look, len, before, &self.tools)
    }

    fn begin(&mut self, which: u16, len: usize, before: Before, end: bool) {
        self.break_at(self.at);
        let look = Look {
            text: &self.buf[self.at..],
            end,
        };
        let machine = dialects()[usize::from(which)].machine(look, len, before);
        self.mode = Mode::Block {
            machine,
            dialect: which,
            shape: dialects()[usize::from(which)].shape(len),
        };
    }

    /// Code is passed on up to the line that closes it.
    pub(super) fn fence(&mut self, ticks: usize, end: bool) -> Need<()> {
        loop {
            let bytes = self.buf.as_bytes();
            let Some(line) = bytes[self.at..].iter().position(|byte| *byte == b'\n') else {
                self.at = bytes.len();
                self.tell(self.at);
                self.mode = Mode::Fence(ticks);
                return Err(More);
            };
            let look = Look {
                text: &self.buf,
                end,
            };
            let first = look.skip_blank(self.at + line + 1);
            let run = bytes[first..]
                .iter()
                .take_while(|byte| **byte == b'`')
                .count();
            // Even a run that is long enough may still grow: what is left of it would open a code span.
            if first + run == bytes.len() && !end {
                self.at += line;
                self.tell(self.at);
                self.mode = Mode::Fence(ticks);
                return Err(More);
            }
            self.at = first + run;
            if run >= ticks {
                self.fresh = false;
                return Ok(());
            }
        }
    }
}

/// Bytes that begin a mark in the middle of a line; letters do so only at its beginning.
#[inline]
fn is_mark(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric()
}
