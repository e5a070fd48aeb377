//! DeepSeek V3 and R1, Cogito: `<｜tool▁call▁begin｜>function<｜tool▁sep｜>f`, and the arguments fenced as JSON.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::named::{Marks, NamedCall, name_end, plain};

static MARKS: Marks = Marks {
    after_name: &["\n", "```"],
    between: &[],
    closers: &["<｜tool▁call▁end｜>", "<|tool▁call▁end|>"],
    name: plain,
};

dialect!(
    DeepseekV3, "deepseek_v3", [
        "<｜tool▁call▁begin｜>function<｜tool▁sep｜>",
        "<|tool▁call▁begin|>function<|tool▁sep|>",
    ],
    opens: |look, opener, _, _| Ok(name_end(&look, look.skip_space(opener), &MARKS)?.is_some()),
    machine: |_, opener, _| NamedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "deepseek_v3",
            "a<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{\"a\": 1}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>b",
            &[call("f", r#"{"a": 1}"#)],
            "ab",
        );
    }
}
