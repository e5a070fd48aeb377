//! LFM2: `<|tool_call_start|>[f(a=1)]<|tool_call_end|>`, or JSON in the same frame.

use crate::toolcall::dialect::{Look, Need, dialect};
use crate::toolcall::family::json::{Form as JsonForm, JsonCalls};
use crate::toolcall::family::pythonic::{Form, PythonCalls, calls_follow};

static CLOSERS: &[&str] = &["<|tool_call_end|>"];

dialect!(
    Lfm2, "lfm2", ["<|tool_call_start|>"],
    opens: |look, opener, _, _| Ok(json_follows(&look, opener)? || calls_follow(&look, opener)?),
    machine: |look, opener, _| match json_follows(&look, opener) {
        Ok(true) => JsonCalls::boxed(JsonForm::marked(CLOSERS), opener),
        _ => PythonCalls::boxed(Form::marked(CLOSERS), opener),
    },
);

/// Whether an object stands here, or a list of them.
fn json_follows(look: &Look<'_>, at: usize) -> Need<bool> {
    let mut at = look.skip_space(at);
    if look.byte(at)? == Some(b'[') {
        at = look.skip_space(at + 1);
    }
    Ok(look.byte(at)? == Some(b'{'))
}

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "lfm2",
            r#"a<|tool_call_start|>[f(a=1, b="x"), g()]<|tool_call_end|>b"#,
            &[call("f", r#"{"a": 1, "b": "x"}"#), call("g", "{}")],
            "ab",
        );
        check(
            "lfm2",
            r#"<|tool_call_start|> [{"name": "f", "arguments": {"a": 1}}]<|tool_call_end|>"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "lfm2",
            r#"<|tool_call_start|>{"name": "f", "arguments": {"a": 1}}<|tool_call_end|>"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
