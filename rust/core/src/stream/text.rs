//! The machine outside calls: where something begins, and what is code or quoted.

use super::Event;
use super::machine::{Mode, StreamParser};
use crate::toolcall::dialect::{Before, Look, More, Need, Place, Seek};
use crate::toolcall::registry::{Entry, dialects};

impl StreamParser {
    pub(super) fn text(&mut self, end: bool) -> Need<()> {
        loop {
            let from = self.at;
            if self.fresh {
                let look = Look {
                    text: &self.buf,
                    end,
                };
                let first = look.skip_blank(self.at);
                let byte = match look.byte(first) {
                    Ok(Some(byte)) => byte,
                    Ok(None) | Err(More) => {
                        self.tell(self.at);
                        return Err(More);
                    }
                };
                self.at = first;
                self.fresh = false;
                if !matches!(byte, b'\n' | b'\r') {
                    match self.open(true, end) {
                        Ok(true) => return Ok(()),
                        Ok(false) => self.seen = true,
                        Err(More) => {
                            (self.at, self.fresh) = (from, true);
                            self.tell(from);
                            return Err(More);
                        }
                    }
                    self.at += if self.tick(end)? { 0 } else { 1 };
                    continue;
                }
            }
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
            let Some(&byte) = bytes.get(at) else {
                let whole = self.buf.len();
                self.tell(whole);
                return Err(More);
            };
            match byte {
                b'\n' => {
                    self.at += 1;
                    (self.fresh, self.span, self.quoted) = (true, 0, false);
                }
                b'`' => {
                    if !self.tick(end)? {
                        self.at += 1;
                    }
                }
                b'"' => {
                    self.quoted = !self.quoted;
                    self.at += 1;
                }
                _ => {
                    match self.open(false, end) {
                        Ok(true) => return Ok(()),
                        Ok(false) => {}
                        Err(More) => {
                            self.tell(self.at);
                            return Err(More);
                        }
                    }
                    self.at += 1;
                }
            }
        }
    }

    /// A run of backticks opens or closes a code span. False if there is none here.
    fn tick(&mut self, end: bool) -> Need<bool> {
        let bytes = self.buf.as_bytes();
        let run = bytes[self.at..]
            .iter()
            .take_while(|byte| **byte == b'`')
            .count();
        if run == 0 {
            return Ok(false);
        }
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
        Ok(true)
    }

    /// See whether something begins here. True if the mode has changed or markup was passed.
    fn open(&mut self, line: bool, end: bool) -> Need<bool> {
        let table = self.table;
        let look = Look {
            text: &self.buf[self.at..],
            end,
        };
        let first = look.text.as_bytes().first().copied().unwrap_or(0);
        let before = Before {
            nothing: !self.seen,
            line: line || self.last_two() == *b": ",
        };
        let quoted = self.quoted && self.last_two()[1] == b'"';
        if self.span == 0 && !quoted && table.begins(first) {
            let found = table.at(&look, 0)?;
            for (node, len) in found.longest_first() {
                for &(entry, place) in table.entries(node) {
                    if place == Place::Line && !line {
                        continue;
                    }
                    match entry {
                        Entry::Dialect(which) => {
                            if self.tries(which, len) && self.takes(which, look, len, before)? {
                                self.begin(which, len, before, end);
                                return Ok(true);
                            }
                        }
                        Entry::Think(think) => {
                            let from = self.at;
                            self.break_at(from);
                            self.resume(from + len);
                            self.mode = Mode::Think(think, Seek::from(self.at));
                            return Ok(true);
                        }
                        Entry::ThinkEnd => {
                            let from = self.at;
                            self.break_at(from);
                            self.resume(from + len);
                            self.sink.events.push(Event::TextWasReasoning);
                            self.seen = false;
                            return Ok(true);
                        }
                        Entry::Frame(next) if !look.starts(look.skip_space(len), next)? => {}
                        Entry::Noise | Entry::Frame(_) => {
                            let from = self.at;
                            self.break_at(from);
                            self.resume(from + len);
                            self.after_call = true;
                            return Ok(true);
                        }
                    }
                }
            }
        }
        if line {
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
            if run < ticks && first + run == bytes.len() && !end {
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
