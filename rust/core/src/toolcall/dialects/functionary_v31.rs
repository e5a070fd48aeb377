//! Functionary 3.1: `<function=f>{"a": 1}</function>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::named::{Marks, NamedCall, name_end, plain};

static MARKS: Marks = Marks {
    after_name: &[">"],
    between: &[">"],
    closers: &["</function>"],
    name: plain,
};

dialect!(
    FunctionaryV31, "functionary_v31", ["<function="],
    opens: |look, opener, _, _| match name_end(&look, opener, &MARKS)? {
        Some(end) => Ok(look.byte(look.skip_space(end + 1))? == Some(b'{')),
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
            "functionary_v31",
            r#"<function=f>{"a": 1}</function><function=g>{}</function>"#,
            &[call("f", r#"{"a": 1}"#), call("g", "{}")],
            "",
        );
    }
}
