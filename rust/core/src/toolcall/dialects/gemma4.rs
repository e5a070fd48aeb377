//! Gemma 4: `<|tool_call>call:f{a:1,b:<|"|>x<|"|>}<tool_call|>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::gemma::{GemmaCall, Marks, name};

static MARKS: Marks = Marks {
    quote: r#"<|"|>"#,
    closers: &["<tool_call|>", "<turn|>"],
};

dialect!(
    Gemma4, "gemma4", ["<|tool_call>"],
    opens: |look, opener, _, _| Ok(name(&look, opener, &MARKS)?.is_some()),
    machine: |_, opener, _| GemmaCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check, check_with};

    #[test]
    fn cases() {
        check(
            "gemma4",
            r#"a<|tool_call>call:f{a:1,b:<|"|>x } "y" <|"|>,c:[<|"|>p<|"|>,q],d:{e:true}}<tool_call|>b"#,
            &[call(
                "f",
                r#"{"a": 1, "b": "x } \"y\" ", "c": ["p", "q"], "d": {"e": true}}"#,
            )],
            "ab",
        );
        check_with(
            "gemma4",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            "<|tool_call>call:f{s:12,a:3}<tool_call|>",
            &[call("f", r#"{"s": "12", "a": 3}"#)],
            "",
        );
        check(
            "gemma4",
            r#"<|tool_call>call:f{s:<|"|>x y"#,
            &[call("f", r#"{"s": "x y"}"#)],
            "",
        );
        check(
            "gemma4",
            r#"<|tool_call>call:g(host="a")"#,
            &[call("g", r#"{"host": "a"}"#)],
            "",
        );
    }
}
