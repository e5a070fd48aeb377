//! Functionary 2: `<|recipient|>f<|content|>{"a": 1}`; the recipient of text is `all`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::named::{Marks, NamedCall, name_end, plain};

static MARKS: Marks = Marks {
    after_name: &["<|content|>", "\n"],
    between: &["<|content|>"],
    closers: &["<|stop|>"],
    name: plain,
};

dialect!(
    FunctionaryV2, "functionary_v2", ["<|from|>assistant\n<|recipient|>", "<|recipient|>"],
    opens: |look, opener, _, _| match name_end(&look, look.skip_space(opener), &MARKS)? {
        Some(end) => Ok(look.slice(opener, end).trim() != "all"),
        None => Ok(false),
    },
    machine: |_, opener, _| NamedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "functionary_v2",
            "<|from|>assistant\n<|recipient|>f\n<|content|>{\"a\": 1}",
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
