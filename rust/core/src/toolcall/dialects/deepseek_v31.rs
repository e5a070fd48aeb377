//! DeepSeek V3.1: `<｜tool▁call▁begin｜>f<｜tool▁sep｜>{"a": 1}<｜tool▁call▁end｜>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::named::{Marks, NamedCall, name_end, plain};

static MARKS: Marks = Marks {
    after_name: &["<｜tool▁sep｜>", "<|tool▁sep|>"],
    between: &["<｜tool▁sep｜>", "<|tool▁sep|>"],
    closers: &["<｜tool▁call▁end｜>", "<|tool▁call▁end|>"],
    name: plain,
};

dialect!(
    DeepseekV31, "deepseek_v31", ["<｜tool▁call▁begin｜>", "<|tool▁call▁begin|>"],
    opens: |look, opener, _, _| Ok(name_end(&look, look.skip_space(opener), &MARKS)?.is_some()),
    machine: |_, opener, _| NamedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "deepseek_v31",
            r#"a<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>f<｜tool▁sep｜>{"a": 1}<｜tool▁call▁end｜><｜tool▁call▁begin｜>g<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜> b"#,
            &[call("f", r#"{"a": 1}"#), call("g", "{}")],
            "a b",
        );
    }
}
