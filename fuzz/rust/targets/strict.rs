//! Strict parsing beside serde_json: the same texts are taken, with the same values.
#![no_main]

use harness_core::json::{ErrorKind, parse_strict};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// serde_json reads `-0` as a double, Python and this core as the integer 0: zeros lose their sign.
fn unsigned(value: Value) -> Value {
    match value {
        Value::Number(number) if number.as_f64() == Some(0.0) => Value::from(0),
        Value::Array(items) => items.into_iter().map(unsigned).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, unsigned(value)))
            .collect(),
        other => other,
    }
}

fuzz_target!(|text: &str| {
    let ours = parse_strict(text);
    let theirs = serde_json::from_str::<Value>(text);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            let written = ours.to_json();
            let read = serde_json::from_str(&written).expect("what is written is JSON");
            assert_eq!(unsigned(read), unsigned(theirs), "{written}");
        }
        // serde_json stops at 128 levels and at numbers no double holds.
        (Ok(_), Err(error)) => {
            let error = error.to_string();
            assert!(
                error.contains("recursion") || error.contains("out of range"),
                "{error}"
            );
        }
        (Err(error), Ok(_)) => {
            assert_eq!(error.kind, ErrorKind::NumberOutOfRange);
        }
        (Err(_), Err(_)) => {}
    }
});
