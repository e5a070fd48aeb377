//! What fuzzing has found, kept as tests.

use std::sync::Arc;

use harness_core::json::parse_strict;
use harness_core::stream::{Extraction, StreamParser};
use harness_core::toolcall::Tools;

fn no_tools() -> Arc<Tools> {
    Arc::new(Tools::from_value(&parse_strict("[]").expect("JSON")))
}

/// The extraction from a text that comes in pieces of so many characters.
fn cut(text: &str, size: usize) -> Extraction {
    let mut parser = StreamParser::new(no_tools(), None);
    let mut sum = Extraction::default();
    let characters: Vec<char> = text.chars().collect();
    for piece in characters.chunks(size) {
        let piece: String = piece.iter().collect();
        parser
            .feed(&piece)
            .into_iter()
            .for_each(|event| sum.add(event));
    }
    parser.finish().into_iter().for_each(|event| sum.add(event));
    sum.format = parser.format();
    sum
}

/// Blank ends made an offset wrap around; a closing fence that still grew left ticks that opened a code span.
#[test]
fn texts_that_were_read_otherwise_in_pieces() {
    for text in [
        " ",
        "\n ",
        "x\n  ",
        "```\n````</s>",
        "```\na\n `````<think>b</think>",
    ] {
        let whole = StreamParser::extract(no_tools(), None, text);
        for size in 1..6 {
            assert_eq!(cut(text, size), whole, "{text:?} in pieces of {size}");
        }
    }
}

/// A line separator before parentheses was taken for a name.
#[test]
fn white_space_is_no_name() {
    for text in [
        "```tool_code\n\u{2028}()\n```",
        "[\u{a0}(a=1)]",
        "<|python_tag|>\u{2003}()",
        "<function=' '></function>",
        "<invoke name=\"\n\"></invoke>",
    ] {
        let whole = StreamParser::extract(no_tools(), None, text);
        assert!(whole.calls.is_empty(), "{:?}", whole.calls);
    }
}
