//! Llama 3.2, ToolACE: `[f(a=1), g(b="x")]` and nothing else to say that it is a call.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::pythonic::{Form, PythonCalls, list_follows};

dialect!(
    Pythonic, "pythonic", ["["],
    opens: |look, _, before, tools| list_follows(&look, 0, before.line, tools),
    machine: |_, _, _| PythonCalls::boxed(
        Form {
            shape: true,
            ..Form::marked(&[])
        },
        0,
    ),
    shape: |_| true,
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check, check_with};

    #[test]
    fn cases() {
        check(
            "pythonic",
            r#"[f(a=1, b="x"), g()]"#,
            &[call("f", r#"{"a": 1, "b": "x"}"#), call("g", "{}")],
            "",
        );
        check_with(
            "pythonic",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            "Here: [f(a=1)] so",
            &[call("f", r#"{"a": 1}"#)],
            "Here:  so",
        );
        check_with(
            "pythonic",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            "See [link(x)](y), [g(a=1)], [1, 2].",
            &[],
            "See [link(x)](y), [g(a=1)], [1, 2].",
        );
        check("pythonic", "[f(a=1), 2]", &[], "[f(a=1), 2]");
    }
}
