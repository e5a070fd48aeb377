//! Exact token counts of OpenAI's encodings, over the algorithm of the crates `bpe` and `bpe-openai`.

mod vocabulary;

use bpe_openai::Tokenizer;

/// An encoding whose vocabulary is built in. Its tables are made when it is first used: a third of a second and
/// 37 MiB for `cl100k_base`, a second and 69 MiB for `o200k_base`.
///
/// Special tokens are none here: their texts are encoded like any other text, as a tokenizer has to that counts what
/// users write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// GPT-3.5, GPT-4 and the third generation of embeddings.
    Cl100kBase,
    /// GPT-4o and later.
    O200kBase,
}

/// A token id that the encoding does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownToken(pub u32);

/// How many tokens past the limit a longer prefix is looked for: what follows may make the tokens before it fewer.
const LOOK_PAST: usize = 4;

impl Encoding {
    /// All of them, by name.
    pub const ALL: [(&'static str, Self); 2] = [
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

    fn tokenizer(self) -> &'static Tokenizer {
        match self {
            Self::Cl100kBase => vocabulary::cl100k_base(),
            Self::O200kBase => vocabulary::o200k_base(),
        }
    }

    /// Makes the tables, unless they are there.
    pub fn load(self) {
        self.tokenizer();
    }

    /// How many tokens `text` has. Linear in its length, without making the tokens.
    pub fn count(self, text: &str) -> usize {
        self.tokenizer().count(text)
    }

    /// The tokens of `text`.
    pub fn encode(self, text: &str) -> Vec<u32> {
        self.tokenizer().encode(text)
    }

    /// The bytes of `tokens`; tokens may end inside a character.
    pub fn decode(self, tokens: &[u32]) -> Result<Vec<u8>, UnknownToken> {
        let bpe = &self.tokenizer().bpe;
        match tokens
            .iter()
            .find(|&&token| token as usize >= bpe.num_tokens())
        {
            Some(&token) => Err(UnknownToken(token)),
            None => Ok(bpe.decode_tokens(tokens)),
        }
    }

    /// The length in bytes of the longest prefix of `text`, cut between characters, of at most `limit` tokens.
    ///
    /// A prefix may have more tokens than the same text has as part of a longer one, so lengths are tried downwards,
    /// from a few tokens past the limit.
    pub fn truncate(self, text: &str, limit: usize) -> usize {
        // No token is longer than what the text has in bytes, and none is empty.
        if text.len() <= limit {
            return text.len();
        }
        let tokens = self.encode(text);
        if tokens.len() <= limit {
            return text.len();
        }
        let bpe = &self.tokenizer().bpe;
        let past = &tokens[..tokens.len().min(limit.saturating_add(LOOK_PAST))];
        let mut end: usize = past.iter().map(|&token| bpe.token_len(token)).sum();
        while end > 0 {
            if text.is_char_boundary(end) && self.count(&text[..end]) <= limit {
                return end;
            }
            end -= 1;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_counts() {
        // Ids as OpenAI's own tokenizer gives them.
        assert_eq!(Encoding::Cl100kBase.encode("hello world"), [15339, 1917]);
        assert_eq!(Encoding::O200kBase.encode("hello world"), [24912, 2375]);
        assert_eq!(Encoding::O200kBase.count(""), 0);
    }

    #[test]
    fn unknown_tokens_are_errors() {
        assert_eq!(
            Encoding::Cl100kBase.decode(&[u32::MAX]),
            Err(UnknownToken(u32::MAX))
        );
        assert_eq!(
            Encoding::Cl100kBase.decode(&[100_500]),
            Err(UnknownToken(100_500))
        );
        assert_eq!(Encoding::Cl100kBase.decode(&[15339]), Ok(b"hello".to_vec()));
    }

    #[test]
    fn truncating_gives_the_longest_prefix() {
        let text = "Truncating 日本語 🙂🙂 a text, word by word; antidisestablishmentarianism!";
        for (_, encoding) in Encoding::ALL {
            for limit in 0..30 {
                let longest = (0..=text.len()).rev().find(|&end| {
                    text.is_char_boundary(end) && encoding.count(&text[..end]) <= limit
                });
                assert_eq!(Some(encoding.truncate(text, limit)), longest, "{limit}");
            }
        }
    }
}
