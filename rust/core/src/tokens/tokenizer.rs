//! A vocabulary with its pattern: counts, tokens and cuts of whole texts.

use super::bpe::{Bpe, Room};
use super::classes::Reader;
use super::split::{Pattern, short_word};
use super::words::{LONGEST, eight, short_key};

/// What an encoding can do, whatever its pattern.
pub(super) trait Tokenize: Send + Sync {
    /// How many tokens `text` has, or, when these are more than `limit`, a number above `limit`.
    fn count(&self, text: &str, limit: usize) -> usize;
    /// The tokens of `text`.
    fn encode(&self, text: &str) -> Vec<u32>;
    /// The length of the longest prefix of `text`, cut between characters, of at most `limit` tokens.
    fn truncate(&self, text: &str, limit: usize) -> usize;
    /// The vocabulary.
    fn bpe(&self) -> &Bpe;
}

pub(super) struct Tokenizer<P> {
    pub(super) bpe: Bpe,
    pub(super) pattern: P,
    pub(super) classes: Reader,
}

/// The tokens of a piece.
pub(super) enum Piece<'a> {
    One(u32),
    Many(&'a [u32]),
}

impl Piece<'_> {
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(tokens) => tokens.len(),
        }
    }
}

impl<P: Pattern> Tokenizer<P> {
    /// The piece of text that begins at `at`, which lies before the end: where it ends, and its tokens.
    #[inline(always)]
    pub(super) fn piece<'a>(
        &self,
        room: &'a mut Room,
        text: &[u8],
        at: usize,
    ) -> (usize, Piece<'a>) {
        let bytes = eight(text, at);
        let end = if let Some(length) = short_word::<P>(bytes) {
            if let Some(token) = self.bpe.words.short(short_key(bytes, length)) {
                return (at + length, Piece::One(token));
            }
            at + length
        } else {
            let end = self.pattern.piece(self.classes, text, at);
            if end - at <= LONGEST {
                if let Some(token) = self.bpe.words.get(text, at, end) {
                    return (end, Piece::One(token));
                }
            }
            end
        };
        room.tokens.clear();
        self.bpe.extend(room, &text[at..end], 0);
        (end, Piece::Many(&room.tokens))
    }

    /// The number of tokens from `at` to the end, or a number above `limit`.
    #[inline(always)]
    pub(super) fn count_from(
        &self,
        room: &mut Room,
        text: &[u8],
        mut at: usize,
        limit: usize,
    ) -> usize {
        let mut count = 0;
        while at < text.len() && count <= limit {
            let (end, piece) = self.piece(room, text, at);
            count += piece.count();
            at = end;
        }
        count
    }
}

impl<P: Pattern> Tokenize for Tokenizer<P> {
    fn count(&self, text: &str, limit: usize) -> usize {
        // No token is longer than the longest, so that a longer text need not be looked at.
        if text.len() > limit.saturating_mul(self.bpe.longest) {
            return limit + 1;
        }
        self.count_from(&mut Room::default(), text.as_bytes(), 0, limit)
    }

    fn encode(&self, text: &str) -> Vec<u32> {
        let text = text.as_bytes();
        let mut tokens = Vec::with_capacity(text.len() / 3);
        let mut room = Room::default();
        let mut at = 0;
        while at < text.len() {
            let (end, piece) = self.piece(&mut room, text, at);
            match piece {
                Piece::One(token) => tokens.push(token),
                Piece::Many(many) => tokens.extend_from_slice(many),
            }
            at = end;
        }
        tokens
    }

    fn truncate(&self, text: &str, limit: usize) -> usize {
        self.cut(text, limit)
    }

    fn bpe(&self) -> &Bpe {
        &self.bpe
    }
}
