//! Whether a quote inside a string closes it, belongs to it, or opens the next one.

use super::quotes::{After, Quote, opening};
use super::space::skip_space;
use super::{Frame, Parser, Place};

/// What a quote inside a string turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It closes the string.
    Close,
    /// It belongs to the string.
    Inner,
    /// The string had already ended at the first offset; reading goes on at the second.
    Cut(usize, usize),
}

/// What is known of a string while its end is sought.
pub(crate) struct Seek {
    pub(crate) start: usize,
    pub(crate) quote: Quote,
    pub(crate) place: Place,
    /// An inner quote is open.
    pub(crate) inside: bool,
    pub(crate) escapes: bool,
    /// The first escaped quote that would close the string if it were not escaped.
    pub(crate) escaped_close: Option<usize>,
    /// The first quote that was taken for an inner one although it looks like a closing one: text before it, space
    /// after it.
    pub(crate) likely_close: Option<(usize, usize)>,
}

impl Parser<'_> {
    /// Whether the quote at `found` closes the string.
    pub(crate) fn judge(&mut self, seek: &mut Seek, found: usize, after: usize) -> Verdict {
        if seek.place == Place::Key && self.byte(after) == Some(b':') {
            return Verdict::Close;
        }
        let next = self.peek_trivia(after);
        if let Some(cut) = self.opens_the_next(seek, found, next) {
            return cut;
        }
        let closes = match seek.place {
            Place::Key => return self.judge_key(seek, found, after, next),
            Place::Member => self.closes_member(seek, found, after, next),
            Place::Item => self.closes_item(seek, found, after, next),
            Place::Top => {
                next != after
                    || !self
                        .byte(next)
                        .is_some_and(|byte| byte.is_ascii_alphanumeric())
            }
        };
        if closes {
            return Verdict::Close;
        }
        if !seek.inside && next > after && found > seek.start && self.bytes[found - 1] > b' ' {
            seek.likely_close.get_or_insert((found, after));
        }
        seek.inside = !seek.inside;
        Verdict::Inner
    }

    /// The quote may open the next string, when the string before it was never closed.
    fn opens_the_next(&mut self, seek: &Seek, found: usize, next: usize) -> Option<Verdict> {
        if seek.place == Place::Key
            || !matches!(
                self.bytes[found - 1],
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t'
            )
        {
            return None;
        }
        let mut end = found;
        let mut line = false;
        while end > seek.start {
            let byte = self.bytes[end - 1];
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                break;
            }
            line |= byte == b'\n';
            end -= 1;
        }
        let last = if end > seek.start {
            self.bytes[end - 1]
        } else {
            return None;
        };
        if !(last == b',' || last == b':' || line) {
            return None;
        }
        if matches!(self.byte(next), Some(b':')) && seek.place == Place::Member {
            return None;
        }
        let content_end = if last == b',' { end - 1 } else { end };
        match seek.place {
            Place::Member if last == b':' => {
                // `"first, b: "second"`: a whole pair inside.
                let (word, comma) = self.key_before(seek.start, end - 1)?;
                let (_, to) = self.next_quote(found)?;
                let to = self.peek_trivia(to);
                let ends = match self.byte(to) {
                    None | Some(b'}') => true,
                    Some(b',') => self.pair_or_end_after_comma(to + 1),
                    _ => false,
                };
                ends.then_some(Verdict::Cut(comma, word))
            }
            Place::Member => (self.after_quoted(found) == After::Colon).then(|| {
                Verdict::Cut(
                    self.trim_end(seek.start, content_end),
                    if last == b',' { end - 1 } else { found },
                )
            }),
            Place::Item => {
                let (_, to) = self.next_quote(found)?;
                let to = self.peek_trivia(to);
                let item = match self.byte(to) {
                    Some(b']') => true,
                    Some(b',') => self.item_after_comma(to + 1),
                    _ => false,
                };
                item.then(|| {
                    Verdict::Cut(
                        self.trim_end(seek.start, content_end),
                        if last == b',' { end - 1 } else { found },
                    )
                })
            }
            _ => None,
        }
    }

    pub(crate) fn trim_end(&self, start: usize, mut end: usize) -> usize {
        while end > start && matches!(self.bytes[end - 1], b' ' | b'\n' | b'\r' | b'\t') {
            end -= 1;
        }
        end
    }

    /// The unquoted key that ends at `colon` and the comma before it, inside a string that begins at `start`.
    fn key_before(&mut self, start: usize, colon: usize) -> Option<(usize, usize)> {
        let stop = self.trim_end(start, colon);
        let mut at = stop;
        while at > start
            && at + 40 > stop
            && (self.bytes[at - 1].is_ascii_alphanumeric() || self.bytes[at - 1] == b'_')
        {
            at -= 1;
        }
        let comma = self.trim_end(start, at);
        if at == stop || comma <= start || self.bytes[comma - 1] != b',' {
            return None;
        }
        Some((comma - 1, comma - 1))
    }

    fn judge_key(&mut self, seek: &mut Seek, found: usize, after: usize, next: usize) -> Verdict {
        let spaced = next > after;
        let close = match self.byte(next) {
            None | Some(b':' | b',' | b'}' | b'=' | b']') => true,
            Some(byte) => {
                // `"key:"value"`: the closing quote was forgotten.
                let end = self.trim_end(seek.start, found);
                if end > seek.start && self.bytes[end - 1] == b':' {
                    return Verdict::Cut(self.trim_end(seek.start, end - 1), end - 1);
                }
                match byte {
                    b'{' | b'[' | b'0'..=b'9' | b'-' => true,
                    b't' | b'f' | b'n' | b'T' | b'F' | b'N' if self.literal_at(next) => true,
                    _ if opening(self.bytes, next).is_some() => {
                        spaced || self.after_quoted(next) != After::Colon
                    }
                    _ => false,
                }
            }
        };
        if close {
            return Verdict::Close;
        }
        seek.inside = !seek.inside;
        Verdict::Inner
    }

    fn closes_member(&mut self, seek: &Seek, found: usize, after: usize, next: usize) -> bool {
        let Some(byte) = self.byte(next) else {
            return true;
        };
        match byte {
            b',' => self.pair_or_end_after_comma(next + 1),
            b'}' => !self.closer_is_inner(seek, found, next, b'{', b'}'),
            b']' if self.has_open(Frame::Array) => {
                !self.closer_is_inner(seek, found, next, b'[', b']')
            }
            b']' => matches!(
                self.byte(skip_space(self.bytes, next + 1)),
                None | Some(b',' | b'}' | b']')
            ),
            b')' => self.has_open(Frame::Paren) || self.ends_call(next),
            b';' => self.key_at(skip_space(self.bytes, next + 1)),
            b'+' => opening(self.bytes, skip_space(self.bytes, next + 1)).is_some(),
            b'`' => self.starts(next, b"```"),
            b':' => false,
            b'.' => self
                .ellipsis_end(next)
                .is_some_and(|end| matches!(self.byte(end), None | Some(b',' | b'}'))),
            b't' | b'f' | b'n' | b'T' | b'F' | b'N' if next > after && self.literal_at(next) => {
                true
            }
            _ if opening(self.bytes, next).is_some() => {
                self.after_quoted(next) == After::Colon
                    || (!seek.inside && next == after && self.stray_quote(next))
            }
            _ if next > after && !seek.inside && self.stray_word(next) => true,
            _ => self.bytes[after..next].contains(&b'\n') && self.bare_key_at(next).is_some(),
        }
    }

    fn closes_item(&mut self, seek: &Seek, found: usize, after: usize, next: usize) -> bool {
        let Some(byte) = self.byte(next) else {
            return true;
        };
        match byte {
            b',' => {
                self.item_after_comma(next + 1)
                    && !(seek.inside && self.quote_opens_inner(next + 1))
            }
            b']' => !self.closer_is_inner(seek, found, next, b'[', b']'),
            b'}' => {
                self.has_open(Frame::Object)
                    || self
                        .byte(skip_space(self.bytes, next + 1))
                        .is_none_or(|b| b != b'"')
            }
            b')' => self.has_open(Frame::Paren) || self.ends_call(next),
            b':' => {
                !seek.inside && found - seek.start < 64 && self.open.last() == Some(&Frame::Array)
            }
            b'+' => opening(self.bytes, skip_space(self.bytes, next + 1)).is_some(),
            b'{' | b'[' => next > after,
            b'0'..=b'9' | b'-' => next > after && !seek.inside,
            b'`' => self.starts(next, b"```"),
            b'.' => self.ellipsis_end(next).is_some() && !seek.inside,
            _ if opening(self.bytes, next).is_some() => !seek.inside,
            _ if self.bytes[after..next].contains(&b'\n') => true,
            _ => {
                next > after
                    && !seek.inside
                    && seek.quote == Quote::Double
                    && self.bare_item_with_quote(next)
            }
        }
    }

    /// `"a" b", "c"`: a bare word that lacks its opening quote, or both.
    fn bare_item_with_quote(&mut self, at: usize) -> bool {
        let mut to = at;
        while let Some(byte) = self.byte(to) {
            match byte {
                b'"' => {
                    let next = skip_space(self.bytes, to + 1);
                    return self.bytes[to - 1] != b' '
                        && matches!(self.byte(next), None | Some(b',' | b']'));
                }
                b',' | b']' => return true,
                b'\n' | b'{' | b'}' | b'[' => return false,
                _ if to > at + 80 => return false,
                _ => to += 1,
            }
        }
        self.pay(to - at);
        false
    }

    /// A lone word with a delimiter after it: it belongs to nothing.
    fn stray_word(&mut self, at: usize) -> bool {
        let mut to = at;
        while self
            .byte(to)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && to < at + 32
        {
            to += 1;
        }
        self.pay(to - at);
        let next = skip_space(self.bytes, to);
        to > at
            && match self.byte(next) {
                Some(b'}') => true,
                Some(b',') => self.pair_or_end_after_comma(next + 1),
                _ => false,
            }
    }

    /// A lone quote with a delimiter after it.
    fn stray_quote(&mut self, at: usize) -> bool {
        let Some((_, len)) = opening(self.bytes, at) else {
            return false;
        };
        let to = self.peek_trivia(at + len);
        matches!(self.byte(to), None | Some(b',' | b'}' | b']'))
    }

    /// After a comma stands a quote that opens a word inside a sentence.
    fn quote_opens_inner(&mut self, at: usize) -> bool {
        let to = self.peek_trivia(at);
        opening(self.bytes, to).is_some() && self.after_quoted(to) == After::Other
    }

    /// A closing parenthesis that ends the text, or a call around it.
    fn ends_call(&self, at: usize) -> bool {
        let to = skip_space(self.bytes, at + 1);
        matches!(self.byte(to), None | Some(b';')) && self.open.len() <= 1
    }

    /// A closer after the quote belongs to the string: the string has an opener of its own, and what follows the
    /// closer cannot follow the end of a container.
    fn closer_is_inner(
        &mut self,
        seek: &Seek,
        found: usize,
        closer: usize,
        open: u8,
        close: u8,
    ) -> bool {
        let to = self.peek_trivia(closer + 1);
        let plausible = match self.byte(to) {
            None | Some(b'}' | b']' | b')' | b'`' | b';') => true,
            Some(b',') => {
                let after = self.peek_trivia(to + 1);
                match self.byte(after) {
                    None | Some(b'}' | b']' | b'{' | b'[') => true,
                    Some(_) if opening(self.bytes, after).is_some() => {
                        self.has_open(Frame::Array)
                            || matches!(self.after_quoted(after), After::Colon | After::Unclosed)
                    }
                    Some(_) => self.bare_key_at(after).is_some() || self.has_open(Frame::Array),
                }
            }
            Some(_) => self.open.len() <= 1 || opening(self.bytes, to).is_some(),
        };
        if plausible && !(self.open.len() == 1 && self.byte(to) == Some(b',')) {
            return false;
        }
        if plausible || !self.pay(found - seek.start) {
            return false;
        }
        let mut level = 0_i64;
        for &byte in &self.bytes[seek.start..found] {
            level += i64::from(byte == open) - i64::from(byte == close && level > 0);
        }
        level > 0
    }

    /// Whether, after a comma inside an object, another pair or the end of the object comes.
    pub(crate) fn pair_or_end_after_comma(&mut self, at: usize) -> bool {
        let to = self.peek_trivia(at);
        let Some(byte) = self.byte(to) else {
            return true;
        };
        match byte {
            b'}' | b']' | b'{' | b'[' | b',' => true,
            b'.' => self.ellipsis_end(to).is_some(),
            _ if opening(self.bytes, to).is_some() => self.after_quoted(to) != After::Other,
            _ => {
                if self.ellipsis_end(to).is_some() || self.bare_key_at(to).is_some() {
                    return true;
                }
                // `COMMENT "key":`, or the beginning of a key that is cut off.
                let mut end = to;
                while self.byte(end).is_some_and(|byte| {
                    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b' '
                }) && end < to + 64
                {
                    end += 1;
                }
                self.pay(end - to);
                end > to
                    && (end >= self.bytes.len()
                        || (opening(self.bytes, end).is_some()
                            && self.after_quoted(end) == After::Colon))
            }
        }
    }

    /// Whether, after a comma inside an array, another item or the end of the array comes.
    fn item_after_comma(&mut self, at: usize) -> bool {
        let to = self.peek_trivia(at);
        let Some(byte) = self.byte(to) else {
            return true;
        };
        match byte {
            b']' | b'}' | b'{' | b'[' | b'(' | b',' | b'-' | b'0'..=b'9' => true,
            b'.' => self.ellipsis_end(to).is_some(),
            _ if opening(self.bytes, to).is_some() || self.ellipsis_end(to).is_some() => true,
            _ => {
                let mut end = to;
                while let Some(byte) = self.byte(end) {
                    match byte {
                        b',' | b']' | b'\n' => break,
                        b'"' | b'{' | b'}' | b'[' => return false,
                        _ if end > to + 64 => return false,
                        _ => end += 1,
                    }
                }
                self.pay(end - to);
                true
            }
        }
    }
}
