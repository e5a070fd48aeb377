//! Which token a whole piece of text is, if it is one: most pieces of what people write are.

/// The longest token that is found here; longer ones are found in the trie.
pub(super) const LONGEST: usize = 15;

/// Tokens of up to seven bytes, and of up to fifteen, in tables of open addresses.
///
/// A key is the bytes of the token, the first lowest, and their number in the highest byte: no two tokens have the same
/// one, none is zero, and nothing has to be compared with the text again.
pub(super) struct Words {
    short: Vec<(u64, u32)>,
    long: Vec<([u64; 2], u32)>,
}

/// An odd number with bits all over: the fraction of the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline(always)]
fn slot(key: u64, slots: usize) -> usize {
    // The high bits of a product depend on all bits of the key.
    (key.wrapping_mul(SPREAD) >> 32) as usize & (slots - 1)
}

#[inline(always)]
fn slot2(key: [u64; 2], slots: usize) -> usize {
    slot(key[0] ^ key[1].wrapping_mul(SPREAD).rotate_left(29), slots)
}

/// The eight bytes of `text` from `at`, the first lowest; zeros behind its end.
#[inline(always)]
pub(super) fn eight(text: &[u8], at: usize) -> u64 {
    match text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => eight_at_the_end(text, at),
    }
}

#[cold]
fn eight_at_the_end(text: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(text.get(at..).unwrap_or(&[])) {
        *to = *from;
    }
    u64::from_le_bytes(bytes)
}

/// The key of the lowest `length` bytes, of which there are at most seven.
#[inline(always)]
pub(super) fn short_key(bytes: u64, length: usize) -> u64 {
    bytes & ((1 << (8 * length)) - 1) | (length as u64) << 56
}

/// The second half of the key of `length` bytes, of which there are eight to fifteen.
#[inline(always)]
fn rest_key(bytes: u64, length: usize) -> u64 {
    short_key(bytes, length - 8) | 8 << 56
}

impl Words {
    /// Of `tokens` in the order of their ids.
    pub(super) fn new<'a>(tokens: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let within = |from: usize, to: usize| {
            let count = tokens
                .clone()
                .filter(|token| (from..=to).contains(&token.len()))
                .count();
            (2 * count).next_power_of_two()
        };
        let mut words = Self {
            short: vec![(0, 0); within(1, 7)],
            long: vec![([0; 2], 0); within(8, LONGEST)],
        };
        for (id, token) in tokens.enumerate() {
            words.insert(token, id as u32);
        }
        words
    }

    fn insert(&mut self, token: &[u8], id: u32) {
        match token.len() {
            0 => {}
            length @ 1..=7 => {
                let key = short_key(eight(token, 0), length);
                let mut at = slot(key, self.short.len());
                while self.short[at].0 != 0 {
                    at = (at + 1) & (self.short.len() - 1);
                }
                self.short[at] = (key, id);
            }
            length @ 8..=LONGEST => {
                let key = [eight(token, 0), rest_key(eight(token, 8), length)];
                let mut at = slot2(key, self.long.len());
                while self.long[at].0 != [0; 2] {
                    at = (at + 1) & (self.long.len() - 1);
                }
                self.long[at] = (key, id);
            }
            _ => {}
        }
    }

    /// The token of that key.
    #[inline(always)]
    pub(super) fn short(&self, key: u64) -> Option<u32> {
        let mask = self.short.len() - 1;
        let mut at = slot(key, self.short.len());
        loop {
            let (found, id) = *self.short.get(at & mask)?;
            if found == key {
                return Some(id);
            }
            if found == 0 {
                return None;
            }
            at += 1;
        }
    }

    #[inline(always)]
    fn long(&self, key: [u64; 2]) -> Option<u32> {
        let mask = self.long.len() - 1;
        let mut at = slot2(key, self.long.len());
        loop {
            let (found, id) = *self.long.get(at & mask)?;
            if found == key {
                return Some(id);
            }
            if found == [0; 2] {
                return None;
            }
            at += 1;
        }
    }

    /// The token that the bytes from `at` to `end` are, of which there are at most `LONGEST`.
    #[inline(always)]
    pub(super) fn get(&self, text: &[u8], at: usize, end: usize) -> Option<u32> {
        let bytes = eight(text, at);
        match end - at {
            length @ 0..=7 => self.short(short_key(bytes, length)),
            length => self.long([bytes, rest_key(eight(text, at + 8), length)]),
        }
    }
}
