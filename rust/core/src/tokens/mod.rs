//! Exact tokens of OpenAI's encodings.

mod bpe;
mod classes;
mod features;
mod pairs;
mod split;
mod tokenizer;
mod trie;
mod truncate;
mod vocabulary;
mod words;

pub use features::{FEATURES, features};
use tokenizer::Tokenize;

/// An encoding whose vocabulary is built in. Its tables are made when it is first used.
///
/// Special tokens are none here: their texts are encoded like any other text, as a tokenizer has to that counts what
/// users write. So `gpt2` is `r50k_base`, `p50k_edit` is `p50k_base` and `o200k_harmony` is `o200k_base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// GPT-2 and GPT-3.
    R50kBase,
    /// Codex and the last models of GPT-3.
    P50kBase,
    /// GPT-3.5, GPT-4 and the third generation of embeddings.
    Cl100kBase,
    /// GPT-4o and later.
    O200kBase,
}

/// A token id that the encoding does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownToken(pub u32);

impl Encoding {
    /// All of them, by name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("r50k_base", Self::R50kBase),
        ("p50k_base", Self::P50kBase),
        ("cl100k_base", Self::Cl100kBase),
        ("o200k_base", Self::O200kBase),
    ];

    /// The encoding of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|each| each.0 == name)
            .map(|each| each.1)
    }

    fn tokenizer(self) -> &'static dyn Tokenize {
        match self {
            Self::R50kBase => &*vocabulary::R50K_BASE,
            Self::P50kBase => &*vocabulary::P50K_BASE,
            Self::Cl100kBase => &*vocabulary::CL100K_BASE,
            Self::O200kBase => &*vocabulary::O200K_BASE,
        }
    }

    /// Makes the tables, unless they are there.
    pub fn load(self) {
        self.tokenizer();
    }

    /// The length in bytes of the longest token.
    pub fn longest(self) -> usize {
        self.tokenizer().bpe().longest
    }

    /// How many tokens `text` has. Linear in its length.
    pub fn count(self, text: &str) -> usize {
        self.tokenizer().count(text, usize::MAX - 1)
    }

    /// How many tokens `text` has, or `limit + 1` when these are more than `limit`. No more of the text is read than
    /// `limit` of the longest tokens hold, and reading ends with the piece that goes past the limit.
    pub fn count_up_to(self, text: &str, limit: usize) -> usize {
        let limit = limit.min(usize::MAX - 1);
        self.tokenizer().count(text, limit).min(limit + 1)
    }

    /// The tokens of `text`.
    pub fn encode(self, text: &str) -> Vec<u32> {
        self.tokenizer().encode(text)
    }

    /// The bytes of `tokens`; tokens may end inside a character.
    pub fn decode(self, tokens: &[u32]) -> Result<Vec<u8>, UnknownToken> {
        let bpe = self.tokenizer().bpe();
        let mut bytes = Vec::with_capacity(tokens.len() * 4);
        for &token in tokens {
            bytes.extend_from_slice(bpe.bytes_of(token).ok_or(UnknownToken(token))?);
        }
        Ok(bytes)
    }

    /// The length in bytes of the longest prefix of `text`, cut between characters, of at most `limit` tokens. Linear in
    /// what is kept.
    pub fn truncate(self, text: &str, limit: usize) -> usize {
        self.tokenizer().truncate(text, limit)
    }
}

#[cfg(test)]
mod tests;
