//! Inkling: `<|content_invoke_tool_json|>{"name": ..., "args": {...}}<|end_message|>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    Inkling, "inkling", ["<|content_invoke_tool_json|>"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'{' | b'['))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&["<|end_message|>", "<|content_model_end_sampling|>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "inkling",
            r#"<|content_thinking|>t<|end_message|><|message_model|><|content_invoke_tool_json|>{"name":"f","args":{"a":1}}<|end_message|>"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
