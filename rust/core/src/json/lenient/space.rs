//! White space, comments and other things between values.

use super::Parser;
use crate::json::report::RepairKind;

/// The length of the white space character at `at`, 0 if there is none. Unicode spaces, U+2028 and U+2029, the byte
/// order mark and NUL count.
pub(crate) fn space_len(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b' ' | b'\n' | b'\r' | b'\t' | 0x0b | 0x0c | 0) => 1,
        Some(0xc2) if bytes.get(at + 1) == Some(&0xa0) => 2,
        Some(0xe2) => match (bytes.get(at + 1), bytes.get(at + 2)) {
            (Some(0x80), Some(0x80..=0x8b | 0xa8 | 0xa9 | 0xaf))
            | (Some(0x81), Some(0x9f | 0xa0)) => 3,
            _ => 0,
        },
        Some(0xe3) if bytes.get(at + 1..at + 3) == Some(&[0x80, 0x80]) => 3,
        Some(0xef) if bytes.get(at + 1..at + 3) == Some(&[0xbb, 0xbf]) => 3,
        _ => 0,
    }
}

#[inline]
pub(crate) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(b'!'..=0x7f) | None => return at,
            _ => match space_len(bytes, at) {
                0 => return at,
                len => at += len,
            },
        }
    }
}

/// The end of the comment that begins at `at`; `at` itself if none does. A block comment that is never closed ends
/// at the end of the text.
pub(crate) fn comment_end(bytes: &[u8], at: usize) -> usize {
    let line = |from: usize| from + memchr_line(&bytes[from..]);
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'/'), Some(b'/')) => line(at + 2),
        (Some(b'#'), Some(b' ' | b'#' | b'!' | b'\t')) => line(at + 1),
        (Some(b'/'), Some(b'*')) => {
            let mut to = at + 2;
            while to + 1 < bytes.len() {
                if bytes[to] == b'*' && bytes[to + 1] == b'/' {
                    return to + 2;
                }
                to += 1;
            }
            bytes.len()
        }
        (Some(b'<'), Some(b'!')) if bytes.get(at + 2..at + 4) == Some(b"--") => {
            let mut to = at + 4;
            while to + 2 < bytes.len() {
                if &bytes[to..to + 3] == b"-->" {
                    return to + 3;
                }
                to += 1;
            }
            bytes.len()
        }
        _ => at,
    }
}

fn memchr_line(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&byte| byte == b'\n' || byte == b'\r')
        .unwrap_or(bytes.len())
}

/// Which bytes are neither white space nor the beginning of it or of a comment. A table, because the compiler makes
/// vector code of the ranges that costs more than all the rest of a look.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b'!' as usize;
    while byte <= 0x7f {
        plain[byte] = !matches!(byte as u8, b'#' | b'/' | b'<');
        byte += 1;
    }
    plain
};

/// The offset of the next thing, where it stands here or behind one space; which is nearly always.
#[inline]
fn near(bytes: &[u8], at: usize) -> Option<usize> {
    let &byte = bytes.get(at)?;
    if PLAIN[usize::from(byte)] {
        return Some(at);
    }
    if byte == b' ' && PLAIN[usize::from(*bytes.get(at + 1)?)] {
        return Some(at + 1);
    }
    None
}

impl Parser<'_> {
    /// Skip white space and comments.
    #[inline]
    pub(crate) fn skip_trivia(&mut self) {
        match near(self.bytes, self.at) {
            Some(at) => self.at = at,
            None => self.skip_far(),
        }
    }

    #[inline(never)]
    fn skip_far(&mut self) {
        loop {
            let from = self.at;
            self.at = skip_space(self.bytes, from);
            if self.report {
                let odd = |byte: &u8| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
                if let Some(place) = self.bytes[from..self.at].iter().position(odd) {
                    self.note(RepairKind::OddSpace, from + place);
                }
            }
            if !matches!(self.byte(self.at), Some(b'/' | b'#' | b'<')) {
                return;
            }
            let end = comment_end(self.bytes, self.at);
            if end == self.at {
                return;
            }
            self.note(RepairKind::Comment, self.at);
            self.at = end;
        }
    }

    /// The offset of the next thing after white space and comments, without moving. Costs fuel.
    #[inline]
    pub(crate) fn peek_trivia(&mut self, at: usize) -> usize {
        match near(self.bytes, at) {
            Some(to) => to,
            None => self.peek_far(at),
        }
    }

    #[inline(never)]
    fn peek_far(&mut self, at: usize) -> usize {
        let mut to = at;
        loop {
            to = skip_space(self.bytes, to);
            if !matches!(self.byte(to), Some(b'/' | b'#' | b'<')) || self.fuel == 0 {
                break;
            }
            let end = comment_end(self.bytes, to);
            if end == to {
                break;
            }
            self.pay(end - to);
            to = end;
        }
        if to > at + 1 {
            self.pay(to - at);
        }
        to
    }

    /// An ellipsis that stands for something left out. Gives its end.
    pub(crate) fn ellipsis_end(&self, at: usize) -> Option<usize> {
        if self.starts(at, "…".as_bytes()) {
            return Some(at + 3);
        }
        if !self.starts(at, b"...") {
            return None;
        }
        let mut to = at + 3;
        while self.byte(to) == Some(b'.') {
            to += 1;
        }
        Some(to)
    }
}
