//! Checking the cases of a dialect: whole, and cut in every way.

use std::sync::Arc;

use super::{Tools, find};
use crate::json::{Value, parse_strict};
use crate::stream::{Extraction, StreamParser};

pub(crate) fn call(name: &str, arguments: &str) -> (String, Value) {
    let arguments = parse_strict(arguments).expect("the arguments of a case are JSON");
    (name.to_owned(), arguments)
}

fn calls(extraction: &Extraction) -> Vec<(String, Value)> {
    extraction
        .calls
        .iter()
        .map(|call| (call.name.clone(), call.arguments.clone()))
        .collect()
}

/// The calls and the text left over, automatically, by name, and with the text cut in pieces of 1 to 7 characters.
pub(crate) fn check(format: &str, text: &str, expected: &[(String, Value)], rest: &str) {
    check_with(format, "[]", text, expected, rest);
}

/// As [`check`], with tools given as JSON.
pub(crate) fn check_with(
    format: &str,
    tools: &str,
    text: &str,
    expected: &[(String, Value)],
    rest: &str,
) {
    let tools = parse_strict(tools).expect("the tools of a case are JSON");
    let tools = Arc::new(Tools::from_value(&tools));
    let only = find(format);
    assert!(only.is_some(), "no dialect {format}");
    for only in [None, only] {
        let whole = StreamParser::extract(tools.clone(), only, text);
        assert_eq!(calls(&whole), expected, "{text}");
        assert_eq!(whole.text, rest, "{text}");
        if !expected.is_empty() {
            assert_eq!(whole.format, Some(format), "{text}");
        }
        for size in 1..8 {
            assert_eq!(
                cut(&tools, only, text, size),
                whole,
                "in pieces of {size}: {text}"
            );
        }
    }
}

fn cut(tools: &Arc<Tools>, only: Option<u16>, text: &str, size: usize) -> Extraction {
    let mut parser = StreamParser::new(tools.clone(), only);
    let mut sum = Extraction::default();
    let characters: Vec<char> = text.chars().collect();
    for piece in characters.chunks(size) {
        for event in parser.feed(&piece.iter().collect::<String>()) {
            sum.add(event);
        }
    }
    for event in parser.finish() {
        sum.add(event);
    }
    sum.format = parser.format();
    sum
}
