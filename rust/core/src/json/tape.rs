//! The flat form every parser writes: nodes in pre-order over the input, with a side buffer for decoded strings.
//!
//! One `Vec` instead of a tree: nothing is allocated per value, a dead end is undone by truncating, and the binding
//! builds Python objects straight from it.

use super::value::{Number, Value};
use std::collections::HashMap;

/// One value, or the head of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A finite double.
    Float(f64),
    /// A wider integer: its digits in the side buffer.
    Big {
        /// Byte offset.
        start: u32,
        /// Bytes.
        len: u32,
    },
    /// A string that stands in the input as it is.
    Raw {
        /// Byte offset.
        start: u32,
        /// Bytes.
        len: u32,
    },
    /// A string that had to be decoded: in the side buffer.
    Owned {
        /// Byte offset.
        start: u32,
        /// Bytes.
        len: u32,
    },
    /// An array of this many items, which follow.
    Array(u32),
    /// An object of this many pairs, which follow as key, value, key, value.
    Object(u32),
}

/// Values in pre-order.
#[derive(Debug, Default, Clone)]
pub struct Tape {
    /// The nodes; several complete values may stand one after the other.
    pub nodes: Vec<Node>,
    /// Decoded strings and wide integers.
    pub side: String,
}

impl Tape {
    /// The text of a string or wide-integer node; empty for others.
    pub fn text<'a>(&'a self, input: &'a str, node: Node) -> &'a str {
        match node {
            Node::Raw { start, len } => input
                .get(start as usize..(start + len) as usize)
                .unwrap_or_default(),
            Node::Owned { start, len } | Node::Big { start, len } => self
                .side
                .get(start as usize..(start + len) as usize)
                .unwrap_or_default(),
            _ => "",
        }
    }

    pub(crate) fn push_raw(&mut self, start: usize, end: usize) {
        self.nodes.push(Node::Raw {
            start: start as u32,
            len: (end - start) as u32,
        });
    }

    /// Close an owned string that was appended to the side buffer from `start` on.
    pub(crate) fn push_owned(&mut self, start: usize) {
        self.nodes.push(Node::Owned {
            start: start as u32,
            len: (self.side.len() - start) as u32,
        });
    }

    pub(crate) fn push_number(&mut self, number: Number) {
        match number {
            Number::Int(value) => self.nodes.push(Node::Int(value)),
            Number::Float(value) => self.nodes.push(Node::Float(value)),
            Number::BigInt(digits) => {
                let start = self.side.len() as u32;
                self.side.push_str(&digits);
                self.nodes.push(Node::Big {
                    start,
                    len: digits.len() as u32,
                });
            }
        }
    }

    /// The value that begins at `*at`, as a tree; `*at` moves past it.
    pub fn value_at(&self, input: &str, at: &mut usize) -> Value {
        let Some(&node) = self.nodes.get(*at) else {
            return Value::Null;
        };
        *at += 1;
        match node {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(value),
            Node::Int(value) => Value::Number(Number::Int(value)),
            Node::Float(value) => Value::Number(Number::Float(value)),
            Node::Big { .. } => Value::Number(Number::BigInt(self.text(input, node).into())),
            Node::Raw { .. } | Node::Owned { .. } => {
                Value::String(self.text(input, node).to_owned())
            }
            Node::Array(count) => {
                Value::Array((0..count).map(|_| self.value_at(input, at)).collect())
            }
            Node::Object(count) => {
                let mut pairs = Pairs::with_capacity(count as usize);
                for _ in 0..count {
                    let key = self
                        .nodes
                        .get(*at)
                        .map_or("", |&node| self.text(input, node))
                        .to_owned();
                    *at += 1;
                    pairs.insert(key, self.value_at(input, at));
                }
                Value::Object(pairs.list)
            }
        }
    }

    /// The first value of the tape.
    pub fn to_value(&self, input: &str) -> Value {
        self.value_at(input, &mut 0)
    }
}

/// Keys in order, each once; beyond a few keys an index keeps insertion from being quadratic.
#[derive(Default)]
pub(crate) struct Pairs {
    pub(crate) list: Vec<(String, Value)>,
    index: HashMap<String, usize>,
}

const INDEX_FROM: usize = 16;

impl Pairs {
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self {
            list: Vec::with_capacity(count.min(1024)),
            index: HashMap::new(),
        }
    }

    pub(crate) fn insert(&mut self, key: String, value: Value) {
        let known = if self.list.len() < INDEX_FROM {
            self.list.iter().position(|(other, _)| *other == key)
        } else {
            if self.index.is_empty() {
                self.index.extend(
                    self.list
                        .iter()
                        .enumerate()
                        .map(|(at, (key, _))| (key.clone(), at)),
                );
            }
            self.index.get(&key).copied()
        };
        match known {
            Some(at) => self.list[at].1 = value,
            None => {
                if !self.index.is_empty() {
                    self.index.insert(key.clone(), self.list.len());
                }
                self.list.push((key, value));
            }
        }
    }
}
