//! GLM 4.5 to 4.7, Ling 3, Laguna: `<tool_call>f<arg_key>a</arg_key><arg_value>1</arg_value></tool_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::keys::{KeyedCall, Marks, name_follows};
use crate::toolcall::typed::Untyped;

static MARKS: Marks = Marks {
    after_name: &[],
    key: ("<arg_key>", "</arg_key>"),
    kind: None,
    value: ("<arg_value>", "</arg_value>"),
    end: "</tool_call>",
    next: "<tool_call>",
    untyped: Untyped::Json,
};

dialect!(
    Glm45, "glm45_47", ["<tool_call>"],
    opens: |look, opener, _, _| name_follows(look, opener, &MARKS),
    machine: |_, opener, _| KeyedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check, check_with};

    #[test]
    fn cases() {
        check_with(
            "glm45_47",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            "<tool_call>f\n<arg_key>a</arg_key>\n<arg_value>1</arg_value>\n<arg_key>s</arg_key><arg_value>2</arg_value>\n</tool_call>",
            &[call("f", r#"{"a": 1, "s": "2"}"#)],
            "",
        );
        check(
            "glm45_47",
            "<tool_call>f</tool_call>x",
            &[call("f", "{}")],
            "x",
        );
        check(
            "glm45_47",
            "<tool_call>f\n<arg_key>a</arg_key>\n<arg_value>x < y",
            &[call("f", r#"{"a": "x < y"}"#)],
            "",
        );
    }
}
