//! Strict JSON (RFC 8259), iterative: never guesses, gives the place of the first fault.

use super::error::{Error, ErrorKind, MAX_DEPTH, MAX_INPUT};
use super::number;
use super::tape::{Node, Tape};
use super::value::Value;

/// Parse strict JSON into a tree. A byte order mark is refused, as are lone surrogates and numbers out of range.
///
/// # Errors
/// The first fault, with its byte offset.
pub fn parse_strict(text: &str) -> Result<Value, Error> {
    Ok(parse_tape(text)?.to_value(text))
}

/// Parse strict JSON into a tape.
///
/// # Errors
/// The first fault, with its byte offset.
pub fn parse_tape(text: &str) -> Result<Tape, Error> {
    if text.len() > MAX_INPUT {
        return Err(Error::new(ErrorKind::TooLong, MAX_INPUT));
    }
    let mut parser = Strict {
        text,
        bytes: text.as_bytes(),
        at: 0,
        tape: Tape::default(),
        open: Vec::new(),
    };
    parser.tape.nodes.reserve(text.len() / 8 + 1);
    parser.run()?;
    Ok(parser.tape)
}

/// As [`parse_tape`], but refuses at a glance what cannot be JSON by its first and last characters.
pub(crate) fn parse_likely(text: &str) -> Result<Tape, Error> {
    let space = |byte: &&u8| !matches!(**byte, b' ' | b'\n' | b'\t' | b'\r');
    let bytes = text.as_bytes();
    let likely = match (bytes.iter().find(space), bytes.iter().rev().find(space)) {
        (Some(b'{'), last) => last == Some(&b'}'),
        (Some(b'['), last) => last == Some(&b']'),
        (Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') | None, _) => true,
        _ => false,
    };
    if likely {
        parse_tape(text)
    } else {
        Err(Error::new(ErrorKind::UnexpectedCharacter, 0))
    }
}

struct Open {
    node: usize,
    count: u32,
    object: bool,
}

struct Strict<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tape: Tape,
    open: Vec<Open>,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// A high bit for each of the eight bytes that is zero (and perhaps for others above one that is).
#[inline]
fn zero(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

/// The first of the eight bytes, read as a little-endian word, that has its high bit in `marks`.
#[inline]
pub(crate) fn first(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

/// High bits for the eight bytes, the lowest of them at the first that is the given one or a backslash; 0 if none is.
#[inline]
pub(crate) fn quotes(word: u64, quote: u8) -> u64 {
    zero(word ^ (ONES * u64::from(quote))) | zero(word ^ (ONES * b'\\' as u64))
}

/// As [`quotes`], for a double quote, a backslash or a control character.
#[inline]
pub(crate) fn specials(word: u64) -> u64 {
    let quote = zero(word ^ (ONES * b'"' as u64));
    let slash = zero(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    quote | slash | control
}

impl Strict<'_> {
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn fail<T>(&self, kind: ErrorKind) -> Result<T, Error> {
        let kind = if self.at >= self.bytes.len() {
            ErrorKind::UnexpectedEnd
        } else {
            kind
        };
        Err(Error::new(kind, self.at))
    }

    fn run(&mut self) -> Result<(), Error> {
        self.skip_space();
        if self.at == self.bytes.len() {
            return Err(Error::new(ErrorKind::Empty, 0));
        }
        loop {
            // A value stands here.
            if self.value()? {
                continue;
            }
            if self.close()? {
                break;
            }
        }
        self.skip_space();
        if self.at < self.bytes.len() {
            return self.fail(ErrorKind::TrailingText);
        }
        Ok(())
    }

    /// Read a scalar, or open a container. True if a container was opened and its first value stands next.
    fn value(&mut self) -> Result<bool, Error> {
        let Some(&byte) = self.bytes.get(self.at) else {
            return self.fail(ErrorKind::UnexpectedEnd);
        };
        match byte {
            b'"' => self.string()?,
            b'{' => {
                self.push_open(true)?;
                self.skip_space();
                if self.bytes.get(self.at) == Some(&b'}') {
                    self.at += 1;
                    self.open.pop();
                    return Ok(false);
                }
                self.key()?;
                return Ok(true);
            }
            b'[' => {
                self.push_open(false)?;
                self.skip_space();
                if self.bytes.get(self.at) == Some(&b']') {
                    self.at += 1;
                    self.open.pop();
                    return Ok(false);
                }
                if let Some(open) = self.open.last_mut() {
                    open.count = 1;
                }
                return Ok(true);
            }
            b'-' | b'0'..=b'9' => {
                let (value, end) = number::strict(self.text, self.at)?;
                self.tape.push_number(value);
                self.at = end;
            }
            b't' => self.word(b"true", Node::Bool(true))?,
            b'f' => self.word(b"false", Node::Bool(false))?,
            b'n' => self.word(b"null", Node::Null)?,
            _ => return self.fail(ErrorKind::UnexpectedCharacter),
        }
        Ok(false)
    }

    /// After a value: close what ends here. True when the outermost value is complete, false when another value comes.
    fn close(&mut self) -> Result<bool, Error> {
        loop {
            let Some(open) = self.open.last_mut() else {
                return Ok(true);
            };
            while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes.get(self.at) {
                self.at += 1;
            }
            match (self.bytes.get(self.at), open.object) {
                (Some(b','), false) => {
                    open.count += 1;
                    self.at += 1;
                    self.skip_space();
                    return Ok(false);
                }
                (Some(b','), true) => {
                    self.at += 1;
                    self.skip_space();
                    self.key()?;
                    return Ok(false);
                }
                (Some(b']'), false) => self.tape.nodes[open.node] = Node::Array(open.count),
                (Some(b'}'), true) => self.tape.nodes[open.node] = Node::Object(open.count),
                _ => return self.fail(ErrorKind::UnexpectedCharacter),
            }
            self.at += 1;
            self.open.pop();
        }
    }

    fn push_open(&mut self, object: bool) -> Result<(), Error> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Error::new(ErrorKind::TooDeep, self.at));
        }
        self.open.push(Open {
            node: self.tape.nodes.len(),
            count: 0,
            object,
        });
        self.tape.nodes.push(if object {
            Node::Object(0)
        } else {
            Node::Array(0)
        });
        self.at += 1;
        Ok(())
    }

    fn key(&mut self) -> Result<(), Error> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return self.fail(ErrorKind::UnexpectedCharacter);
        }
        self.string()?;
        self.skip_space();
        if self.bytes.get(self.at) != Some(&b':') {
            return self.fail(ErrorKind::UnexpectedCharacter);
        }
        self.at += 1;
        self.skip_space();
        if let Some(open) = self.open.last_mut() {
            open.count += 1;
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8], node: Node) -> Result<(), Error> {
        if !self.bytes[self.at..].starts_with(word) {
            return self.fail(ErrorKind::UnexpectedCharacter);
        }
        self.at += word.len();
        self.tape.nodes.push(node);
        Ok(())
    }

    fn string(&mut self) -> Result<(), Error> {
        self.at += 1;
        let start = self.at;
        let mut at = start;
        while let Some(chunk) = self.bytes.get(at..at + 8) {
            let marks = specials(u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
            if marks != 0 {
                at += first(marks);
                break;
            }
            at += 8;
        }
        while at < self.bytes.len() && !matches!(self.bytes[at], b'"' | b'\\' | 0..=0x1f) {
            at += 1;
        }
        match self.bytes.get(at) {
            Some(b'"') => {
                self.tape.push_raw(start, at);
                self.at = at + 1;
                Ok(())
            }
            Some(b'\\') => self.escaped_string(start, at),
            None => Err(Error::new(ErrorKind::UnexpectedEnd, at)),
            Some(_) => Err(Error::new(ErrorKind::ControlCharacter, at)),
        }
    }

    /// A string from its first escape on.
    fn escaped_string(&mut self, start: usize, mut at: usize) -> Result<(), Error> {
        let owned = self.tape.side.len();
        let mut from = start;
        loop {
            while at < self.bytes.len() && !matches!(self.bytes[at], b'"' | b'\\' | 0..=0x1f) {
                at += 1;
            }
            self.tape.side.push_str(&self.text[from..at]);
            match self.bytes.get(at) {
                Some(b'"') => {
                    self.tape.push_owned(owned);
                    self.at = at + 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    let (decoded, end) = escape(self.bytes, at)?;
                    self.tape.side.push(decoded);
                    (at, from) = (end, end);
                }
                None => return Err(Error::new(ErrorKind::UnexpectedEnd, at)),
                Some(_) => return Err(Error::new(ErrorKind::ControlCharacter, at)),
            }
        }
    }
}

/// The four hex digits at `at`.
pub(crate) fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0, |sum, &byte| {
        Some(sum * 16 + (byte as char).to_digit(16)?)
    })
}

/// Decode the escape at `at`, a backslash; gives the character and the offset after it.
fn escape(bytes: &[u8], at: usize) -> Result<(char, usize), Error> {
    let simple = match bytes.get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let unit = hex4(bytes, at + 2).ok_or(Error::new(ErrorKind::BadEscape, at))?;
            return match unit {
                0xd800..=0xdbff => {
                    let low = if bytes.get(at + 6..at + 8) == Some(b"\\u") {
                        hex4(bytes, at + 8)
                    } else {
                        None
                    };
                    match low.filter(|low| (0xdc00..=0xdfff).contains(low)) {
                        Some(low) => {
                            let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                            Ok((char::from_u32(code).unwrap_or('\u{fffd}'), at + 12))
                        }
                        None => Err(Error::new(ErrorKind::LoneSurrogate, at)),
                    }
                }
                _ => match char::from_u32(unit) {
                    Some(decoded) => Ok((decoded, at + 6)),
                    None => Err(Error::new(ErrorKind::LoneSurrogate, at)),
                },
            };
        }
        None => return Err(Error::new(ErrorKind::UnexpectedEnd, at + 1)),
        Some(_) => return Err(Error::new(ErrorKind::BadEscape, at)),
    };
    Ok((simple, at + 2))
}
