//! Finding the end of a JSON-like value that is still coming in: every byte is looked at once.

use super::call::{is_arguments_key, is_name_key};
use super::dialect::{Look, More, Need};

/// How a value ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its last closer stands before this offset.
    Closed(usize),
    /// It was broken off at this offset, by the end of the text or by markup outside every string.
    Broken(usize),
}

/// A scanner of one object, array or argument list.
#[derive(Debug, Clone, Default)]
pub(crate) struct JsonScan {
    start: usize,
    at: usize,
    depth: u32,
    quote: u8,
    /// Beginning of the string under way.
    from: usize,
    /// The last byte outside strings that was no white space.
    last: u8,
    /// The last string at depth 1, and whether it is the current key.
    string: (usize, usize),
    key: Key,
    /// Where the value of a name key stands.
    pub(crate) name: Option<(usize, usize)>,
    /// Where the value of an arguments key begins, if it is an object.
    pub(crate) arguments: Option<usize>,
    /// Where it ends.
    pub(crate) arguments_end: Option<usize>,
    /// A `<` outside strings breaks the value off.
    pub(crate) markup: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Key {
    #[default]
    Other,
    Name,
    Arguments,
}

impl JsonScan {
    /// A scanner of the value whose opener stands at `start`.
    pub(crate) fn new(start: usize) -> Self {
        Self {
            start,
            at: start,
            markup: true,
            ..Self::default()
        }
    }

    /// As [`Self::new`], where no markup can follow.
    pub(crate) fn plain(start: usize) -> Self {
        Self {
            markup: false,
            ..Self::new(start)
        }
    }

    /// Where the value begins.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// How far was looked.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Whether it stands inside a string.
    pub(crate) fn in_string(&self) -> bool {
        self.quote != 0
    }

    /// Go on to the end of the value.
    pub(crate) fn run(&mut self, look: &Look<'_>) -> Need<End> {
        let bytes = look.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if self.quote != 0 {
                if !self.string(bytes) {
                    break;
                }
                continue;
            }
            match byte {
                b'"' => self.open_string(byte),
                // An apostrophe opens a string only where a value or a key may begin.
                b'\'' if matches!(self.last, b'{' | b'[' | b',' | b':' | b'(' | b'=') => {
                    self.open_string(byte);
                }
                b'{' | b'[' | b'(' => {
                    if self.depth == 1
                        && byte == b'{'
                        && self.last == b':'
                        && self.key == Key::Arguments
                        && self.arguments.is_none()
                    {
                        self.arguments = Some(self.at);
                    }
                    self.depth += 1;
                    self.last = byte;
                }
                b'}' | b']' | b')' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.last = byte;
                    if self.depth == 1 && self.arguments.is_some() && self.arguments_end.is_none() {
                        self.arguments_end = Some(self.at + 1);
                    }
                    if self.depth == 0 {
                        self.at += 1;
                        return Ok(End::Closed(self.at));
                    }
                }
                b':' => {
                    if self.depth == 1 {
                        self.key = self.key_of(look);
                    }
                    self.last = byte;
                }
                b'<' if self.markup && self.at > self.start => return Ok(End::Broken(self.at)),
                b' ' | b'\n' | b'\r' | b'\t' => {}
                _ => self.last = byte,
            }
            self.at += 1;
        }
        if look.end {
            return Ok(End::Broken(bytes.len()));
        }
        Err(More)
    }

    fn open_string(&mut self, quote: u8) {
        self.quote = quote;
        self.from = self.at + 1;
    }

    /// Go on inside a string. False at the end of the text so far.
    fn string(&mut self, bytes: &[u8]) -> bool {
        while let Some(&byte) = bytes.get(self.at) {
            if byte == b'\\' {
                if self.at + 1 >= bytes.len() {
                    return false;
                }
                self.at += 2;
                continue;
            }
            self.at += 1;
            if byte == self.quote {
                if self.depth == 1 {
                    self.string = (self.from, self.at - 1);
                    if self.last == b':' && self.key == Key::Name && self.name.is_none() {
                        self.name = Some(self.string);
                    }
                }
                self.quote = 0;
                self.last = byte;
                return true;
            }
        }
        false
    }

    fn key_of(&self, look: &Look<'_>) -> Key {
        if !matches!(self.last, b'"' | b'\'') {
            return Key::Other;
        }
        let key = look.slice(self.string.0, self.string.1);
        if is_arguments_key(key) {
            Key::Arguments
        } else if is_name_key(key) {
            Key::Name
        } else {
            Key::Other
        }
    }
}
