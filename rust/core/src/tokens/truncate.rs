//! The longest prefix of a text within a limit of tokens, found exactly and in linear time.
//!
//! A longer prefix may have fewer tokens than a shorter one: a blank at the end joins the blanks before it, and two
//! tokens become one when its last letter comes. So every end is tried that may come into question, from the longest on.
//! Which do follows from how far one place in the text changes pieces and tokens before it:
//!
//! - The pieces of a prefix are those of the text, but for those that the last two pieces it reaches into lie in.
//! - The tokens of a piece up to the end of any of them are the tokens of that part alone. So if all of the places that
//!   a token is long have too many tokens before them, all places behind them have.

use super::bpe::Room;
use super::split::Pattern;
use super::tokenizer::Tokenizer;
use super::words::LONGEST;

/// Bytes from which on the ends within a piece are not tried one by one.
const LARGE: usize = 512;

/// How many pieces back the pieces of a prefix are found anew.
const BACK: usize = 3;

/// Where a piece begins, and how many tokens are before it.
#[derive(Clone, Copy, Default)]
struct Place {
    at: usize,
    before: usize,
}

/// A piece of more than `LARGE` bytes.
struct Large {
    begin: usize,
    /// The first tokens of it, and where they end: what follows is encoded anew for each end that is tried.
    tokens: Vec<u32>,
    at: usize,
}

impl<P: Pattern> Tokenizer<P> {
    /// The length of the longest prefix of `text`, cut between characters, of at most `limit` tokens.
    pub(super) fn cut(&self, text: &str, limit: usize) -> usize {
        // No token is empty, and none is longer than the longest.
        if text.len() <= limit {
            return text.len();
        }
        let mut reach = limit.saturating_mul(self.bpe.longest).min(text.len());
        while !text.is_char_boundary(reach) {
            reach -= 1;
        }
        let text = &text[..reach];
        let bytes = text.as_bytes();
        let mut room = Room::default();
        let mut places = [Place::default(); BACK];
        loop {
            let Place { at, before } = places[BACK - 1];
            if at == bytes.len() {
                return at;
            }
            let (end, piece) = self.piece(&mut room, bytes, at);
            let after = before + piece.count();
            if after <= limit {
                places.rotate_left(1);
                places[BACK - 1] = Place {
                    at: end,
                    before: after,
                };
                continue;
            }
            // The first piece that is too much. Behind it, only the first of the blanks of the next one may help.
            let farthest = text[end..]
                .char_indices()
                .nth(2)
                .map_or(bytes.len(), |(offset, _)| end + offset);
            let found = if end - at > LARGE {
                self.cut_large(&mut room, text, &places, end, farthest, limit)
            } else {
                (at..=farthest)
                    .rev()
                    .filter(|&x| text.is_char_boundary(x))
                    .find(|&x| self.tokens_before(&mut room, bytes, places[0], x, None) <= limit)
            };
            return found.unwrap_or_else(|| self.cut_before(&mut room, text, at, limit));
        }
    }

    /// How many tokens the prefix of `text` has that ends at `end`, of which the pieces before `from` are known.
    fn tokens_before(
        &self,
        room: &mut Room,
        text: &[u8],
        from: Place,
        end: usize,
        large: Option<&Large>,
    ) -> usize {
        let text = &text[..end];
        let mut count = from.before;
        let mut at = from.at;
        while at < end {
            let next = match large {
                Some(large) if large.begin == at => {
                    let next = self.pattern.piece(self.classes, text, at);
                    count += self.tokens_within(room, large, text, next);
                    next
                }
                _ => {
                    let (next, piece) = self.piece(room, text, at);
                    count += piece.count();
                    next
                }
            };
            at = next;
        }
        count
    }

    /// How many tokens the part of a large piece has that ends at `end`.
    fn tokens_within(&self, room: &mut Room, large: &Large, text: &[u8], end: usize) -> usize {
        let piece = &text[large.begin..end];
        if piece.len() <= LONGEST && self.bpe.words.get(text, large.begin, end).is_some() {
            return 1;
        }
        room.tokens.clear();
        let mut from = 0;
        if end >= large.begin + large.at {
            room.tokens.extend_from_slice(&large.tokens);
            from = large.at;
        }
        self.bpe.extend(room, piece, from);
        room.tokens.len()
    }

    /// As `cut`, when the limit is reached in a large piece, whose tokens `room` holds: the last of `places` begins it.
    fn cut_large(
        &self,
        room: &mut Room,
        text: &str,
        places: &[Place; BACK],
        end: usize,
        farthest: usize,
        limit: usize,
    ) -> Option<usize> {
        let Place { at: begin, before } = places[BACK - 1];
        let longest = self.bpe.longest;
        let within = limit - before;
        // Where as many of its tokens end as there may be: a prefix that is short enough, if the piece is cut there.
        let first: usize = room.tokens[..within]
            .iter()
            .map(|&token| self.bpe.pairs.length(token))
            .sum();
        let mut large = Large {
            begin,
            tokens: Vec::new(),
            at: 0,
        };
        for &token in &room.tokens[..within] {
            let next = large.at + self.bpe.pairs.length(token);
            if next + longest > first {
                break;
            }
            large.tokens.push(token);
            large.at = next;
        }
        let mut found = None;
        let mut last = begin + first;
        let bytes = text.as_bytes();
        for x in begin + first..=farthest {
            // Twice as far as there is need to: a piece that is parted in two for its end may end within a character.
            if x > last + 2 * longest {
                break;
            }
            if x <= end && self.tokens_within(room, &large, bytes, x) <= within {
                last = x;
            }
            if text.is_char_boundary(x)
                && self.tokens_before(room, bytes, places[0], x, Some(&large)) <= limit
            {
                found = Some(x);
                last = x;
            }
        }
        // Tokens may end within a character.
        let mut before = (begin..begin + first)
            .rev()
            .filter(|&x| text.is_char_boundary(x));
        found.or_else(|| {
            before.find(|&x| self.tokens_before(room, bytes, places[0], x, Some(&large)) <= limit)
        })
    }

    /// As `cut`, of an end before `at`.
    fn cut_before(&self, room: &mut Room, text: &str, at: usize, limit: usize) -> usize {
        (0..at)
            .rev()
            .filter(|&x| text.is_char_boundary(x))
            .find(|&x| self.count_from(room, &text.as_bytes()[..x], 0, limit) <= limit)
            .unwrap_or(0)
    }
}
