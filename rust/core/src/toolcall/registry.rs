//! Every dialect by name, and the table of the literals that may begin something.

use std::sync::OnceLock;

use super::dialect::{Dialect, Look, More, Need, Place};
use super::dialects;
use crate::stream::reasoning::{self, Think};

/// What a literal may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A call of the dialect of this number.
    Dialect(u16),
    /// Reasoning.
    Think(&'static Think),
    /// The end of reasoning.
    ThinkEnd,
    /// Markup of chat templates that says nothing.
    Noise,
    /// The same, if this literal follows.
    Frame(&'static str),
}

#[derive(Debug, Default)]
struct Node {
    children: Vec<(u8, u32)>,
    entries: Vec<(Entry, Place)>,
}

/// The table.
pub(crate) struct Registry {
    nodes: Vec<Node>,
    root: [u32; 256],
    /// Dialects that are asked at the beginning of every line.
    pub(crate) line: Vec<u16>,
}

/// Every dialect, the more telling first: the first that takes an opener reads the block.
pub(crate) fn dialects() -> &'static [&'static dyn Dialect] {
    dialects::ALL
}

/// The number of the dialect of this name.
pub fn find(name: &str) -> Option<u16> {
    let at = dialects()
        .iter()
        .position(|dialect| dialect.name() == name)?;
    Some(at as u16)
}

/// The names that `format=` takes.
pub fn names() -> impl Iterator<Item = &'static str> {
    dialects().iter().map(|dialect| dialect.name())
}

/// The table of all literals, built at its first use.
pub(crate) fn registry() -> &'static Registry {
    static TABLE: OnceLock<Registry> = OnceLock::new();
    TABLE.get_or_init(Registry::build)
}

impl Registry {
    fn build() -> Self {
        let mut table = Self {
            nodes: vec![Node::default()],
            root: [0; 256],
            line: Vec::new(),
        };
        for (at, dialect) in dialects().iter().enumerate() {
            for opener in dialect.openers() {
                if opener.is_empty() {
                    table.line.push(at as u16);
                } else {
                    table.insert(opener, Entry::Dialect(at as u16), dialect.place());
                }
            }
        }
        for think in reasoning::THINKS {
            for opener in think.openers {
                table.insert(opener, Entry::Think(think), Place::Anywhere);
            }
        }
        for closer in reasoning::STRAY_CLOSERS {
            table.insert(closer, Entry::ThinkEnd, Place::Anywhere);
        }
        for (frame, next) in reasoning::FRAMES {
            table.insert(frame, Entry::Frame(next), Place::Anywhere);
        }
        for noise in reasoning::NOISE {
            table.insert(noise, Entry::Noise, Place::Anywhere);
        }
        table
    }

    fn insert(&mut self, text: &str, entry: Entry, place: Place) {
        let mut node = 0;
        for byte in text.bytes() {
            let known = if node == 0 {
                Some(self.root[usize::from(byte)]).filter(|&next| next != 0)
            } else {
                self.nodes[node]
                    .children
                    .iter()
                    .find(|(other, _)| *other == byte)
                    .map(|&(_, next)| next)
            };
            let next = known.unwrap_or_else(|| {
                let fresh = self.nodes.len() as u32;
                self.nodes.push(Node::default());
                if node == 0 {
                    self.root[usize::from(byte)] = fresh;
                } else {
                    self.nodes[node].children.push((byte, fresh));
                }
                fresh
            });
            node = next as usize;
        }
        self.nodes[node].entries.push((entry, place));
    }

    /// Whether a literal may begin with this byte.
    #[inline]
    pub(crate) fn begins(&self, byte: u8) -> bool {
        self.root[usize::from(byte)] != 0
    }

    /// The literals that stand at `at`, the longest first, as their length and what they may begin.
    pub(crate) fn at(&self, look: &Look<'_>, at: usize) -> Need<Found> {
        let bytes = look.text.as_bytes();
        let mut found = Found::default();
        let mut node = 0;
        let mut to = at;
        loop {
            let Some(&byte) = bytes.get(to) else {
                // The text ends inside a literal that may still come.
                let open = node == 0 || !self.nodes[node].children.is_empty();
                return if open && !look.end {
                    Err(More)
                } else {
                    Ok(found)
                };
            };
            let next = if node == 0 {
                self.root[usize::from(byte)]
            } else {
                self.nodes[node]
                    .children
                    .iter()
                    .find(|(other, _)| *other == byte)
                    .map_or(0, |&(_, next)| next)
            };
            if next == 0 {
                return Ok(found);
            }
            node = next as usize;
            to += 1;
            if !self.nodes[node].entries.is_empty() {
                found.push(node as u32, to - at);
            }
        }
    }

    /// What a found literal may begin.
    pub(crate) fn entries(&self, node: u32) -> &[(Entry, Place)] {
        &self.nodes[node as usize].entries
    }
}

/// Literals that stand at one place; few are the beginning of another.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Found {
    list: [(u32, usize); 4],
    count: usize,
}

impl Found {
    fn push(&mut self, node: u32, len: usize) {
        if self.count < self.list.len() {
            self.list[self.count] = (node, len);
            self.count += 1;
        }
    }

    /// The longest first.
    pub(crate) fn longest_first(&self) -> impl Iterator<Item = (u32, usize)> {
        self.list[..self.count].iter().rev().copied()
    }
}
