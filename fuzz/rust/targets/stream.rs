//! Tool calls: a text cut in pieces gives what the whole gives, and no call is without a name.
#![no_main]

use std::sync::{Arc, LazyLock};

use harness_core::json::parse_strict;
use harness_core::stream::{Extraction, StreamParser};
use harness_core::toolcall::{Tools, find, names};
use libfuzzer_sys::fuzz_target;

const TOOLS: &str = r#"[
    {"name": "f", "parameters": {"properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}},
    {"name": "get_weather", "parameters": {"properties": {"city": {"type": "string"}}}}
]"#;

static WITH: LazyLock<Arc<Tools>> =
    LazyLock::new(|| Arc::new(Tools::from_value(&parse_strict(TOOLS).expect("JSON"))));
static WITHOUT: LazyLock<Arc<Tools>> =
    LazyLock::new(|| Arc::new(Tools::from_value(&parse_strict("[]").expect("JSON"))));
static FORMATS: LazyLock<Vec<Option<u16>>> =
    LazyLock::new(|| std::iter::once(None).chain(names().map(find)).collect());

fuzz_target!(|data: &[u8]| {
    let [choice, cut, rest @ ..] = data else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let format = FORMATS[usize::from(*choice) % FORMATS.len()];
    let tools = if choice & 0x80 == 0 {
        &*WITHOUT
    } else {
        &*WITH
    };
    let whole = StreamParser::extract(tools.clone(), format, text);
    assert!(whole.calls.iter().all(|call| !call.name.is_empty()));

    let mut parser = StreamParser::new(tools.clone(), format);
    let mut sum = Extraction::default();
    let mut rest = text;
    while !rest.is_empty() {
        let mut size = rest.len().min(1 + usize::from(cut % 16));
        while !rest.is_char_boundary(size) {
            size += 1;
        }
        parser
            .feed(&rest[..size])
            .into_iter()
            .for_each(|event| sum.add(event));
        rest = &rest[size..];
    }
    parser.finish().into_iter().for_each(|event| sum.add(event));
    sum.format = parser.format();
    assert_eq!(sum, whole);
});
