use super::bpe::{Bpe, Room};
use super::classes::Reader;
use super::split::{Cased, Grouped, Pattern, Plain, short_word};
use super::words::eight;
use super::*;
use fancy_regex::Regex;
use std::collections::HashMap;

/// Numbers that look random, the same ones every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end
    }

    fn text(&mut self, words: &[&str], most: usize) -> String {
        let length = self.below(most + 1);
        (0..length)
            .map(|_| words[self.below(words.len())])
            .collect()
    }
}

/// One of every class and of what the patterns name, each followed by any other; some of them again, to come often.
const PARTS: [&str; 48] = [
    "a",
    "a",
    "z",
    "B",
    "B",
    "Z",
    "é",
    "É",
    "ß",
    "ſ",
    "ǅ",
    "ʰ",
    "中",
    "あ",
    "\u{301}",
    "\u{301}",
    "\u{903}",
    "1",
    "9",
    "½",
    "Ⅷ",
    " ",
    " ",
    " ",
    "\t",
    "\n",
    "\n",
    "\r",
    "\u{a0}",
    "\u{3000}",
    "\u{b}",
    "!",
    "/",
    "/",
    "_",
    "🙂",
    "\0",
    "'",
    "'",
    "'s",
    "'S",
    "'ll",
    "'rE",
    "'v",
    "'ſ",
    "'d",
    "\u{10ffff}",
    "the",
];

const WORDS: [&str; 16] = [
    "token",
    "The",
    " ",
    " ",
    "\n",
    "日本語",
    "ization",
    "👩🏽",
    "....",
    "    ",
    "1234567",
    "ABC",
    "don't",
    "\t\t",
    "—",
    "ab",
];

const PLAIN: &str =
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s";
/// As it was before `\s++$` came into it, which changes pieces but no tokens.
const GROUPED: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const CASED: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|",
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

fn parts_as<P: Pattern>(pattern: P, expression: &str) {
    let expression = Regex::new(expression).unwrap();
    let mut random = Random(7);
    for _ in 0..20_000 {
        let text = random.text(&PARTS, 12);
        let expected: Vec<&str> = expression
            .find_iter(&text)
            .map(|found| found.unwrap().as_str())
            .collect();
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let end = pattern.piece(Reader::new(), text.as_bytes(), at);
            if let Some(length) = short_word::<P>(eight(text.as_bytes(), at)) {
                assert_eq!(at + length, end, "{text:?} at {at}");
            }
            pieces.push(&text[at..end]);
            at = end;
        }
        assert_eq!(pieces, expected, "{text:?}");
    }
}

#[test]
fn pieces_are_those_of_the_patterns() {
    parts_as(Plain, PLAIN);
    parts_as(Grouped, GROUPED);
    parts_as(Cased, CASED);
}

#[test]
fn no_token_of_cl100k_goes_on_with_a_blank_after_its_last_line_end() {
    let bpe = Encoding::Cl100kBase.tokenizer().bpe();
    for token in (0..).map_while(|id| bpe.bytes_of(id)) {
        let text = String::from_utf8_lossy(token);
        let after = text.rsplit(['\r', '\n']).next().unwrap_or("");
        let goes_on = text.trim().is_empty() && after.len() < text.len() && !after.is_empty();
        assert!(!goes_on, "{text:?}");
    }
}

/// What byte pair encoding is defined to be.
fn merged(ids: &HashMap<&[u8], u32>, text: &[u8]) -> Vec<u32> {
    let mut parts: Vec<&[u8]> = text.chunks(1).collect();
    loop {
        let joined = |at: usize| [parts[at], parts[at + 1]].concat();
        let best = (0..parts.len().saturating_sub(1))
            .filter_map(|at| ids.get(joined(at).as_slice()).map(|id| (*id, at)))
            .min();
        let Some((_, at)) = best else {
            return parts.iter().map(|part| ids[part]).collect();
        };
        let begin = parts[..at].iter().map(|part| part.len()).sum::<usize>();
        let length = parts[at].len() + parts[at + 1].len();
        parts.splice(at..at + 2, [&text[begin..begin + length]]);
    }
}

fn ids(bpe: &Bpe) -> HashMap<&[u8], u32> {
    (0..300_000)
        .filter_map(|id| Some((bpe.bytes_of(id)?, id)))
        .collect()
}

#[test]
fn tokens_are_what_merging_gives() {
    let mut random = Random(11);
    for (name, encoding) in Encoding::ALL {
        let bpe = encoding.tokenizer().bpe();
        let ids = ids(bpe);
        let mut room = Room::default();
        for round in 0..600 {
            let text = if round % 2 == 0 {
                random.text(&WORDS, 12)
            } else {
                random.text(&["a", "b", "ab", "e"], 40)
            };
            let text = text.as_bytes();
            room.tokens.clear();
            bpe.extend(&mut room, text, 0);
            assert_eq!(room.tokens, merged(&ids, text), "{name} {text:?}");
            // From any token on, encoding comes to the same.
            for kept in 0..room.tokens.len() {
                let mut other = Room::default();
                other.tokens.extend_from_slice(&room.tokens[..kept]);
                let from = other
                    .tokens
                    .iter()
                    .map(|&token| bpe.pairs.length(token))
                    .sum();
                bpe.extend(&mut other, text, from);
                assert_eq!(other.tokens, room.tokens);
            }
        }
    }
}

#[test]
fn every_token_is_made_by_merging_and_is_itself() {
    for (name, encoding) in Encoding::ALL {
        let bpe = encoding.tokenizer().bpe();
        assert_eq!(bpe.unmade, 0, "{name}");
        let mut room = Room::default();
        for (token, id) in ids(bpe) {
            room.tokens.clear();
            bpe.extend(&mut room, token, 0);
            assert_eq!(room.tokens, [id], "{name} {token:?}");
        }
    }
}

#[test]
fn known_tokens() {
    // Ids as OpenAI's own tokenizer gives them.
    assert_eq!(Encoding::R50kBase.encode("hello world"), [31373, 995]);
    assert_eq!(Encoding::P50kBase.encode("a    b"), [64, 50258, 275]);
    assert_eq!(Encoding::Cl100kBase.encode("hello world"), [15339, 1917]);
    assert_eq!(Encoding::O200kBase.encode("hello world"), [24912, 2375]);
    assert_eq!(Encoding::O200kBase.count(""), 0);
}

#[test]
fn unknown_tokens_are_errors() {
    for (encoding, token) in [
        (Encoding::Cl100kBase, u32::MAX),
        (Encoding::Cl100kBase, 100_256),
        (Encoding::P50kBase, 50_256),
        (Encoding::R50kBase, 50_256),
    ] {
        assert_eq!(encoding.decode(&[token]), Err(UnknownToken(token)));
    }
    assert_eq!(Encoding::Cl100kBase.decode(&[15339]), Ok(b"hello".to_vec()));
    assert_eq!(Encoding::P50kBase.decode(&[50_280]), Ok(vec![b' '; 25]));
}

fn longest_prefix(encoding: Encoding, text: &str, limit: usize) -> usize {
    (0..=text.len())
        .rev()
        .find(|&end| text.is_char_boundary(end) && encoding.count(&text[..end]) <= limit)
        .unwrap_or(0)
}

#[test]
fn truncating_gives_the_longest_prefix() {
    let mut random = Random(13);
    for round in 0..1500 {
        let text = match round % 3 {
            0 => random.text(&WORDS, 14),
            1 => random.text(&PARTS, 24),
            _ => random.text(&[" ", "\n", "x", "\t", "1", "="], 30),
        };
        for (name, encoding) in Encoding::ALL {
            for limit in 0..12 {
                let cut = encoding.truncate(&text, limit);
                assert_eq!(
                    cut,
                    longest_prefix(encoding, &text, limit),
                    "{name} {limit} {text:?}"
                );
            }
        }
    }
}

#[test]
fn truncating_within_a_large_piece_gives_the_longest_prefix() {
    let mut random = Random(17);
    for words in [
        &["a"][..],
        &["="],
        &[" ", "  ", "\t"],
        &[" ", "\n"],
        &["BA", "A", "中", "ab"],
        &["A", "A", "A", "中"],
        &["日本", "語", "𠀀"],
        &["\u{301}", "A", "a"],
    ] {
        let mut text = String::from("x ");
        while text.len() < 1500 {
            text += words[random.below(words.len())];
        }
        text += "'s end";
        for (name, encoding) in Encoding::ALL {
            let all = encoding.count(&text);
            for limit in [
                0,
                1,
                2,
                3,
                all / 7,
                all / 3,
                all / 2,
                all - 3,
                all - 1,
                all,
                all + 1,
            ] {
                let cut = encoding.truncate(&text, limit);
                assert_eq!(
                    cut,
                    longest_prefix(encoding, &text, limit),
                    "{name} {limit} {words:?}"
                );
            }
        }
    }
}

#[test]
fn counting_ends_at_the_limit() {
    let text = "Counting 日本語 🙂🙂 up to a limit. ".repeat(20) + &"a".repeat(3000);
    for (_, encoding) in Encoding::ALL {
        let all = encoding.count(&text);
        assert_eq!(all, encoding.encode(&text).len());
        for limit in [0, 1, 2, 50, all - 1, all, all + 1, usize::MAX] {
            assert_eq!(
                encoding.count_up_to(&text, limit),
                all.min(limit.saturating_add(1))
            );
        }
        assert_eq!(encoding.count_up_to("", 0), 0);
    }
}
