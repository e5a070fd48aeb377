//! The longest token that a text begins with: a trie of all tokens in a double array.
//!
//! J. Aoe, "An efficient digital search algorithm by using a double-array structure", 1989: the child of a node by a byte
//! lies at the node's base combined with the byte, and knows its parent. A step is one read of eight bytes.

/// No token.
pub(super) const NONE: u32 = u32::MAX;

/// A node: its base in 23 bits, its parent's index in 23 bits, and one more than its token in 18 bits.
type Node = u64;

const PARENT: u32 = 23;
const TOKEN: u32 = 46;
const INDEX: u64 = (1 << 23) - 1;

/// No node's parent: a slot that is free.
const FREE: u64 = INDEX << PARENT;

pub(super) struct Trie {
    nodes: Vec<Node>,
}

#[inline(always)]
fn base(node: Node) -> usize {
    (node & INDEX) as usize
}

#[inline(always)]
fn parent(node: Node) -> usize {
    (node >> PARENT & INDEX) as usize
}

impl Trie {
    /// Of tokens with their ids, in an order of their bytes: no two are alike, and none is empty. Writes to `prefixes`,
    /// by id, the longest shorter token that each begins with, where there is one.
    pub(super) fn new(sorted: &[(&[u8], u32)], prefixes: &mut [u32]) -> Self {
        let mut builder = Builder::new(prefixes);
        builder.children(0, sorted, 0, NONE);
        Self {
            nodes: builder.nodes,
        }
    }

    /// The longest token that the bytes from `at` on begin with, or `NONE`.
    #[inline(always)]
    pub(super) fn longest(&self, text: &[u8], at: usize) -> u32 {
        let mut longest = 0;
        let mut index = 0;
        let mut node = self.nodes[0];
        for &byte in text.get(at..).unwrap_or(&[]) {
            let child = base(node) ^ byte as usize;
            let Some(&next) = self.nodes.get(child) else {
                break;
            };
            if parent(next) != index {
                break;
            }
            index = child;
            node = next;
            if next >> TOKEN != 0 {
                longest = next >> TOKEN;
            }
        }
        (longest as u32).wrapping_sub(1)
    }

    /// The token that these bytes are.
    pub(super) fn get(&self, token: &[u8]) -> Option<u32> {
        let mut index = 0;
        for &byte in token {
            let child = base(self.nodes[index]) ^ byte as usize;
            if parent(*self.nodes.get(child)?) != index {
                return None;
            }
            index = child;
        }
        (self.nodes[index] >> TOKEN)
            .checked_sub(1)
            .map(|id| id as u32)
    }
}

/// Finds places for the children of one node after the other, depth first, so that what is read together lies together.
struct Builder<'a> {
    nodes: Vec<Node>,
    prefixes: &'a mut [u32],
    /// The slots that were free when last looked at, oldest first from `oldest` on.
    free: Vec<u32>,
    oldest: usize,
}

/// How many free slots are tried for several children at once, before they get new ones.
const TRIES: usize = 24;

impl<'a> Builder<'a> {
    fn new(prefixes: &'a mut [u32]) -> Self {
        let mut builder = Self {
            nodes: Vec::new(),
            prefixes,
            free: Vec::new(),
            oldest: 0,
        };
        builder.grow();
        // The root, which is no node's child: a parent that no index reaches.
        builder.nodes[0] = (INDEX - 1) << PARENT;
        builder
    }

    /// 256 slots more: wherever a base lies, all its children lie in one such page.
    fn grow(&mut self) {
        let begin = self.nodes.len();
        self.nodes.resize(begin + 256, FREE);
        self.free.extend(begin as u32..begin as u32 + 256);
    }

    fn is_free(&self, slot: usize) -> bool {
        self.nodes[slot] == FREE
    }

    /// A base with a free slot for each of these bytes.
    fn place(&mut self, bytes: &[u8]) -> usize {
        while self.oldest < self.free.len() && !self.is_free(self.free[self.oldest] as usize) {
            self.oldest += 1;
        }
        // Single children fill the oldest gaps. More of them at once fit best where much is free yet.
        let fits = |builder: &Self, slot: u32| {
            let base = slot as usize ^ bytes[0] as usize;
            let all = bytes
                .iter()
                .all(|&byte| builder.is_free(base ^ byte as usize));
            all.then_some(base)
        };
        let found = if bytes.len() == 1 {
            self.free
                .get(self.oldest)
                .and_then(|&slot| fits(self, slot))
        } else {
            let from = self.oldest.max(self.free.len().saturating_sub(256));
            let mut tries = 0;
            self.free[from..].iter().find_map(|&slot| {
                if tries > TRIES || !self.is_free(slot as usize) {
                    return None;
                }
                tries += 1;
                fits(self, slot)
            })
        };
        found.unwrap_or_else(|| {
            self.grow();
            self.nodes.len() - 256
        })
    }

    /// Places the children of the node at `index`: `sorted` are the tokens below it, `depth` bytes of which lead to it,
    /// and `prefix` is the longest token among those bytes.
    fn children(&mut self, index: usize, sorted: &[(&[u8], u32)], depth: usize, prefix: u32) {
        let groups = || sorted.chunk_by(|a, b| a.0[depth] == b.0[depth]);
        // A byte occurs once.
        let mut bytes = [0; 256];
        let mut count = 0;
        for group in groups() {
            bytes[count] = group[0].0[depth];
            count += 1;
        }
        if count == 0 {
            return;
        }
        let base = self.place(&bytes[..count]);
        self.nodes[index] = self.nodes[index] & !INDEX | base as u64;
        for group in groups() {
            let (token, id) = group[0];
            let child = base ^ token[depth] as usize;
            let mut node = (index as u64) << PARENT;
            if token.len() == depth + 1 {
                node |= (u64::from(id) + 1) << TOKEN;
                self.prefixes[id as usize] = prefix;
            }
            self.nodes[child] = node;
        }
        for group in groups() {
            let (token, id) = group[0];
            let child = base ^ token[depth] as usize;
            if token.len() == depth + 1 {
                self.children(child, &group[1..], depth + 1, id);
            } else {
                self.children(child, group, depth + 1, prefix);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_token_is_found() {
        let words = ["a", "ab", "abcd", "b", "bcd", "x\0", "é", "ééé"];
        let mut sorted: Vec<(&[u8], u32)> = words
            .iter()
            .zip(0..)
            .map(|(word, id)| (word.as_bytes(), id))
            .collect();
        sorted.sort();
        let mut prefixes = [NONE; 8];
        let trie = Trie::new(&sorted, &mut prefixes);
        assert_eq!(prefixes, [NONE, 0, 1, NONE, 3, NONE, NONE, 6]);
        for (word, id) in words.iter().zip(0..) {
            assert_eq!(trie.get(word.as_bytes()), Some(id));
            assert_eq!(trie.longest(word.as_bytes(), 0), id);
        }
        for (text, longest) in [
            ("abc", 1),
            ("abcde", 2),
            ("bc", 3),
            ("x", NONE),
            ("éé", 6),
            ("", NONE),
        ] {
            assert_eq!(trie.longest(text.as_bytes(), 0), longest, "{text}");
        }
        assert_eq!(trie.longest(b"zab", 1), 1);
        assert_eq!(trie.get(b"abc"), None);
        assert_eq!(trie.get(b""), None);
    }
}
