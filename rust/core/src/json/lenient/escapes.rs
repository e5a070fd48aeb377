//! Decoding what stands between the quotes.

use super::Parser;
use crate::json::report::RepairKind;
use crate::json::strict::hex4;

impl Parser<'_> {
    /// Push the string between two offsets, decoding its escapes if it has any.
    pub(crate) fn push_string(&mut self, start: usize, end: usize, escapes: bool) {
        if !escapes {
            self.tape.push_raw(start, end);
            return;
        }
        let owned = self.tape.side.len();
        self.decode(start, end);
        self.tape.push_owned(owned);
    }

    /// Push a string that was escaped once too often: what is between two offsets is decoded twice.
    pub(crate) fn push_twice_escaped(&mut self, start: usize, end: usize) {
        let owned = self.tape.side.len();
        self.decode(start, end);
        let once = self.tape.side.split_off(owned);
        let mut inner = Parser::new(&once);
        inner.decode(0, once.len());
        self.tape.side.push_str(&inner.tape.side);
        self.tape.push_owned(owned);
    }

    /// Append the decoded string between two offsets to the side buffer. What is no known escape is kept: a
    /// backslash before a quote-like or unknown letter goes or stays as its author most likely meant.
    pub(crate) fn decode(&mut self, start: usize, end: usize) {
        let (mut from, mut at) = (start, start);
        while at < end {
            if self.bytes[at] != b'\\' {
                at += 1;
                continue;
            }
            self.tape.side.push_str(self.slice(from, at));
            (from, at) = self.decode_one(at, end);
        }
        self.tape
            .side
            .push_str(self.text.get(from..end).unwrap_or_default());
    }

    /// Decode the escape at `at`. Gives the offset copying goes on from, and the one reading goes on from.
    fn decode_one(&mut self, at: usize, end: usize) -> (usize, usize) {
        let Some(next) = self.byte(at + 1).filter(|_| at + 1 < end) else {
            self.note(RepairKind::BadEscape, at);
            return (end, end);
        };
        let simple = match next {
            b'"' | b'\\' | b'/' => next as char,
            b'\'' | b'`' => {
                self.note(RepairKind::BadEscape, at);
                next as char
            }
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.decode_unicode(at, end),
            b'x' if self.hex2(at + 2).is_some() && at + 4 <= end => {
                self.note(RepairKind::BadEscape, at);
                self.tape
                    .side
                    .push(self.hex2(at + 2).map_or(' ', char::from));
                return (at + 4, at + 4);
            }
            b'\n' => {
                // A backslash at the end of a line continues the string.
                self.note(RepairKind::BadEscape, at);
                return (at + 2, at + 2);
            }
            0x80.. => {
                // An escaped typographic quote or letter: the backslash goes.
                self.note(RepairKind::BadEscape, at);
                return (at + 1, at + 1);
            }
            _ => {
                // A regular expression or a Windows path: the backslash was meant.
                self.note(RepairKind::BadEscape, at);
                return (at, at + 2);
            }
        };
        self.tape.side.push(simple);
        (at + 2, at + 2)
    }

    fn hex2(&self, at: usize) -> Option<u8> {
        let high = (self.byte(at)? as char).to_digit(16)?;
        let low = (self.byte(at + 1)? as char).to_digit(16)?;
        Some((high * 16 + low) as u8)
    }

    fn decode_unicode(&mut self, at: usize, end: usize) -> (usize, usize) {
        let unit = if at + 6 <= end {
            hex4(self.bytes, at + 2)
        } else {
            None
        };
        let Some(unit) = unit else {
            self.note(RepairKind::BadEscape, at);
            let mut to = at + 2;
            while to < end && to < at + 6 && self.bytes[to].is_ascii_hexdigit() {
                to += 1;
            }
            // Cut off at the end of the text: nothing can be known. In the middle: kept as it is.
            return if to >= self.bytes.len() || (to == end && end - at < 6) {
                (end, end)
            } else {
                (at, to)
            };
        };
        if let Some(decoded) = char::from_u32(unit) {
            self.tape.side.push(decoded);
            return (at + 6, at + 6);
        }
        if unit < 0xdc00 && at + 12 <= end && self.starts(at + 6, b"\\u") {
            if let Some(low) =
                hex4(self.bytes, at + 8).filter(|low| (0xdc00..=0xdfff).contains(low))
            {
                let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                self.tape
                    .side
                    .push(char::from_u32(code).unwrap_or('\u{fffd}'));
                return (at + 12, at + 12);
            }
        }
        self.note(RepairKind::LoneSurrogate, at);
        if !(self.partial && at + 12 > self.bytes.len()) {
            self.tape.side.push('\u{fffd}');
        }
        (at + 6, at + 6)
    }
}
