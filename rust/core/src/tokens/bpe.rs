//! Byte pair encoding of one piece of text, in linear time.

use super::pairs::Pairs;
use super::trie::{NONE, Trie};
use super::words::{LONGEST, Words, eight};

/// The tokens of a vocabulary, and how they are found.
pub(super) struct Bpe {
    /// The bytes of all tokens, one after the other.
    bytes: Vec<u8>,
    /// Where each begins; one more for the end.
    starts: Vec<u32>,
    pub(super) words: Words,
    trie: Trie,
    pub(super) pairs: Pairs,
    /// The length of the longest token in bytes.
    pub(super) longest: usize,
    /// Tokens of more than a byte that no merge of two others gives.
    pub(super) unmade: usize,
}

/// What encoding a piece needs room for; kept from one piece to the next.
#[derive(Default)]
pub(super) struct Room {
    /// The tokens of the piece, as far as they are found.
    pub(super) tokens: Vec<u32>,
    /// A bit for each place in the piece from which on there is no way, by its offset from where encoding began.
    dead: Vec<u64>,
}

impl Bpe {
    /// Of tokens in the order of their ids, which is that in which they merge: their bytes, one after the other, and
    /// where each begins, with one more for the end. An id that is none has no bytes.
    pub(super) fn new(bytes: Vec<u8>, starts: Vec<u32>) -> Self {
        let tokens = || {
            starts
                .windows(2)
                .map(|ends| &bytes[ends[0] as usize..ends[1] as usize])
        };
        let count = tokens().len();
        // The first eight bytes as a number compare faster than the bytes do.
        let mut sorted: Vec<(u64, &[u8], u32)> = tokens()
            .zip(0..)
            .filter(|(token, _)| !token.is_empty())
            .map(|(token, id)| (eight(token, 0).swap_bytes(), token, id))
            .collect();
        sorted.sort_unstable();
        let sorted: Vec<(&[u8], u32)> = sorted
            .into_iter()
            .map(|(_, token, id)| (token, id))
            .collect();
        let mut prefixes = vec![NONE; count];
        let mut bpe = Self {
            words: Words::new(tokens()),
            trie: Trie::new(&sorted, &mut prefixes),
            pairs: Pairs::new(count),
            longest: tokens().map(<[u8]>::len).max().unwrap_or(0),
            unmade: 0,
            bytes,
            starts,
        };
        for id in 0..count as u32 {
            bpe.merge(id, &prefixes);
        }
        bpe
    }

    /// Finds the two tokens of lower ids that the token is merged from: the two that stay side by side while it is none
    /// itself.
    fn merge(&mut self, id: u32, prefixes: &[u32]) {
        let token = self.bytes_of(id).unwrap_or(&[]);
        let mut parts = None;
        let mut left = prefixes[id as usize];
        while left != NONE && parts.is_none() {
            if left < id {
                let right = self.find(&token[self.pairs.length(left)..]);
                let stay = right.filter(|&right| right < id && self.pairs.stay(left, right));
                parts = stay.map(|right| (left, right));
            }
            left = prefixes[left as usize];
        }
        let length = token.len();
        let prefix = Some(prefixes[id as usize]).filter(|&prefix| prefix != NONE);
        self.unmade += usize::from(length > 1 && parts.is_none());
        self.pairs.push(length, prefix, parts);
    }

    /// The token that these bytes are.
    fn find(&self, bytes: &[u8]) -> Option<u32> {
        if bytes.len() <= LONGEST {
            self.words.get(bytes, 0, bytes.len())
        } else {
            self.trie.get(bytes)
        }
    }

    /// The bytes of a token.
    pub(super) fn bytes_of(&self, id: u32) -> Option<&[u8]> {
        let (start, end) = (
            self.starts.get(id as usize)?,
            self.starts.get(id as usize + 1)?,
        );
        let bytes = self.bytes.get(*start as usize..*end as usize)?;
        (!bytes.is_empty()).then_some(bytes)
    }

    /// Encodes the bytes from `at` to the end of `text`, behind the tokens that `room` holds of the bytes before them.
    ///
    /// Takes the longest token that stays beside the one before it, a shorter one where it does not, and where none does
    /// goes back by a token, never to come to that place again: so the work is linear in the bytes. What is found is the
    /// only row of tokens all of which stay, and so what merging gives, wherever the search began.
    pub(super) fn extend(&self, room: &mut Room, text: &[u8], mut at: usize) {
        let Room { tokens, dead } = room;
        dead.clear();
        dead.resize(text.len() / 64 + 1, 0);
        let mut next = self.trie.longest(text, at);
        while at < text.len() && next != NONE {
            let end = at + self.pairs.length(next);
            let alive = dead[end / 64] >> (end % 64) & 1 == 0;
            if alive
                && tokens
                    .last()
                    .is_none_or(|&last| self.pairs.stay(last, next))
            {
                tokens.push(next);
                at = end;
                next = self.trie.longest(text, at);
            } else if let Some(shorter) = self.pairs.prefix(next) {
                next = shorter;
            } else {
                dead[at / 64] |= 1 << (at % 64);
                // The vocabulary has every byte, so there is a way, and a token before this place.
                next = tokens.pop().unwrap_or(NONE);
                if next != NONE {
                    at -= self.pairs.length(next);
                }
            }
        }
    }
}
