//! Mistral up to v7: `[TOOL_CALLS] [{"name": ..., "arguments": {...}}]`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    MistralV3, "mistral_v3", ["[TOOL_CALLS]"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'{' | b'['))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&[]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "mistral_v3",
            r#"[TOOL_CALLS] [{"name": "f", "arguments": {"a": 1}}]"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "mistral_v3",
            r#"[TOOL_CALLS][{"name": "f", "arguments": {"a": 1}}]</s>"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
