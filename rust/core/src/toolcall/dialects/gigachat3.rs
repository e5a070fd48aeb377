//! GigaChat 3: `function call<|role_sep|>` and `{"name": ..., "arguments": {...}}`, or `<|function_call|>{...}`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    Gigachat3, "gigachat3", ["<|function_call|>", "function call<|role_sep|>"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'{' | b'['))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&[]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "gigachat3",
            "a<|message_sep|>\n\nfunction call<|role_sep|>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}</s>",
            &[call("f", r#"{"a": 1}"#)],
            "a",
        );
        check(
            "gigachat3",
            r#"a<|function_call|>{"name": "f", "arguments": {"a": 1}}"#,
            &[call("f", r#"{"a": 1}"#)],
            "a",
        );
    }
}
