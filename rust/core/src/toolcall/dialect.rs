//! What a dialect is: how it opens, what has to follow, and the machine that reads it.
//!
//! The law of the stream parser (any way of cutting the input gives the same events in sum) rests on one rule: a
//! decision is made from the text alone and, once made, would be made again on any longer text. Where the text so far
//! does not decide, the answer is [`More`], and the same question is asked again when there is more.

use super::call::ParsedCall;
use super::tools::Tools;
use crate::stream::Event;
use crate::stream::reasoning::Think;

/// The text so far does not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct More;

/// An answer, or the wish for more text.
pub(crate) type Need<T> = Result<T, More>;

/// How a block ended, as an offset from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The block goes to here.
    Done(usize),
    /// It was no call after all: up to here it is text.
    Reject(usize),
    /// It was a head up to here, and reasoning follows.
    Think(usize, &'static Think),
}

/// A text that may still grow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    /// The text.
    pub(crate) text: &'a str,
    /// Nothing more comes.
    pub(crate) end: bool,
}

impl<'a> Look<'a> {
    /// The byte at an offset; `None` at the end of the whole text.
    pub(crate) fn byte(&self, at: usize) -> Need<Option<u8>> {
        match self.text.as_bytes().get(at) {
            Some(&byte) => Ok(Some(byte)),
            None if self.end => Ok(None),
            None => Err(More),
        }
    }

    /// Past white space.
    pub(crate) fn skip_space(&self, mut at: usize) -> usize {
        let bytes = self.text.as_bytes();
        while bytes
            .get(at)
            .is_some_and(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
        {
            at += 1;
        }
        at
    }

    /// Past spaces and tabs.
    pub(crate) fn skip_blank(&self, mut at: usize) -> usize {
        let bytes = self.text.as_bytes();
        while bytes
            .get(at)
            .is_some_and(|byte| matches!(byte, b' ' | b'\t'))
        {
            at += 1;
        }
        at
    }

    /// Whether `what` stands here.
    pub(crate) fn starts(&self, at: usize, what: &str) -> Need<bool> {
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        let what = what.as_bytes();
        if rest.len() >= what.len() {
            return Ok(&rest[..what.len()] == what);
        }
        if !self.end && what.starts_with(rest) {
            return Err(More);
        }
        Ok(false)
    }

    /// The first of several that stands here, as its length.
    pub(crate) fn starts_any(&self, at: usize, what: &[&str]) -> Need<Option<usize>> {
        for one in what {
            if self.starts(at, one)? {
                return Ok(Some(one.len()));
            }
        }
        Ok(None)
    }

    /// The text between two offsets; empty where they are not boundaries.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// A search for one of some literals that goes on where it stopped.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seek {
    at: usize,
}

impl Seek {
    pub(crate) fn from(at: usize) -> Self {
        Self { at }
    }

    /// The first place from here on where one of `what` stands, and which; `None` if the text ends without.
    pub(crate) fn find(&mut self, look: &Look<'_>, what: &[&str]) -> Need<Option<(usize, usize)>> {
        let bytes = look.text.as_bytes();
        while self.at < bytes.len() {
            let byte = bytes[self.at];
            for (which, one) in what.iter().enumerate() {
                if one.as_bytes().first() == Some(&byte) && look.starts(self.at, one)? {
                    return Ok(Some((self.at, which)));
                }
            }
            self.at += 1;
        }
        if look.end { Ok(None) } else { Err(More) }
    }

    /// How far was looked.
    pub(crate) fn at(&self) -> usize {
        self.at
    }
}

/// What a machine sees and may do.
pub(crate) struct Cx<'a, 's> {
    /// The text from the block's first byte.
    pub(crate) look: Look<'a>,
    /// Where the block begins in the whole text, in bytes.
    pub(crate) base: usize,
    /// The tools.
    pub(crate) tools: &'a Tools,
    /// Where events go.
    pub(crate) out: &'s mut Sink,
}

/// The events, and the number of the next call.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) events: Vec<Event>,
    pub(crate) calls: u32,
    /// Only whole calls are told, not how they come in.
    pub(crate) quiet: bool,
    last_name: String,
}

impl Sink {
    /// A call has begun.
    pub(crate) fn start(&mut self, name: &str) -> u32 {
        let index = self.calls;
        self.calls += 1;
        name.clone_into(&mut self.last_name);
        if !self.quiet {
            self.events.push(Event::Started {
                index,
                name: name.to_owned(),
            });
        }
        index
    }

    /// The name that a call was announced with.
    pub(crate) fn name_of(&self, index: u32) -> String {
        if index + 1 == self.calls {
            self.last_name.clone()
        } else {
            String::new()
        }
    }

    /// More of its arguments.
    pub(crate) fn arguments(&mut self, index: u32, text: &str) {
        if !text.is_empty() && !self.quiet {
            self.events.push(Event::Arguments {
                index,
                text: text.to_owned(),
            });
        }
    }

    /// It is whole.
    pub(crate) fn ready(&mut self, index: u32, call: ParsedCall) {
        self.events.push(Event::Ready { index, call });
    }

    /// A call that was not announced: all three events.
    pub(crate) fn whole(&mut self, call: ParsedCall) {
        let index = self.start(&call.name);
        if !self.quiet {
            self.arguments(index, &call.arguments.to_json());
        }
        self.ready(index, call);
    }
}

/// Reads one block of a dialect, from behind its opener.
pub(crate) trait Machine: Send + Sync {
    /// Go on as far as the text goes. At the end of the text the answer is never [`More`].
    fn step(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome>;
}

/// Where an opener may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Anywhere outside code.
    Anywhere,
    /// At the beginning of a line, blanks aside.
    Line,
}

/// What stands before a block, as far as it matters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    /// Nothing but white space, reasoning and calls.
    pub(crate) nothing: bool,
    /// Nothing but blanks on this line, or what leads over to it: a colon.
    pub(crate) line: bool,
}

/// One dialect: a small file.
pub(crate) trait Dialect: Send + Sync {
    /// The name that `format=` takes.
    fn name(&self) -> &'static str;

    /// The literals that may open a block.
    fn openers(&self) -> &'static [&'static str];

    /// Where they may stand.
    fn place(&self) -> Place {
        Place::Anywhere
    }

    /// Nothing but the shape of the text says that it is a call. Such dialects are not looked for once a call with a
    /// marker has come: what then looks like a call is the model repeating itself.
    fn shape(&self, _opener: usize) -> bool {
        false
    }

    /// Whether a call of this dialect begins at `look`, whose first `opener` bytes are one of the openers.
    fn opens(&self, look: Look<'_>, opener: usize, before: Before, tools: &Tools) -> Need<bool>;

    /// The machine that reads the block; `look` is what `opens` has said yes to.
    fn machine(&self, look: Look<'_>, opener: usize, before: Before) -> Box<dyn Machine>;
}

/// A dialect in a few lines: its type, name and openers; what has to follow an opener; its machine.
macro_rules! dialect {
    (
        $kind:ident, $name:literal, $openers:expr,
        opens: |$look:pat_param, $opener:pat_param, $before:pat_param, $tools:pat_param| $opens:expr,
        machine: |$seen:pat_param, $at:pat_param, $where:pat_param| $machine:expr
        $(, place: $place:expr)? $(, shape: |$len:pat_param| $shape:expr)? $(,)?
    ) => {
        pub(crate) struct $kind;

        impl $crate::toolcall::dialect::Dialect for $kind {
            fn name(&self) -> &'static str {
                $name
            }

            fn openers(&self) -> &'static [&'static str] {
                &$openers
            }

            $(
                fn place(&self) -> $crate::toolcall::dialect::Place {
                    $place
                }
            )?

            $(
                fn shape(&self, $len: usize) -> bool {
                    $shape
                }
            )?

            fn opens(
                &self,
                $look: $crate::toolcall::dialect::Look<'_>,
                $opener: usize,
                $before: $crate::toolcall::dialect::Before,
                $tools: &$crate::toolcall::tools::Tools,
            ) -> $crate::toolcall::dialect::Need<bool> {
                $opens
            }

            fn machine(
                &self,
                $seen: $crate::toolcall::dialect::Look<'_>,
                $at: usize,
                $where: $crate::toolcall::dialect::Before,
            ) -> Box<dyn $crate::toolcall::dialect::Machine> {
                $machine
            }
        }
    };
}

pub(crate) use dialect;
