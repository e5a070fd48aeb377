//! Kinds of quotation marks, and looking ahead for keys and closing quotes.

use super::Parser;
use super::space::skip_space;

/// A kind of quotation mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quote {
    /// `"`
    Double,
    /// `'`
    Single,
    /// Typographic double quotes; a plain one may close them.
    TypoDouble,
    /// Typographic single quotes, backticks and acute accents; a plain one may close them.
    TypoSingle,
    /// `\"`, in JSON that was escaped once too often.
    Escaped,
}

/// The kind and length of the opening quote at `at`.
#[inline]
pub(crate) fn opening(bytes: &[u8], at: usize) -> Option<(Quote, usize)> {
    Some(match bytes.get(at)? {
        b'"' => (Quote::Double, 1),
        b'\'' => (Quote::Single, 1),
        b'`' => (Quote::TypoSingle, 1),
        b'\\' if bytes.get(at + 1) == Some(&b'"') => (Quote::Escaped, 2),
        0xc2 => match bytes.get(at + 1)? {
            0xb4 => (Quote::TypoSingle, 2),
            0xab => (Quote::TypoDouble, 2),
            _ => return None,
        },
        0xe2 if bytes.get(at + 1) == Some(&0x80) => match bytes.get(at + 2)? {
            0x9c..=0x9f => (Quote::TypoDouble, 3),
            0x98..=0x9b => (Quote::TypoSingle, 3),
            _ => return None,
        },
        0xe3 if bytes.get(at + 1..at + 3) == Some(&[0x80, 0x8c]) => (Quote::TypoDouble, 3),
        _ => return None,
    })
}

impl Quote {
    /// The length of a quote at `at` that may close this kind; 0 if there is none.
    pub(crate) fn closing(self, bytes: &[u8], at: usize) -> usize {
        match (self, bytes.get(at)) {
            (Self::Double, Some(b'"')) | (Self::Single, Some(b'\'')) => 1,
            (Self::Escaped, Some(b'\\')) if bytes.get(at + 1) == Some(&b'"') => 2,
            (Self::TypoDouble, Some(b'"')) | (Self::TypoSingle, Some(b'\'' | b'`')) => 1,
            (Self::TypoDouble, Some(0xc2)) if bytes.get(at + 1) == Some(&0xbb) => 2,
            (Self::TypoDouble, Some(0xe3)) if bytes.get(at + 1..at + 3) == Some(&[0x80, 0x8d]) => 3,
            (Self::TypoDouble | Self::TypoSingle, Some(0xc2 | 0xe2)) => match opening(bytes, at) {
                Some((kind, len)) if kind == self && bytes.get(at + 1) != Some(&0xab) => len,
                _ => 0,
            },
            _ => 0,
        }
    }

    /// Whether a byte can begin a closing quote of this kind.
    pub(crate) fn may_begin(self, byte: u8) -> bool {
        match self {
            Self::Double => byte == b'"',
            Self::Single => byte == b'\'',
            Self::Escaped => false,
            Self::TypoDouble => matches!(byte, b'"' | 0xc2 | 0xe2 | 0xe3),
            Self::TypoSingle => matches!(byte, b'\'' | b'`' | 0xc2 | 0xe2),
        }
    }
}

/// What a look ahead at something like `"word"` finds after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// No closing quote near.
    Unclosed,
    /// A colon: it is a key.
    Colon,
    /// A comma or a closing bracket, or the end.
    Delimiter,
    /// A quote, a bracket or a number: perhaps a key without its colon.
    Value,
    /// Something else.
    Other,
}

/// How far a look ahead reads for a closing quote, in bytes.
const REACH: usize = 256;

impl Parser<'_> {
    /// Where the next closing quote after the opening one at `at` is: its offset and the offset after it.
    pub(crate) fn next_quote(&mut self, at: usize) -> Option<(usize, usize)> {
        let (quote, len) = opening(self.bytes, at)?;
        let mut to = at + len;
        let end = self.bytes.len().min(to + REACH);
        if self.fuel == 0 {
            return None;
        }
        while to < end {
            let byte = self.bytes[to];
            if byte != b'\\' && byte < 0x80 && !quote.may_begin(byte) && quote != Quote::Escaped {
                to += 1;
                continue;
            }
            if byte == b'\\' && quote != Quote::Escaped {
                to += 2;
                continue;
            }
            let closing = quote.closing(self.bytes, to);
            if closing > 0 {
                self.pay(to - at);
                return Some((to, to + closing));
            }
            to += 1;
        }
        self.pay(to - at);
        None
    }

    /// What follows the quoted thing that begins at `at`.
    pub(crate) fn after_quoted(&mut self, at: usize) -> After {
        let Some((_, mut end)) = self.next_quote(at) else {
            return After::Unclosed;
        };
        // A doubled quote, opening and closing.
        if end == at + 2
            && self
                .byte(end)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            match self.next_quote(end - 1) {
                Some((_, to)) => end = to + usize::from(self.byte(to) == self.byte(at)),
                None => return After::Unclosed,
            }
        }
        let to = self.peek_trivia(end);
        match self.byte(to) {
            Some(b':') => After::Colon,
            None | Some(b',' | b'}' | b']') => After::Delimiter,
            Some(b'{' | b'[' | b'-' | b'0'..=b'9') => After::Value,
            Some(_) if opening(self.bytes, to).is_some() => After::Value,
            Some(b't' | b'f' | b'n' | b'T' | b'F' | b'N') if self.literal_at(to) => After::Value,
            Some(b'=') => After::Colon,
            _ => After::Other,
        }
    }

    /// Whether a literal word such as `true` or `None` stands at `at`, with nothing but a delimiter after it.
    pub(crate) fn literal_at(&self, at: usize) -> bool {
        let mut to = at;
        while self.byte(to).is_some_and(|byte| byte.is_ascii_alphabetic()) && to < at + 10 {
            to += 1;
        }
        let known = matches!(
            self.text.get(at..to),
            Some(
                "true"
                    | "false"
                    | "null"
                    | "True"
                    | "False"
                    | "None"
                    | "TRUE"
                    | "FALSE"
                    | "NULL"
                    | "undefined"
                    | "NaN"
            )
        );
        known
            && matches!(
                self.byte(skip_space(self.bytes, to)),
                None | Some(b',' | b'}' | b']')
            )
    }

    /// Whether an unquoted key with its colon stands at `at`. Gives the offset of the colon.
    pub(crate) fn bare_key_at(&mut self, at: usize) -> Option<usize> {
        let mut to = at;
        let first = self.byte(at)?;
        if !(first.is_ascii_alphanumeric()
            || first == b'_'
            || first == b'$'
            || first >= 0x80
            || first == b'-')
        {
            return None;
        }
        while let Some(byte) = self.byte(to) {
            let part = byte.is_ascii_alphanumeric()
                || matches!(byte, b'_' | b'$' | b'-' | b'.')
                || byte >= 0x80;
            if !part || to > at + 64 {
                break;
            }
            to += 1;
        }
        let colon = skip_space(self.bytes, to);
        self.pay(colon - at);
        if self.byte(colon) == Some(b':')
            && !self.starts(colon, b"://")
            && !self.starts(colon, b"::")
        {
            return Some(colon);
        }
        None
    }

    /// Whether a key, quoted or not, with its colon stands at `at`.
    pub(crate) fn key_at(&mut self, at: usize) -> bool {
        if opening(self.bytes, at).is_some() {
            return self.after_quoted(at) == After::Colon;
        }
        self.bare_key_at(at).is_some()
    }
}
