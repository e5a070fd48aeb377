//! Partial values: every prefix gives a value or an error, and so does the front of a text taken as one value.
#![no_main]

use harness_core::json::{Options, repair, repair_prefix};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let mut cut = usize::from(first) * text.len() / 255;
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    let options = Options {
        partial: true,
        ..Options::default()
    };
    for text in [text, &text[..cut]] {
        if let Ok(part) = repair(text, &options) {
            let written = part.value.to_json();
            assert!(repair(&written, &Options::default()).is_ok(), "{written}");
        }
        if let Some((_, taken, _)) = repair_prefix(text) {
            assert!(
                text.is_char_boundary(taken),
                "the value ends at {taken} of {text:?}"
            );
        }
    }
});
