//! InternLM 2: `<|action_start|><|plugin|>{"name": ..., "parameters": {...}}<|action_end|>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    Internlm2, "internlm2", ["<|action_start|><|plugin|>", "<|action_start|> <|plugin|>"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'{' | b'['))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&["<|action_end|>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "internlm2",
            "a<|action_start|><|plugin|>\n{\"name\": \"f\", \"parameters\": {\"a\": 1}}<|action_end|>b",
            &[call("f", r#"{"a": 1}"#)],
            "ab",
        );
    }
}
