//! Quoted strings: where they end, when they are not escaped, not closed, doubled, tripled or concatenated.

use super::judge::{Seek, Verdict};
use super::quotes::{Quote, opening};
use super::space::{skip_space, space_len};
use super::{Frame, Parser, Place};
use crate::json::error::Error;
use crate::json::report::RepairKind;
use crate::json::strict::{first, quotes};
use crate::json::tape::Node;

impl Parser<'_> {
    /// Read a quoted string as a value, with whatever is concatenated to it.
    pub(crate) fn string_value(&mut self, place: Place) -> Result<bool, Error> {
        let node = self.tape.nodes.len();
        self.quoted(place);
        loop {
            let to = self.peek_trivia(self.at);
            if self.byte(to) != Some(b'+') {
                break;
            }
            let next = self.peek_trivia(to + 1);
            if opening(self.bytes, next).is_none() {
                if next >= self.bytes.len() {
                    self.at = next;
                }
                break;
            }
            self.note(RepairKind::Concatenation, to);
            self.at = next;
            self.quoted(place);
        }
        if self.tape.nodes.len() > node + 1 {
            self.join_from(node);
        }
        Ok(true)
    }

    /// Make one string of all the strings from a node on.
    fn join_from(&mut self, node: usize) {
        let parts: Vec<Node> = self.tape.nodes.drain(node..).collect();
        let start = self.tape.side.len();
        for part in parts {
            let text = self.tape.text(self.text, part).to_owned();
            self.tape.side.push_str(&text);
        }
        self.tape.push_owned(start);
    }

    /// Read the quoted string at the current offset and push it.
    pub(crate) fn quoted(&mut self, place: Place) {
        let Some((quote, len)) = opening(self.bytes, self.at) else {
            return;
        };
        let begin = self.at;
        let first = self.bytes[begin];
        if len == 1
            && self.byte(begin + 1) == Some(first)
            && self.byte(begin + 2) == Some(first)
            && self.triple(first)
        {
            return;
        }
        let mut start = begin + len;
        let mut doubled = false;
        if len == 1 && self.byte(start) == Some(first) {
            // Two quotes: an empty string, or a doubled opening quote if a word begins right after them.
            let word = self
                .byte(start + 1)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'_');
            if word {
                doubled = true;
                start += 1;
            }
        }
        if quote != Quote::Double || doubled {
            self.note(RepairKind::OddQuote, begin);
        }
        let mut seek = Seek {
            start,
            quote,
            place,
            inside: false,
            escapes: false,
            escaped_close: None,
            likely_close: None,
        };
        let mut at = start;
        loop {
            let Some((found, width)) = self.scan(&mut seek, at) else {
                self.unclosed(&seek);
                return;
            };
            let after = found + width;
            match self.judge(&mut seek, found, after) {
                Verdict::Close => {
                    self.at = after;
                    if doubled && self.byte(after) == Some(first) {
                        self.at += 1;
                    }
                    if quote == Quote::Escaped {
                        self.push_twice_escaped(start, found);
                    } else {
                        self.push_checked(start, found, seek.escapes);
                    }
                    return;
                }
                Verdict::Cut(end, resume) => {
                    self.note(RepairKind::MissingQuote, end);
                    self.at = resume;
                    self.push_checked(start, end, seek.escapes);
                    return;
                }
                Verdict::Inner => {
                    self.note(RepairKind::InnerQuote, found);
                    at = after;
                }
            }
        }
    }

    fn push_checked(&mut self, start: usize, end: usize, escapes: bool) {
        if self.report {
            if let Some(control) = self.bytes[start..end].iter().position(|&byte| byte < 0x20) {
                self.note(RepairKind::ControlCharacter, start + control);
            }
        }
        self.push_string(start, end, escapes);
    }

    /// The next quote that may close the string: its offset and length.
    fn scan(&mut self, seek: &mut Seek, from: usize) -> Option<(usize, usize)> {
        let mut at = from;
        if seek.quote == Quote::Escaped {
            seek.escapes = true;
            while at + 1 < self.bytes.len() {
                match (self.bytes[at], self.bytes[at + 1]) {
                    (b'\\', b'"') => return Some((at, 2)),
                    (b'\\', _) => at += if self.starts(at, b"\\\\\\\"") { 4 } else { 2 },
                    _ => at += 1,
                }
            }
            return None;
        }
        let plain = match seek.quote {
            Quote::Double => b'"',
            Quote::Single => b'\'',
            _ => 0,
        };
        while at < self.bytes.len() {
            if plain > 0 {
                while let Some(chunk) = self.bytes.get(at..at + 8) {
                    let marks = quotes(
                        u64::from_le_bytes(chunk.try_into().unwrap_or_default()),
                        plain,
                    );
                    if marks != 0 {
                        at += first(marks);
                        break;
                    }
                    at += 8;
                }
                while at < self.bytes.len() && self.bytes[at] != plain && self.bytes[at] != b'\\' {
                    at += 1;
                }
                match self.bytes.get(at) {
                    Some(&byte) if byte == plain => return Some((at, 1)),
                    Some(_) => {}
                    None => return None,
                }
            }
            let byte = self.bytes[at];
            if byte == b'\\' {
                seek.escapes = true;
                if seek.escaped_close.is_none() && seek.quote.closing(self.bytes, at + 1) == 1 {
                    let to = skip_space(self.bytes, at + 2);
                    if matches!(self.byte(to), None | Some(b',' | b'}' | b']')) {
                        seek.escaped_close = Some(at + 1);
                    }
                }
                at += 2;
            } else if seek.quote.may_begin(byte) {
                match seek.quote.closing(self.bytes, at) {
                    0 => at += 1,
                    width => return Some((at, width)),
                }
            } else {
                at += 1;
            }
        }
        None
    }

    /// A string in triple quotes. False if it is not one after all.
    fn triple(&mut self, quote: u8) -> bool {
        let start = self.at + 3;
        let mark = [quote; 3];
        let mut to = start;
        while to < self.bytes.len() && !self.starts(to, &mark) {
            to += if self.bytes[to] == b'\\' { 2 } else { 1 };
        }
        let end = to.min(self.bytes.len());
        if end == self.bytes.len() && !self.pay((end - start) * 4) {
            return false;
        }
        if end == self.bytes.len() && self.byte(start).is_none_or(|byte| byte == quote) {
            return false;
        }
        self.note(RepairKind::OddQuote, self.at);
        let escapes = self.bytes[start..end].contains(&b'\\');
        self.push_string(start, end, escapes);
        self.at = (end + 3).min(self.bytes.len());
        if end >= self.bytes.len() {
            self.truncate_here();
        }
        true
    }

    /// No quote closes the string. Cut it where its author most likely meant it to end.
    fn unclosed(&mut self, seek: &Seek) {
        let (start, len) = (seek.start, self.bytes.len());
        if let Some(close) = seek
            .escaped_close
            .filter(|_| !self.partial && self.fuel > len - start)
        {
            self.pay(len - close);
            // `"C:\temp\"`: the last backslash was meant, not an escaped quote.
            self.note(RepairKind::BadEscape, close - 1);
            self.at = close + 1;
            let owned = self.tape.side.len();
            self.decode(start, close - 1);
            self.tape.side.push('\\');
            self.tape.push_owned(owned);
            return;
        }
        if let Some((close, after)) = seek.likely_close.filter(|_| seek.inside && !self.partial) {
            if self.pay(len - close) {
                self.at = after;
                self.push_checked(start, close, seek.escapes);
                return;
            }
        }
        if !self.partial {
            if let Some((end, resume)) = self.unclosed_end(seek) {
                self.note(RepairKind::MissingQuote, end);
                self.at = resume;
                self.push_checked(start, end, seek.escapes);
                return;
            }
        }
        self.truncate_here();
        self.at = len;
        self.push_checked(start.min(len), len, seek.escapes);
    }

    /// Where an unclosed string ends if the text goes on after it: before closing brackets or a fence at the end of
    /// the text, and before another pair inside it.
    fn unclosed_end(&mut self, seek: &Seek) -> Option<(usize, usize)> {
        let start = seek.start;
        if seek.place == Place::Key {
            if !self.pay(self.bytes.len() - start) {
                return None;
            }
            let limit = self.bytes.len().min(start + 256);
            let colon = self.bytes[start..limit]
                .iter()
                .position(|&byte| byte == b':')?
                + start;
            return Some((self.trim_end(start, colon), colon));
        }
        let mut tail = self.bytes.len();
        let mut closers = false;
        while tail > start {
            let byte = self.bytes[tail - 1];
            let fence = tail >= start + 3 && self.starts(tail - 3, b"```");
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' | b';' => tail -= 1,
                b'}' if self.has_open(Frame::Object) => (tail, closers) = (tail - 1, true),
                b']' if self.has_open(Frame::Array) => (tail, closers) = (tail - 1, true),
                b')' if self.has_open(Frame::Paren) => (tail, closers) = (tail - 1, true),
                _ if fence => (tail, closers) = (tail - 3, true),
                _ => break,
            }
        }
        if !closers || !self.pay(tail - start) {
            return None;
        }
        let end = self.trim_end(start, tail);
        if seek.place == Place::Member {
            for at in start..end {
                if self.bytes[at] == b',' {
                    let key = at
                        + 1
                        + self.bytes[at + 1..end]
                            .iter()
                            .take_while(|byte| byte.is_ascii_whitespace())
                            .count();
                    if self.bare_key_at(key).is_some_and(|colon| colon < end) {
                        return Some((self.trim_end(start, at), at));
                    }
                }
            }
        }
        Some((end, tail - (tail - end)))
    }

    /// A block of code between three backticks, as a string. Gives false if what stands here closes a fence.
    pub(crate) fn code_block(&mut self) -> bool {
        let begin = self.at;
        let mut start = begin + 3;
        while self.byte(start).is_some_and(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'#' | b'.' | b'_')
        }) {
            start += 1;
        }
        let line = start;
        while space_len(self.bytes, start) == 1 && self.bytes[start] != b'\n' {
            start += 1;
        }
        if self.byte(start) == Some(b'\n') {
            start += 1;
        } else {
            start = line.min(begin + 3);
        }
        if !self.pay(self.bytes.len() - begin) {
            return false;
        }
        let mut end = start;
        while end < self.bytes.len() && !self.starts(end, b"```") {
            end += 1;
        }
        let closed = end < self.bytes.len();
        if !closed && !self.partial && start == begin + 3 {
            return false;
        }
        self.note(RepairKind::CodeBlock, begin);
        self.at = if closed { end + 3 } else { end };
        let mut stop = end;
        if closed && stop > start && self.bytes[stop - 1] == b'\n' {
            stop -= 1;
        }
        self.tape.push_raw(start, stop);
        true
    }
}
