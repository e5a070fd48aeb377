//! Quantized Qwen: `[Calling tool: f({"a": 1})]`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::named::{Marks, NamedCall, name_end, plain};

static MARKS: Marks = Marks {
    after_name: &["("],
    between: &["("],
    closers: &[")", "]"],
    name: plain,
};

dialect!(
    CallingToolBracket, "calling_tool_bracket", ["[Calling tool:", "[Calling tool="],
    opens: |look, opener, _, _| Ok(name_end(&look, look.skip_space(opener), &MARKS)?.is_some()),
    machine: |_, opener, _| NamedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "calling_tool_bracket",
            r#"[Calling tool: f({"a": 1})]"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "calling_tool_bracket",
            "[Calling tool: none]",
            &[],
            "[Calling tool: none]",
        );
    }
}
