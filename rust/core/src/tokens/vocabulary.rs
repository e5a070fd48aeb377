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
    let (bytes, starts) = read(&text, tokens).expect("the vocabulary is in its format");
    Tokenizer {
        bpe: Bpe::new(bytes, starts),
        pattern,
        classes: Reader::new(),
    }
}

/// The first tokens of a file of tiktoken: their bytes, one after the other, and where each begins, with one more for the
/// end. The file has a line each, the bytes in base64 and the id. Ids ascend; one that is left out, as that of a special
/// token, has no bytes.
fn read(text: &str, count: usize) -> Option<(Vec<u8>, Vec<u32>)> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut starts = Vec::new();
    for line in text.lines().take(count) {
        let space = line.bytes().position(|byte| byte == b' ')?;
        let id: usize = line[space + 1..].parse().ok()?;
        starts.resize(id + 1, bytes.len() as u32);
        base64(&line.as_bytes()[..space], &mut bytes)?;
    }
    starts.push(bytes.len() as u32);
    bytes.shrink_to_fit();
    Some((bytes, starts))
}

/// Decodes base64 with padding, onto the end of `bytes`.
fn base64(text: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    let mut bits = 0_u32;
    for (index, digit) in text.iter().enumerate() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if index + 2 >= text.len() => return Some(()),
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        // Every digit but the first of four ends a byte, with 4, 2 or 0 bits of the next one behind it.
        if index % 4 > 0 {
            bytes.push((bits >> (6 - 2 * (index % 4))) as u8);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        for (text, expected) in [
            ("IQ==", "!"),
            ("ISE=", "!!"),
            ("ISEh", "!!!"),
            ("YWJjZA==", "abcd"),
            ("", ""),
        ] {
            let mut bytes = b"x".to_vec();
            assert_eq!(base64(text.as_bytes(), &mut bytes), Some(()));
            assert_eq!(bytes[1..], *expected.as_bytes());
        }
        assert_eq!(base64(b"a*==", &mut Vec::new()), None);
        assert_eq!(base64(b"a=aa", &mut Vec::new()), None);
    }

    #[test]
    fn ids_that_are_left_out_have_no_bytes() {
        let text = "IQ== 0\nISE= 2\n";
        assert_eq!(read(text, 9), Some((b"!!!".to_vec(), vec![0, 1, 1, 3])));
        assert_eq!(read(text, 1), Some((b"!".to_vec(), vec![0, 1])));
        assert_eq!(read("IQ==", 9), None);
    }
}
