//! Jamba, Hunyuan A13B, Apriel: `<tool_calls>[{"name": ..., "arguments": {...}}]</tool_calls>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    ToolCallsArray, "tool_calls_array", ["<tool_calls>"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'{' | b'['))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&["</tool_calls>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "tool_calls_array",
            "a <tool_calls>[{\"name\": \"f\", \"arguments\": {\"a\": 1}}]</tool_calls>\nb",
            &[call("f", r#"{"a": 1}"#)],
            "a \nb",
        );
    }
}
