//! The vocabularies that are built in.

use super::bpe::Bpe;
use super::classes::Reader;
use super::split::{Cased, Grouped, Pattern, Plain};
use super::tokenizer::Tokenizer;
use flate2::read::GzDecoder;
use std::io::Read;
use std::sync::LazyLock;

static P50K: &[u8] = include_bytes!("../../data/p50k_base.tiktoken.gz");
static CL100K: &[u8] = include_bytes!("../../data/cl100k_base.tiktoken.gz");
static O200K: &[u8] = include_bytes!("../../data/o200k_base.tiktoken.gz");

/// The tokens of `r50k_base` are the first ones of `p50k_base`, which adds runs of spaces.
const R50K_TOKENS: usize = 50_256;

pub(super) static R50K_BASE: LazyLock<Tokenizer<Plain>> =
    LazyLock::new(|| built(P50K, R50K_TOKENS, Plain));
pub(super) static P50K_BASE: LazyLock<Tokenizer<Plain>> =
    LazyLock::new(|| built(P50K, usize::MAX, Plain));
pub(super) static CL100K_BASE: LazyLock<Tokenizer<Grouped>> =
    LazyLock::new(|| built(CL100K, usize::MAX, Grouped));
pub(super) static O200K_BASE: LazyLock<Tokenizer<Cased>> =
    LazyLock::new(|| built(O200K, usize::MAX, Cased));

/// The tables of a vocabulary, of its first `tokens` tokens. What can fail here depends on the data that is built in
/// alone, and fails every test.
#[allow(clippy::expect_used, reason = "no input reaches this")]
fn built<P: Pattern>(compressed: &[u8], tokens: usize, pattern: P) -> Tokenizer<P> {
    let mut text = String::new();
    GzDecoder::new(compressed)
        .read_to_string(&mut text)
        .expect("the vocabulary is whole");
    let tokens = read(&text, tokens).expect("the vocabulary is in its format");
    Tokenizer {
        bpe: Bpe::new(&tokens),
        pattern,
        classes: Reader::new(),
    }
}

/// The tokens of a file of tiktoken, by their ids: a line each, the bytes in base64 and the id. Ids ascend; one that is
/// left out, as that of a special token, has no bytes.
fn read(text: &str, count: usize) -> Option<Vec<Vec<u8>>> {
    let mut tokens = Vec::new();
    for line in text.lines().take(count) {
        let (token, id) = line.split_once(' ')?;
        tokens.resize(id.parse().ok()?, Vec::new());
        tokens.push(base64(token.as_bytes())?);
    }
    Some(tokens)
}

/// Decodes base64 with padding.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii_end();
    let digits = text
        .strip_suffix(b"==")
        .or(text.strip_suffix(b"="))
        .unwrap_or(text);
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let mut bits = 0_u32;
    for (index, digit) in digits.iter().enumerate() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        // Every digit but the first of four ends a byte, with 4, 2 or 0 bits of the next one behind it.
        if index % 4 > 0 {
            bytes.push((bits >> (6 - 2 * (index % 4))) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        for (text, bytes) in [
            ("IQ==", "!"),
            ("ISE=", "!!"),
            ("ISEh", "!!!"),
            ("YWJjZA==", "abcd"),
            ("", ""),
        ] {
            assert_eq!(base64(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(base64(b"a*=="), None);
    }

    #[test]
    fn ids_that_are_left_out_have_no_bytes() {
        assert_eq!(
            read("IQ== 0\nISE= 2\n", 9),
            Some(vec![b"!".to_vec(), vec![], b"!!".to_vec()])
        );
        assert_eq!(read("IQ== 0\nISE= 2\n", 1), Some(vec![b"!".to_vec()]));
        assert_eq!(read("IQ==", 9), None);
    }
}
