//! Functionary 3.2: a tool's name on a line of its own and its arguments as JSON below, `>>>` before it if not the first.

use crate::toolcall::dialect::{Place, dialect};
use crate::toolcall::family::named::{Marks, NamedCall, plain};

static MARKS: Marks = Marks {
    after_name: &["\n"],
    between: &[],
    closers: &[],
    name: plain,
};

dialect!(
    FunctionaryV32, "functionary_v32", ["", ">>>"],
    opens: |look, opener, _, tools| match tools.name_at(&look, opener)? {
        Some(len) => {
            let line = look.skip_blank(opener + len);
            let json = look.skip_space(line);
            Ok(matches!(look.byte(line)?, Some(b'\n' | b'\r')) && look.byte(json)? == Some(b'{'))
        }
        None => Ok(false),
    },
    machine: |_, opener, _| NamedCall::boxed(&MARKS, opener),
    place: Place::Line,
    shape: |_| true,
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check_with};

    #[test]
    fn cases() {
        check_with(
            "functionary_v32",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            "f\n{\"a\": 1}\n>>>f\n{\"a\": 2}",
            &[call("f", r#"{"a": 1}"#), call("f", r#"{"a": 2}"#)],
            "",
        );
        check_with(
            "functionary_v32",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            "g\n{\"a\": 1}",
            &[],
            "g\n{\"a\": 1}",
        );
    }
}
