//! Kimi K2: `<|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{"a": 1}<|tool_call_end|>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::named::{Marks, NamedCall, name_end};

/// `functions.f:0` is the id, and `f` in it the name.
fn split(text: &str) -> (&str, Option<&str>) {
    let id = text.trim();
    let name = id.strip_prefix("functions.").unwrap_or(id);
    match name.rsplit_once(':') {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            (name, Some(id))
        }
        _ => (name, Some(id)),
    }
}

static MARKS: Marks = Marks {
    after_name: &["<|tool_call_argument_begin|>"],
    between: &["<|tool_call_argument_begin|>"],
    closers: &["<|tool_call_end|>"],
    name: split,
};

dialect!(
    KimiK2, "kimi_k2", ["<|tool_call_begin|>"],
    opens: |look, opener, _, _| Ok(name_end(&look, look.skip_space(opener), &MARKS)?.is_some()),
    machine: |_, opener, _| NamedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "kimi_k2",
            r#"a <|tool_calls_section_begin|><|tool_call_begin|>functions.f:0 <|tool_call_argument_begin|>{"a": 1}<|tool_call_end|><|tool_call_begin|>g:1<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>"#,
            &[call("f", r#"{"a": 1}"#), call("g", "{}")],
            "a ",
        );
    }
}
