//! OLMo 3: `<function_calls>f(a=1)` and further calls on lines of their own, up to `</function_calls>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::pythonic::{Form, PythonCalls, calls_follow};

dialect!(
    Olmo3Pythonic, "olmo3_pythonic", ["<function_calls>"],
    opens: |look, opener, _, _| calls_follow(&look, opener),
    machine: |_, opener, _| PythonCalls::boxed(Form::marked(&["</function_calls>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "olmo3_pythonic",
            "<function_calls>f(a=1, b=\"x\")\ng()</function_calls>",
            &[call("f", r#"{"a": 1, "b": "x"}"#), call("g", "{}")],
            "",
        );
        check(
            "olmo3_pythonic",
            r#"<function_calls>f(a='Martha\'s (x', b=None)</function_calls>"#,
            &[call("f", r#"{"a": "Martha's (x", "b": null}"#)],
            "",
        );
    }
}
