//! The machine: text is passed on as it comes, and held back only where something else may be beginning.

use std::sync::Arc;

use super::Event;
use super::fold::Extraction;
use super::native::Native;
use super::reasoning::Think;
use crate::toolcall::Tools;
use crate::toolcall::dialect::{Cx, Look, Machine, More, Need, Outcome, Seek, Sink};
use crate::toolcall::registry::{Registry, dialects, registry};

pub(super) enum Mode {
    Text,
    Block {
        machine: Box<dyn Machine>,
        dialect: u16,
        /// Only its shape says that it is a call.
        shape: bool,
    },
    Think(&'static Think, Seek),
    /// Inside a fenced block of code, of this many backticks.
    Fence(usize),
}

/// A whole text is read in pieces of this many bytes, so that the events of all of it never stand side by side.
const PIECE: usize = 64 * 1024;

/// Reads an answer piece by piece.
///
/// Every byte is looked at a bounded number of times, however the answer is cut; the events amount to the same for
/// every way of cutting it.
pub struct StreamParser {
    pub(super) tools: Arc<Tools>,
    pub(super) table: &'static Registry,
    pub(super) only: Option<u16>,
    pub(super) buf: String,
    /// Where the buffer begins in the whole text.
    pub(super) base: usize,
    /// Up to here the buffer has been told.
    pub(super) told: usize,
    /// Up to here it has been looked at.
    pub(super) at: usize,
    pub(super) mode: Mode,
    pub(super) sink: Sink,
    pub(super) format: Option<u16>,
    /// A call with a marker has come.
    pub(super) marked: bool,
    /// The next character is the first of a line, or stands behind markup.
    pub(super) fresh: bool,
    /// Text other than white space has been seen.
    pub(super) seen: bool,
    /// A call or markup came last: white space waits for what follows.
    pub(super) after_call: bool,
    /// Backticks that opened a code span on this line.
    pub(super) span: usize,
    /// An odd number of quotation marks stands on this line.
    pub(super) quoted: bool,
    pub(super) ended: bool,
    /// Reasoning has ended.
    pub(super) thought: bool,
    /// Calls that the provider's interface reports.
    pub(super) natives: Vec<Native>,
    /// Bare JSON is data, whatever it looks like.
    pub(super) data: bool,
    /// A byte offset into the whole text and the number of characters before it.
    pub(super) cursor: (usize, usize),
    /// The last two bytes that were dropped from the buffer.
    pub(super) dropped: [u8; 2],
    /// Not all of the text so far is ASCII.
    pub(super) wide: bool,
    /// What is held back is looked at again when the buffer is this long: where much is held back, not for every byte.
    pub(super) retry: usize,
}

impl StreamParser {
    /// A parser of all dialects, or of the one of this number (see [`crate::toolcall::find`]).
    pub fn new(tools: Arc<Tools>, only: Option<u16>) -> Self {
        Self {
            tools,
            table: registry(),
            only,
            buf: String::new(),
            base: 0,
            told: 0,
            at: 0,
            mode: Mode::Text,
            sink: Sink::default(),
            format: None,
            marked: false,
            fresh: true,
            seen: false,
            after_call: false,
            span: 0,
            quoted: false,
            ended: false,
            thought: false,
            natives: Vec::new(),
            data: false,
            cursor: (0, 0),
            dropped: [0; 2],
            wide: false,
            retry: 0,
        }
    }

    /// Bare JSON is data, whatever it looks like: the answer is to be JSON, and there are no tools.
    #[must_use]
    pub fn expecting_data(mut self) -> Self {
        self.data = true;
        self
    }

    /// The dialect of the first call so far.
    pub fn format(&self) -> Option<&'static str> {
        self.format.map(|at| dialects()[usize::from(at)].name())
    }

    /// Take in more text.
    pub fn feed(&mut self, chunk: &str) -> Vec<Event> {
        if self.ended {
            return Vec::new();
        }
        if !self.wide && !chunk.is_ascii() {
            self.wide = true;
            self.cursor = (self.base, self.base);
        }
        self.buf.push_str(chunk);
        if self.buf.len() >= self.retry {
            self.run(false);
        }
        std::mem::take(&mut self.sink.events)
    }

    /// The text is over.
    pub fn finish(&mut self) -> Vec<Event> {
        if self.ended {
            return Vec::new();
        }
        self.run(true);
        self.finish_calls();
        self.ended = true;
        std::mem::take(&mut self.sink.events)
    }

    /// All of a text at once.
    pub fn extract(tools: Arc<Tools>, only: Option<u16>, text: &str) -> Extraction {
        let mut parser = Self::new(tools, only);
        parser.sink.quiet = true;
        let mut whole = Extraction::default();
        let mut rest = text;
        while !rest.is_empty() {
            let mut cut = rest.len().min(PIECE);
            while !rest.is_char_boundary(cut) {
                cut -= 1;
            }
            let (piece, more) = rest.split_at(cut);
            for event in parser.feed(piece) {
                whole.add(event);
            }
            rest = more;
        }
        for event in parser.finish() {
            whole.add(event);
        }
        whole.format = parser.format();
        whole
    }

    fn run(&mut self, end: bool) {
        loop {
            let more = match std::mem::replace(&mut self.mode, Mode::Text) {
                Mode::Text => self.text(end),
                Mode::Block {
                    machine,
                    dialect,
                    shape,
                } => self.block(machine, dialect, shape, end),
                Mode::Think(think, seek) => self.think(think, seek, end),
                Mode::Fence(ticks) => self.fence(ticks, end),
            };
            if more.is_err() {
                break;
            }
        }
        let held = self.buf.len() - self.at;
        self.retry = match self.mode {
            Mode::Text | Mode::Fence(_) if held > 256 => self.buf.len() + held / 8,
            _ => 0,
        };
        if end && matches!(self.mode, Mode::Text) {
            self.at = self.buf.len();
            self.tell(self.at);
        }
        // What was told is dropped; seldom, so that moving the rest costs little.
        if self.told == self.buf.len() || (self.told > 4096 && self.told > self.buf.len() / 2) {
            self.drop_told();
        }
    }

    /// The two bytes before this place.
    pub(super) fn last_two(&self) -> [u8; 2] {
        let byte = |back: usize| match self.at.checked_sub(back) {
            Some(at) => self.buf.as_bytes()[at],
            None => self.dropped[2 + self.at - back],
        };
        [byte(2), byte(1)]
    }

    fn drop_told(&mut self) {
        let at = std::mem::replace(&mut self.at, self.told);
        self.dropped = self.last_two();
        self.at = at;
        if self.wide {
            self.characters(self.base + self.told);
        }
        self.base += self.told;
        self.at -= self.told;
        self.retry = self.retry.saturating_sub(self.told);
        self.buf.drain(..self.told);
        self.told = 0;
    }

    /// The number of characters before a byte offset. Offsets must come in order; an earlier one counts as the last.
    fn characters(&mut self, position: usize) -> usize {
        if !self.wide {
            self.cursor = (position, position);
            return position;
        }
        let (byte, count) = self.cursor;
        if position > byte {
            let mut to = (position - self.base).min(self.buf.len());
            while !self.buf.is_char_boundary(to) {
                to -= 1;
            }
            let from = byte.saturating_sub(self.base).min(to);
            let more = self.buf[from..to].chars().count();
            self.cursor = (self.base + to, count + more);
        }
        self.cursor.1
    }

    /// Positions of new calls from bytes to characters.
    fn count_characters(&mut self, from: usize) {
        let mut last = ((0, 0), (0, 0));
        for at in from..self.sink.events.len() {
            let Event::Ready { call, .. } = &mut self.sink.events[at] else {
                continue;
            };
            let (span, mut repairs) = (call.span, std::mem::take(&mut call.repairs));
            // Several calls may have been read from one broken object: they share its place.
            if span != last.0 || !repairs.is_empty() {
                let start = self.characters(span.0);
                for repair in &mut repairs {
                    repair.1 = self.characters(repair.1);
                }
                last = (span, (start, self.characters(span.1)));
            }
            if let Event::Ready { call, .. } = &mut self.sink.events[at] {
                (call.span, call.repairs) = (last.1, repairs);
            }
        }
    }

    /// Pass text on up to `to`.
    pub(super) fn tell(&mut self, to: usize) {
        if to <= self.told {
            return;
        }
        let piece = &self.buf[self.told..to];
        if self.after_call {
            // White space after a call waits for what follows.
            if piece.bytes().all(|byte| byte.is_ascii_whitespace()) {
                return;
            }
            self.after_call = false;
        }
        self.sink.events.push(Event::Text(piece.to_owned()));
        self.told = to;
    }

    /// Something other than text begins at `from`: the text before it is told, or dropped if it is white space
    /// between calls.
    pub(super) fn break_at(&mut self, from: usize) {
        self.tell(from);
        self.told = from;
    }

    /// Past markup.
    pub(super) fn resume(&mut self, at: usize) {
        self.at = at;
        self.told = at;
        self.fresh = true;
        self.mode = Mode::Text;
    }

    fn block(
        &mut self,
        mut machine: Box<dyn Machine>,
        dialect: u16,
        shape: bool,
        end: bool,
    ) -> Need<()> {
        let (calls, events) = (self.sink.calls, self.sink.events.len());
        let mut cx = Cx {
            look: Look {
                text: &self.buf[self.at..],
                end,
            },
            base: self.base + self.at,
            tools: &self.tools,
            out: &mut self.sink,
        };
        let outcome = machine.step(&mut cx);
        if self.sink.calls > calls {
            self.format.get_or_insert(dialect);
            self.marked = self.marked || !shape;
            self.after_call = true;
        }
        if self.wide {
            self.count_characters(events);
        }
        match outcome {
            Ok(Outcome::Done(to)) => {
                self.resume(self.at + to);
                Ok(())
            }
            Ok(Outcome::Think(to, think)) => {
                self.resume(self.at + to);
                self.mode = Mode::Think(think, Seek::from(self.at));
                Ok(())
            }
            Ok(Outcome::Reject(to)) => {
                self.at += to.max(1).min(self.buf.len() - self.at);
                while !self.buf.is_char_boundary(self.at) {
                    self.at += 1;
                }
                self.seen = true;
                self.fresh = false;
                Ok(())
            }
            Err(More) => {
                self.mode = Mode::Block {
                    machine,
                    dialect,
                    shape,
                };
                Err(More)
            }
        }
    }

    fn think(&mut self, think: &'static Think, mut seek: Seek, end: bool) -> Need<()> {
        let look = Look {
            text: &self.buf,
            end,
        };
        let found = seek.find(&look, think.closers);
        let to = match found {
            Ok(Some((at, _))) => at,
            Ok(None) => self.buf.len(),
            Err(More) => seek.at(),
        };
        // The search may have stopped inside a character.
        let mut to = to;
        while !self.buf.is_char_boundary(to) {
            to -= 1;
        }
        if to > self.told {
            let piece = self.buf[self.told..to].to_owned();
            self.sink.events.push(Event::Reasoning(piece));
            (self.told, self.at) = (to, to);
        }
        match found {
            Ok(Some((at, which))) => {
                self.resume(at + think.closers[which].len());
                self.thought = true;
                Ok(())
            }
            Ok(None) => {
                self.at = self.buf.len();
                Err(More)
            }
            Err(More) => {
                self.drop_told();
                self.mode = Mode::Think(think, Seek::from(0));
                Err(More)
            }
        }
    }
}
