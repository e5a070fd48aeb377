//! A known name and JSON in parentheses: `f({"a": 1})`.

use crate::toolcall::dialect::{Place, dialect};
use crate::toolcall::family::named::{Marks, NamedCall, plain};

static MARKS: Marks = Marks {
    after_name: &["("],
    between: &["("],
    closers: &[")"],
    name: plain,
};

dialect!(
    NameJson, "name_json", [""],
    opens: |look, opener, _, tools| match tools.name_at(&look, opener)? {
        Some(len) if look.byte(opener + len)? == Some(b'(') => {
            Ok(look.byte(look.skip_space(opener + len + 1))? == Some(b'{'))
        }
        _ => Ok(false),
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
            "name_json",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            r#"f({"a": 1})"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check_with(
            "name_json",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            r#"print({"a": 1})"#,
            &[],
            r#"print({"a": 1})"#,
        );
    }
}
