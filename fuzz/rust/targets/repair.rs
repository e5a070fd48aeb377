//! Repair: any text gives a value or an error; what comes out is a fixed point; valid JSON is left as it is.
#![no_main]

use harness_core::json::{Options, parse_strict, repair};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let options = Options::default();
    let Ok(mended) = repair(text, &options) else {
        assert!(parse_strict(text).is_err(), "valid JSON is never refused");
        return;
    };
    let written = mended.value.to_json();
    let again = repair(&written, &options).expect("what was mended can be read");
    assert_eq!(again.value, mended.value, "{written}");
    assert!(again.repairs.is_empty(), "{written}");
    if let Ok(value) = parse_strict(text) {
        assert_eq!(value, mended.value);
        assert!(mended.repairs.is_empty());
    }
});
