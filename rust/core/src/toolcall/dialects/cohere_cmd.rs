//! Cohere Command R7B and A: `<|START_ACTION|>[{"tool_call_id": ..., "tool_name": ..., "parameters": {...}}]<|END_ACTION|>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    CohereCmd, "cohere_cmd", ["<|START_ACTION|>"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'{' | b'['))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&["<|END_ACTION|>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "cohere_cmd",
            "<|START_THINKING|>t<|END_THINKING|><|START_ACTION|>[\n {\"tool_call_id\": \"0\", \"tool_name\": \"f\", \"parameters\": {\"a\": 1}}\n]<|END_ACTION|>",
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
