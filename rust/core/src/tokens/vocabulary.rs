//! The vocabularies that are built in, and the rules by which text is parted before tokens are looked for.

use bpe::byte_pair_encoding::{BytePairEncoding, read_tiktoken};
use bpe_openai::Tokenizer;
use flate2::read::GzDecoder;
use std::io::Read;
use std::sync::LazyLock;

static CL100K_BASE: LazyLock<Tokenizer> = LazyLock::new(|| {
    let words = [
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)",
        r"[^\r\n\p{L}\p{N}]?\p{L}+",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n]*",
        r"\s*[\r\n]+",
        r"\s+$",
    ];
    built(include_bytes!("../../data/cl100k_base.tiktoken.gz"), &words)
});

static O200K_BASE: LazyLock<Tokenizer> = LazyLock::new(|| {
    let words = [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+$",
    ];
    built(include_bytes!("../../data/o200k_base.tiktoken.gz"), &words)
});

pub(super) fn cl100k_base() -> &'static Tokenizer {
    &CL100K_BASE
}

pub(super) fn o200k_base() -> &'static Tokenizer {
    &O200K_BASE
}

/// Makes for each vocabulary a perfect hash of its tokens; found once by search, and checked when the table is made.
const HASH_FACTOR: u64 = 17_846_336_922_010_275_747;

/// The tables of a vocabulary. What can fail here depends on the data that is built in alone, and fails every test.
#[allow(clippy::expect_used, reason = "no input reaches this")]
fn built(compressed: &[u8], words: &[&str]) -> Tokenizer {
    let mut text = String::new();
    GzDecoder::new(compressed)
        .read_to_string(&mut text)
        .expect("the vocabulary is whole");
    let tokens = read_tiktoken(&text).expect("the vocabulary is in its format");
    let bpe = BytePairEncoding::from_dictionary(tokens, Some(HASH_FACTOR));
    // Blanks before a word go to the word but for the last one, which OpenAI's patterns say with a negative look-ahead.
    let patterns = [
        (&*words.join("|"), false),
        (r"\s+\s", true),
        (r"\s+", false),
    ];
    Tokenizer::new_lookahead(bpe, &patterns, false).expect("the patterns are right")
}
