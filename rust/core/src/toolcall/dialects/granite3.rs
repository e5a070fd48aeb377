//! Granite 3: `<|tool_call|>[{"name": ..., "arguments": {...}}]`, also behind `<tool_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    Granite3, "granite3", ["<|tool_call|>", "<tool_call>"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'[' | b'{'))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&["</tool_call>", "<|/tool_call|>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "granite3",
            r#"Hm. <|tool_call|> [{"name": "f", "arguments": {"a": 1}}]"#,
            &[call("f", r#"{"a": 1}"#)],
            "Hm. ",
        );
        check(
            "granite3",
            r#"<tool_call>[{"name": "f", "arguments": {"a": 1}}]"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
