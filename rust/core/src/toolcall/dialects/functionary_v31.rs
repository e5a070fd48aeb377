//! Functionary 3.1: `<function=f>{"a": 1}</function>`, also in `<tool_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::named::{Marks, NamedCall, name_end};

/// The name, which may stand in a frame.
fn bare(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    (text.strip_prefix("<function=").unwrap_or(text).trim(), None)
}

static MARKS: Marks = Marks {
    after_name: &[">"],
    between: &[">"],
    closers: &["</function>", "</tool_call>"],
    name: bare,
};

dialect!(
    FunctionaryV31, "functionary_v31", ["<function=", "<tool_call>"],
    opens: |look, opener, _, _| match name_end(&look, opener, &MARKS)? {
        Some(end) => {
            let frame = look.starts(0, "<tool_call>")?;
            let inner = !frame || look.starts(look.skip_space(opener), "<function=")?;
            Ok(inner && look.byte(look.skip_space(end + 1))? == Some(b'{'))
        }
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
