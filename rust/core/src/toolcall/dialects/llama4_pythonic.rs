//! Llama 4: `<|python_start|>[f(a=1), g(b="x")]<|python_end|>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::pythonic::{Form, PythonCalls, calls_follow};

dialect!(
    Llama4Pythonic, "llama4_pythonic", ["<|python_start|>"],
    opens: |look, opener, _, _| calls_follow(&look, opener),
    machine: |_, opener, _| PythonCalls::boxed(Form::marked(&["<|python_end|>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "llama4_pythonic",
            "a <|python_start|>[f(a=1, b='x'), g()]<|python_end|> b",
            &[call("f", r#"{"a": 1, "b": "x"}"#), call("g", "{}")],
            "a  b",
        );
        check(
            "llama4_pythonic",
            "<|python_start|>[f(a=1, b='x",
            &[call("f", r#"{"a": 1, "b": "x"}"#)],
            "",
        );
    }
}
