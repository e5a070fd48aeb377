//! What stands without quotes: literals, loose numbers, calls around a value, regular expressions and plain words.

use super::quotes::{After, opening};
use super::space::skip_space;
use super::{Frame, Parser, Place};
use crate::json::error::Error;
use crate::json::number;
use crate::json::report::RepairKind;
use crate::json::tape::Node;

impl Parser<'_> {
    /// Read an unquoted value. False if there is none.
    pub(crate) fn bare(&mut self, place: Place) -> Result<bool, Error> {
        let start = self.at;
        let mut word = start;
        while self
            .byte(word)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.'))
        {
            word += 1;
        }
        if word > start && self.byte(start).is_some_and(|byte| !byte.is_ascii_digit()) {
            // Python's string prefixes: r"", f"", b"" and so on.
            if word - start <= 2
                && matches!(self.byte(word), Some(b'"' | b'\''))
                && self.bytes[start..word]
                    .iter()
                    .all(|byte| b"rRbBfFuU".contains(byte))
            {
                self.note(RepairKind::Literal, start);
                self.at = word;
                return self.string_value(place);
            }
            if self.call(start, word, place)? {
                return Ok(true);
            }
        }
        let (end, resume) = self.bare_end(start, place);
        self.at = resume;
        if end == start {
            return Ok(false);
        }
        let truncated = end == self.bytes.len();
        if truncated {
            self.truncate_here();
        }
        self.scalar(start, end, truncated, place)
    }

    /// Push what the token between two offsets means.
    fn scalar(
        &mut self,
        start: usize,
        end: usize,
        truncated: bool,
        place: Place,
    ) -> Result<bool, Error> {
        let token = self.slice(start, end);
        if let Some((node, exact)) = literal(token) {
            if !exact {
                self.note(RepairKind::Literal, start);
            }
            self.push(node);
            return Ok(true);
        }
        if truncated {
            if let Some(node) = cut_literal(token).filter(|_| self.partial || !self.open.is_empty())
            {
                self.push(node);
                return Ok(true);
            }
            if matches!(token, "-" | "+") {
                return Ok(false);
            }
            // What comes after a number's last digit could still change it.
            if self.partial
                && token
                    .bytes()
                    .next()
                    .is_some_and(|byte| byte.is_ascii_digit() || byte == b'-')
            {
                let kept = token.trim_end_matches(['.', 'e', 'E', '+', '-']);
                if let Some(number) = number::loose(kept) {
                    self.unsure = Some(self.tape.nodes.len());
                    self.tape.push_number(number);
                    return Ok(true);
                }
            }
        }
        if let Some(number) = number::loose(token) {
            if number::strict(token, 0)
                .ok()
                .is_none_or(|(_, to)| to != token.len())
            {
                self.note(RepairKind::Number, start);
            }
            self.tape.push_number(number);
            return Ok(true);
        }
        if place == Place::Member {
            if let Some(number) =
                number::without_thousands(token).and_then(|plain| number::loose(&plain))
            {
                self.note(RepairKind::Number, start);
                self.tape.push_number(number);
                return Ok(true);
            }
        }
        self.note(RepairKind::Unquoted, start);
        if place != Place::Member {
            self.weak += 1;
        }
        self.tape.push_raw(start, end);
        Ok(true)
    }

    /// Where an unquoted value ends, and where reading goes on.
    fn bare_end(&mut self, start: usize, place: Place) -> (usize, usize) {
        let mut at = start;
        let mut level = [0_i32; 3];
        while let Some(byte) = self.byte(at) {
            match byte {
                b'{' => level[0] += 1,
                b'[' => level[1] += 1,
                b'(' => level[2] += 1,
                b'}' if level[0] > 0 => level[0] -= 1,
                b']' if level[1] > 0 => level[1] -= 1,
                b')' if level[2] > 0 => level[2] -= 1,
                b'}' | b']' => break,
                b')' if place == Place::Top || self.open.last() == Some(&Frame::Paren) => break,
                b';' if place == Place::Top || self.pair_after_semicolon(at, place) => break,
                b' ' | b'\t' if self.space_ends(start, at, place) => break,
                b',' if self.comma_ends(start, at, place) => break,
                b'\n' | b'\r' if self.line_ends(start, at, place) => break,
                b':' if place == Place::Item && level == [0; 3] && !self.starts(at, b"://") => {
                    break;
                }
                b'`' if self.starts(at, b"```") => break,
                b'"' => {
                    if let Some(end) = self.quote_ends_bare(start, at, place) {
                        return end;
                    }
                }
                b'/' if self.starts(at, b"/*") => break,
                b'/' if self.starts(at, b"//")
                    && at > start
                    && self.bytes[at - 1].is_ascii_whitespace() =>
                {
                    break;
                }
                b'#' if at > start
                    && self.bytes[at - 1] == b' '
                    && self.byte(at + 1) == Some(b' ') =>
                {
                    break;
                }
                _ => {}
            }
            at += 1;
        }
        (self.trim_end(start, at), at)
    }

    fn comma_ends(&mut self, start: usize, at: usize, place: Place) -> bool {
        if place != Place::Member {
            return true;
        }
        let token = self.slice(start, at);
        let simple =
            literal(token.trim_end()).is_some() || number::loose(token.trim_end()).is_some();
        if simple && !self.byte(at + 1).is_some_and(|byte| byte.is_ascii_digit()) {
            return true;
        }
        self.pair_or_end_after_comma(at + 1)
    }

    fn pair_after_semicolon(&mut self, at: usize, place: Place) -> bool {
        place == Place::Member && {
            let next = self.peek_trivia(at + 1);
            self.byte(next) == Some(b'}') || self.key_at(next)
        }
    }

    /// `[1 2 3]`, `{"a": 1 b: 2}`: a space that stands for a comma, after a number or a literal.
    fn space_ends(&mut self, start: usize, at: usize, place: Place) -> bool {
        // Only the first space can end such a token, and no such token is long.
        if at > start + 40
            || self.bytes[start..at].contains(&b' ')
            || !is_atom(self.slice(start, at))
        {
            return false;
        }
        let next = skip_space(self.bytes, at);
        match place {
            Place::Item => {
                let mut to = next;
                while self
                    .byte(to)
                    .is_some_and(|byte| byte > b' ' && !matches!(byte, b',' | b']' | b'}'))
                    && to < next + 40
                {
                    to += 1;
                }
                self.text.get(next..to).is_some_and(is_atom)
            }
            Place::Member => self.bare_key_at(next).is_some(),
            _ => false,
        }
    }

    fn line_ends(&mut self, start: usize, at: usize, place: Place) -> bool {
        match place {
            Place::Item | Place::Top => true,
            Place::Key => false,
            Place::Member => {
                let next = self.peek_trivia(at + 1);
                if self.trim_end(start, at) == start {
                    return false;
                }
                self.key_at(next)
            }
        }
    }

    /// A quote inside an unquoted value: it closes it, or opens the next key, or neither (None).
    fn quote_ends_bare(&mut self, start: usize, at: usize, place: Place) -> Option<(usize, usize)> {
        let next = self.peek_trivia(at + 1);
        let closes = match self.byte(next) {
            None | Some(b'}' | b']') => true,
            Some(b',') => place != Place::Member || self.pair_or_end_after_comma(next + 1),
            _ => false,
        };
        if closes {
            self.note(RepairKind::MissingQuote, at);
            return Some((self.trim_end(start, at), at + 1));
        }
        let opens = match place {
            Place::Member => self.after_quoted(at) == After::Colon,
            Place::Item => at > start && self.bytes[at - 1] == b' ',
            _ => false,
        };
        opens.then(|| (self.trim_end(start, at), at))
    }

    /// `name( … )` around one value. False, with nothing changed, if it is no such thing.
    fn call(&mut self, start: usize, word: usize, place: Place) -> Result<bool, Error> {
        let mut open = skip_space(self.bytes, word);
        if self.slice(start, word) == "new" {
            while self
                .byte(open)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            {
                open += 1;
            }
        }
        if self.byte(open) != Some(b'(')
            || (open > word && place == Place::Member && self.slice(start, word) != "new")
        {
            return Ok(false);
        }
        let first = skip_space(self.bytes, open + 1);
        let value = match self.byte(first) {
            Some(b'{' | b'[' | b'-' | b'0'..=b'9') => true,
            Some(_) => opening(self.bytes, first).is_some() || self.literal_at_paren(first),
            None => false,
        };
        if !value || !self.pay(64) {
            return Ok(false);
        }
        let mark = self.mark();
        let (truncated, fuel_before) = (self.truncated, self.at);
        self.enter(Frame::Paren)?;
        self.at = open + 1;
        let read = self.value(Place::Item)?;
        self.leave();
        let end = self.peek_trivia(self.at);
        let closed = self.byte(end) == Some(b')');
        if read && (closed || end >= self.bytes.len()) {
            self.note(RepairKind::Wrapper, start);
            self.at = if closed { end + 1 } else { end };
            return Ok(true);
        }
        let spent = self.at.saturating_sub(start);
        self.pay(spent * 4);
        self.rewind(mark);
        (self.truncated, self.at) = (truncated, fuel_before);
        Ok(false)
    }

    fn literal_at_paren(&self, at: usize) -> bool {
        ["true", "false", "null", "True", "False", "None"]
            .iter()
            .any(|word| self.starts(at, word.as_bytes()))
    }

    /// A regular expression between slashes, kept as text with its slashes and flags.
    pub(crate) fn regex(&mut self) -> bool {
        let start = self.at;
        let mut to = start + 1;
        loop {
            match self.byte(to) {
                None | Some(b'\n' | b'\r') => {
                    self.pay(to - start);
                    return false;
                }
                Some(b'\\') => to += 2,
                Some(b'/') => break,
                Some(_) if to > start + 4096 => return false,
                Some(_) => to += 1,
            }
        }
        to += 1;
        while self.byte(to).is_some_and(|byte| byte.is_ascii_lowercase()) {
            to += 1;
        }
        if !matches!(
            self.byte(skip_space(self.bytes, to)),
            None | Some(b',' | b'}' | b']' | b')')
        ) {
            return false;
        }
        self.note(RepairKind::Regex, start);
        self.tape.push_raw(start, to);
        self.at = to;
        true
    }
}

/// Whether a token is a number or a literal.
fn is_atom(token: &str) -> bool {
    literal(token).is_some() || number::loose(token).is_some()
}

/// The literal that a word means, and whether JSON spells it so.
pub(crate) fn literal(token: &str) -> Option<(Node, bool)> {
    Some(match token {
        "true" => (Node::Bool(true), true),
        "false" => (Node::Bool(false), true),
        "null" => (Node::Null, true),
        "True" | "TRUE" => (Node::Bool(true), false),
        "False" | "FALSE" => (Node::Bool(false), false),
        "None" | "NULL" | "Null" | "undefined" | "nil" => (Node::Null, false),
        "NaN" | "nan" | "Infinity" | "-Infinity" | "+Infinity" | "inf" | "-inf" => {
            (Node::Null, false)
        }
        _ => return None,
    })
}

/// The literal that a cut-off word is the beginning of.
fn cut_literal(token: &str) -> Option<Node> {
    let begins = |words: &[&str]| words.iter().any(|word| word.starts_with(token));
    if begins(&["true", "True"]) {
        Some(Node::Bool(true))
    } else if begins(&["false", "False"]) {
        Some(Node::Bool(false))
    } else if begins(&["null", "None", "undefined", "NaN"]) {
        Some(Node::Null)
    } else {
        None
    }
}
