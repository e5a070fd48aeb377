//! Mistral from v11 on: `[TOOL_CALLS]f[ARGS]{"a": 1}`, with `[CALL_ID]x` before `[ARGS]` or without both.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::named::{Marks, NamedCall, name_end, plain};

static MARKS: Marks = Marks {
    after_name: &["[ARGS]", "[CALL_ID]", "{"],
    between: &["[ARGS]"],
    closers: &[],
    name: plain,
};

dialect!(
    MistralV11, "mistral_v11", ["[TOOL_CALLS]"],
    opens: |look, opener, _, _| Ok(name_end(&look, look.skip_space(opener), &MARKS)?.is_some()),
    machine: |_, opener, _| NamedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "mistral_v11",
            r#"[TOOL_CALLS]f[ARGS]{"a": 1}[TOOL_CALLS]g[CALL_ID]x1[ARGS]{"b": "[TOOL_CALLS]"}"#,
            &[
                call("f", r#"{"a": 1}"#),
                call("g", r#"{"b": "[TOOL_CALLS]"}"#),
            ],
            "",
        );
        check(
            "mistral_v11",
            r#"[TOOL_CALLS]f{"a": 1}Hm"#,
            &[call("f", r#"{"a": 1}"#)],
            "Hm",
        );
    }
}
