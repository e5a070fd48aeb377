//! Which two tokens merge into which: the rules of byte pair encoding, and which tokens may stand side by side.
//!
//! The algorithm is that of A. Neubeck and H. van Antwerpen, "So many tokens, so little time" (GitHub, 2024): a row of
//! tokens is what merging makes of its text exactly if every two neighbours are what merging makes of theirs.

/// A token that is no merge of two.
const BYTE: u64 = (1 << 18) - 1;

const ID: u64 = (1 << 18) - 1;

/// Tokens with the two that they were merged from, and the other way round. Ids need 18 bits.
pub(super) struct Pairs {
    /// By id: the left part, the right part (18 bits each), the longest shorter token that it begins with (18 bits, `ID`
    /// for none), and its length in bytes (10 bits).
    tokens: Vec<u64>,
    /// A table of open addresses: left, right and merged id, 18 bits each, and bit 63 where there is one.
    merges: Vec<u64>,
    /// One bit for some pairs each. Most pairs that are asked for merge into nothing, and this is small enough to say
    /// so from the cache that is near.
    filter: Vec<u64>,
    /// How far a hash is shifted for a slot of `merges`.
    shift: u32,
}

const FILTER_BITS: u32 = 21;

const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline(always)]
fn hash(left: u32, right: u32) -> u64 {
    (u64::from(left) << 18 | u64::from(right)).wrapping_mul(SPREAD)
}

impl Pairs {
    /// For that many tokens, none of which is merged from others yet.
    pub(super) fn new(tokens: usize) -> Self {
        let slots = (2 * tokens).next_power_of_two();
        Self {
            tokens: Vec::with_capacity(tokens),
            merges: vec![0; slots],
            filter: vec![0; 1 << (FILTER_BITS - 6)],
            shift: 64 - slots.trailing_zeros(),
        }
    }

    /// Adds the next token: its length, the longest shorter token it begins with, and the two it is merged from.
    pub(super) fn push(&mut self, length: usize, prefix: Option<u32>, parts: Option<(u32, u32)>) {
        let id = self.tokens.len() as u64;
        let (left, right) = parts.map_or((BYTE, BYTE), |(left, right)| (left.into(), right.into()));
        let prefix = prefix.map_or(ID, u64::from);
        self.tokens
            .push(left | right << 18 | prefix << 36 | (length as u64) << 54);
        if let Some((left, right)) = parts {
            let hash = hash(left, right);
            self.filter[(hash >> (64 - FILTER_BITS + 6)) as usize] |=
                1 << (hash >> (64 - FILTER_BITS) & 63);
            let mut slot = (hash >> self.shift) as usize;
            while self.merges[slot] != 0 {
                slot = (slot + 1) & (self.merges.len() - 1);
            }
            self.merges[slot] = 1 << 63 | u64::from(left) << 36 | u64::from(right) << 18 | id;
        }
    }

    /// The token that these two merge into.
    #[inline(always)]
    fn merged(&self, left: u32, right: u32) -> Option<u32> {
        let hash = hash(left, right);
        let bits = self.filter[(hash >> (64 - FILTER_BITS + 6)) as usize];
        if bits >> (hash >> (64 - FILTER_BITS) & 63) & 1 == 0 {
            return None;
        }
        self.looked_up(hash, left, right)
    }

    fn looked_up(&self, hash: u64, left: u32, right: u32) -> Option<u32> {
        let wanted = 1 << 45 | u64::from(left) << 18 | u64::from(right);
        let mut slot = (hash >> self.shift) as usize;
        loop {
            let entry = self.merges[slot & (self.merges.len() - 1)];
            if entry >> 18 == wanted {
                return Some((entry & ID) as u32);
            }
            if entry == 0 {
                return None;
            }
            slot += 1;
        }
    }

    #[inline(always)]
    fn token(&self, id: u32) -> u64 {
        self.tokens[id as usize]
    }

    /// The length of a token in bytes.
    #[inline(always)]
    pub(super) fn length(&self, id: u32) -> usize {
        (self.token(id) >> 54) as usize
    }

    /// The longest shorter token that a token begins with.
    #[inline(always)]
    pub(super) fn prefix(&self, id: u32) -> Option<u32> {
        let prefix = self.token(id) >> 36 & ID;
        (prefix != ID).then_some(prefix as u32)
    }

    /// Whether merging would leave these two as they are, side by side.
    ///
    /// Takes back the merges that made them, the last one first. At every stage the two tokens at the border lay there
    /// side by side; had they merged into a token of a lower id than the next merge that was made, that would have come
    /// before.
    #[inline(always)]
    pub(super) fn stay(&self, mut left: u32, mut right: u32) -> bool {
        let mut limit = u32::MAX;
        loop {
            if self
                .merged(left, right)
                .is_some_and(|merged| merged < limit)
            {
                return false;
            }
            let within_left = self.token(left) >> 18 & ID;
            let within_right = self.token(right) & ID;
            // Of two equal merges, the one on the left is made first.
            if within_right != BYTE && (right >= left || within_left == BYTE) {
                limit = right + 1;
                right = within_right as u32;
            } else if within_left != BYTE {
                limit = left;
                left = within_left as u32;
            } else {
                return true;
            }
        }
    }
}
