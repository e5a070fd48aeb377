//! Byte pair encoding of one piece of text, in linear time.

use super::pairs::Pairs;
use super::trie::{NONE, Trie};
use super::words::{LONGEST, Words};

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
    /// Of tokens in the order of their ids, which is that in which they merge; an id that is none has no bytes.
    pub(super) fn new(tokens: &[Vec<u8>]) -> Self {
        let bytes = tokens.concat();
        let mut starts = vec![0];
        starts.extend(tokens.iter().scan(0, |end, token| {
            *end += token.len() as u32;
            Some(*end)
        }));
        let mut sorted: Vec<(u64, &[u8], u32)> = tokens
            .iter()
            .zip(0..)
            .filter(|(token, _)| !token.is_empty())
            .map(|(token, id)| {
                (
                    super::words::eight(token, 0).swap_bytes(),
                    token.as_slice(),
                    id,
                )
            })
            .collect();
        sorted.sort_unstable();
        let sorted: Vec<(&[u8], u32)> = sorted
            .into_iter()
            .map(|(_, token, id)| (token, id))
            .collect();
        let mut bpe = Self {
            bytes,
            starts,
            words: Words::new(tokens.iter().map(Vec::as_slice)),
            trie: Trie::new(&sorted),
            pairs: Pairs::new(tokens.len()),
            longest: tokens.iter().map(Vec::len).max().unwrap_or(0),
            unmade: 0,
        };
        for (token, id) in tokens.iter().zip(0..) {
            bpe.merge(token, id);
        }
        bpe
    }

    /// Finds the two tokens of lower ids that the token is merged from: the two that stay side by side while it is none
    /// itself.
    fn merge(&mut self, token: &[u8], id: u32) {
        let shorter = &token[..token.len().saturating_sub(1)];
        let prefix = Some(self.trie.longest(shorter, 0)).filter(|&found| found != NONE);
        let mut left = prefix;
        while let Some(candidate) = left {
            let length = self.bytes_of(candidate).map_or(0, <[u8]>::len);
            if candidate < id {
                if let Some(right) = self.find(&token[length..]) {
                    if right < id && self.pairs.stay(candidate, right) {
                        self.pairs
                            .push(token.len(), prefix, Some((candidate, right)));
                        return;
                    }
                }
            }
            left = Some(self.trie.longest(&token[..length - 1], 0)).filter(|&found| found != NONE);
        }
        self.unmade += usize::from(token.len() > 1);
        self.pairs.push(token.len(), prefix, None);
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
